--@ class 1259
--@ when pg_sequence
--@ attributes column
SELECT 'sequence owner', c.oid, -3, quote_ident(n.nspname), format('%I.%I', n.nspname, c.relname), '', NULL, NULL,
    format('%I.%I.%I', tn.nspname, t.relname, a.attname)
FROM pg_depend p
JOIN pg_class c ON c.oid = p.objid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class t ON t.oid = p.refobjid
JOIN pg_namespace tn ON tn.oid = t.relnamespace
JOIN pg_attribute a ON a.attrelid = p.refobjid AND a.attnum = p.refobjsubid
WHERE p.classid = 1259 AND p.refclassid = 1259 AND p.refobjsubid > 0 AND p.deptype = 'a' AND c.relkind = 'S' AND {ours}
