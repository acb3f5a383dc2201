--@ class 2607
--@ when pg_conversion WHERE oid >= 16384
--@ attributes definition
SELECT 'conversion', c.oid, 0, quote_ident(n.nspname), '', format('%I.%I', n.nspname, c.conname), pg_get_userbyid(c.conowner), NULL,
    format('CREATE %sCONVERSION %I.%I FOR %L TO %L FROM %s', CASE WHEN c.condefault THEN 'DEFAULT ' ELSE '' END, n.nspname, c.conname,
        pg_encoding_to_char(c.conforencoding), pg_encoding_to_char(c.contoencoding), c.conproc)
FROM pg_conversion c
JOIN pg_namespace n ON n.oid = c.connamespace
WHERE {ours}
