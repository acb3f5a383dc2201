--@ class 6106
--@ when pg_publication WHERE oid >= 16384
--@ attributes filter
SELECT 'publication table', r.oid, 0, '', quote_ident(p.pubname), format('%I.%I', n.nspname, c.relname), NULL, NULL,
    concat((SELECT ' (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')' FROM pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)), --@15+
        CASE WHEN r.prqual IS NOT NULL THEN ' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')' END) --@15+
    NULL --@<15
FROM pg_publication_rel r
JOIN pg_publication p ON p.oid = r.prpubid
JOIN pg_class c ON c.oid = r.prrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
