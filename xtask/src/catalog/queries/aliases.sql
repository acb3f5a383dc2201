-- The row type of a table, the array of a type, the multirange of a range.
SELECT 1247, t.oid, 0, 1259, t.typrelid, 0 FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid WHERE t.oid >= 16384 AND c.relkind <> 'c'
UNION ALL SELECT 1247, t.typarray, 0, CASE WHEN t.typrelid <> 0 AND c.relkind <> 'c' THEN 1259 ELSE 1247 END, CASE WHEN t.typrelid <> 0 AND c.relkind <> 'c' THEN t.typrelid ELSE t.oid END, 0
    FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid WHERE t.oid >= 16384 AND t.typarray <> 0
UNION ALL SELECT 1247, r.rngmultitypid, 0, 1247, r.rngtypid, 0 FROM pg_range r WHERE r.rngtypid >= 16384
UNION ALL SELECT 1247, m.typarray, 0, 1247, r.rngtypid, 0 FROM pg_range r JOIN pg_type m ON m.oid = r.rngmultitypid WHERE r.rngtypid >= 16384
-- The relation behind a composite type, the rule behind a view, the default behind a generated column.
UNION ALL SELECT 1259, t.typrelid, 0, 1247, t.oid, 0 FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid WHERE c.relkind = 'c' AND t.oid >= 16384
UNION ALL SELECT 2618, r.oid, 0, 1259, r.ev_class, 0 FROM pg_rewrite r WHERE r.rulename = '_RETURN' AND r.oid >= 16384
UNION ALL SELECT 2604, d.oid, 0, 1259, d.adrelid, d.adnum FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE a.attgenerated <> ''
-- The index behind a constraint, the sequence behind an identity column.
UNION ALL SELECT 1259, k.conindid, 0, 2606, k.oid, 0 FROM pg_constraint k WHERE k.contype IN ('p', 'u', 'x')
UNION ALL SELECT 1259, p.objid, 0, 1259, p.refobjid, p.refobjsubid FROM pg_depend p WHERE p.classid = 1259 AND p.refclassid = 1259 AND p.refobjsubid > 0 AND p.deptype = 'i'
-- The members of operator families.
UNION ALL SELECT p.classid, p.objid, 0, p.refclassid, p.refobjid, 0 FROM pg_depend p WHERE p.classid IN (2602, 2603) AND p.refclassid IN (2616, 2753) AND p.objid >= 16384
-- The copies of a foreign key for the partitions at either end.
UNION ALL SELECT 2606, k.oid, 0, 2606, k.conparentid, 0 FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid <> 0
