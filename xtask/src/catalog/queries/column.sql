--@ class 1259
-- Some builds of PostgreSQL 15 keep a counter of their own in attoptions, `pg_attver`; their pg_dump leaves it out, too.
--@ attributes type category collation not_null not_null_name not_null_extra not_null_comment identity sequence sequence_data generated expression storage compression statistics options fdw_options inherited
SELECT CASE WHEN c.relkind IN ('v', 'm') THEN 'view column' WHEN c.relkind = 'c' THEN 'attribute' ELSE 'column' END,
    c.oid, a.attnum, quote_ident(n.nspname), format('%I.%I', n.nspname, c.relname), quote_ident(a.attname), NULL, a.attacl,
    format_type(a.atttypid, a.atttypmod),
    CASE WHEN t.typtype = 'b' THEN t.typcategory::text ELSE t.typtype::text END,
    CASE WHEN a.attcollation <> t.typcollation THEN (SELECT format('%I.%I', cn.nspname, co.collname) FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END,
    nullif(a.attnotnull AND NOT c.relkind IN ('v', 'm'), false),
    quote_ident(nn.conname), --@18+
    concat(CASE WHEN nn.connoinherit THEN ' NO INHERIT' END, CASE WHEN NOT nn.convalidated THEN ' NOT VALID' END), --@18+
    CASE WHEN nn.oid IS NOT NULL THEN (SELECT r.description FROM pg_description r WHERE r.classoid = 2606 AND r.objoid = nn.oid AND r.objsubid = 0) END, --@18+
    NULL, NULL, NULL, --@<18
    CASE WHEN sq.name IS NOT NULL THEN a.attidentity END,
    CASE WHEN a.attidentity <> '' THEN sq.name END,
    CASE WHEN a.attidentity <> '' THEN sq.data END,
    nullif(a.attgenerated, ''),
    CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
    CASE WHEN a.attstorage <> t.typstorage THEN concat(a.attstorage, t.typstorage) END,
    nullif(a.attcompression, ''),
    nullif(a.attstattarget, -1), --@<17
    a.attstattarget, --@17+
    CASE WHEN a.attoptions IS NOT NULL THEN (SELECT string_agg(o, E'\n') FROM unnest(a.attoptions) o WHERE o NOT LIKE 'pg\_attver=%') END,
    CASE WHEN a.attfdwoptions IS NOT NULL THEN
        (SELECT string_agg(format('%I %L', o.option_name, o.option_value), E'\n' ORDER BY o.option_name) FROM pg_options_to_table(a.attfdwoptions) o) END,
    CASE WHEN a.attinhcount > 0 AND NOT a.attislocal AND NOT c.relispartition THEN 'yes' WHEN a.attinhcount > 0 THEN 'merged' END
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated <> ''
LEFT JOIN pg_constraint nn ON nn.conrelid = a.attrelid AND nn.contype = 'n' AND nn.conkey[1] = a.attnum --@18+
LEFT JOIN LATERAL (
    SELECT format('%I.%I', sn.nspname, s.relname) AS name,
        format('%s %s %s %s %s %s %s', format_type(q.seqtypid, NULL), q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle) AS data
    FROM pg_depend p JOIN pg_class s ON s.oid = p.objid JOIN pg_namespace sn ON sn.oid = s.relnamespace JOIN pg_sequence q ON q.seqrelid = s.oid
    WHERE p.refclassid = 1259 AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum AND p.classid = 1259 AND p.deptype = 'i'
) sq ON a.attidentity <> ''
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND {ours}
