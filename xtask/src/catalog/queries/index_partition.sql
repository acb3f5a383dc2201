--@ class 1259
--@ when pg_inherits
--@ attributes parent
SELECT 'index partition', c.oid, -2, quote_ident(n.nspname), format('%I.%I', n.nspname, c.relname), '', NULL, NULL, format('%I.%I', pn.nspname, p.relname)
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class p ON p.oid = i.inhparent
JOIN pg_namespace pn ON pn.oid = p.relnamespace
WHERE c.relkind IN ('i', 'I') AND {ours}
