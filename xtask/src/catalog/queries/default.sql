--@ class 2604
--@ attributes expression
SELECT CASE WHEN c.relkind = 'v' THEN 'view default' ELSE 'default' END,
    d.oid, 0, quote_ident(n.nspname), format('%I.%I', n.nspname, c.relname), quote_ident(a.attname), NULL, NULL, pg_get_expr(d.adbin, d.adrelid)
FROM pg_attrdef d
JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
JOIN pg_class c ON c.oid = d.adrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attgenerated = '' AND {ours}
