--@ class 2604
--@ when pg_attrdef WHERE oid >= 16384
--@ attributes expression
-- A default speaks of no column: without the table, PostgreSQL need not open it.
SELECT CASE WHEN c.relkind = 'v' THEN 'view default' ELSE 'default' END,
    d.oid, 0, quote_ident(n.nspname), format('%I.%I', n.nspname, c.relname), quote_ident(a.attname), NULL, NULL, pg_get_expr(d.adbin, 0)
FROM pg_attrdef d
JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
JOIN pg_class c ON c.oid = d.adrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attgenerated = '' AND {ours}
