--@ class 1259
--@ when pg_inherits
--@ attributes parent bound
SELECT 'partition', c.oid, -1, quote_ident(n.nspname), format('%I.%I', n.nspname, c.relname), '', NULL, NULL,
    format('%I.%I', pn.nspname, p.relname), pg_get_expr(c.relpartbound, c.oid)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_inherits i ON i.inhrelid = c.oid
JOIN pg_class p ON p.oid = i.inhparent
JOIN pg_namespace pn ON pn.oid = p.relnamespace
WHERE c.relispartition AND c.relkind IN ('r', 'p', 'f') AND NOT i.inhdetachpending AND {ours}
