--@ class 2606
--@ when pg_constraint WHERE oid >= 16384
--@ attributes kind definition index tablespace inherited clustered replica_identity partitioned index_comment
SELECT CASE WHEN k.contypid <> 0 THEN 'domain constraint' ELSE 'constraint' END,
    k.oid, 0, quote_ident(n.nspname),
    CASE WHEN k.contypid <> 0 THEN (SELECT format('%I.%I', n.nspname, t.typname) FROM pg_type t WHERE t.oid = k.contypid) ELSE format('%I.%I', n.nspname, c.relname) END,
    quote_ident(k.conname), NULL, NULL,
    k.contype,
    pg_get_constraintdef(k.oid),
    CASE WHEN k.contype IN ('p', 'u', 'x') THEN array_to_string(ic.reloptions, E'\n') END,
    CASE WHEN k.contype IN ('p', 'u', 'x') THEN (SELECT quote_ident(ts.spcname) FROM pg_tablespace ts WHERE ts.oid = ic.reltablespace) END,
    CASE WHEN k.coninhcount > 0 AND NOT k.conislocal AND NOT c.relispartition THEN 'yes' WHEN k.coninhcount > 0 THEN 'merged' END,
    nullif(i.indisclustered, false),
    nullif(i.indisreplident, false),
    nullif(c.relkind = 'p' AND k.contype IN ('p', 'u', 'x'), false),
    CASE WHEN k.contype IN ('p', 'u', 'x') THEN (SELECT d.description FROM pg_description d WHERE d.classoid = 1259 AND d.objoid = k.conindid AND d.objsubid = 0) END
FROM pg_constraint k
JOIN pg_namespace n ON n.oid = k.connamespace
LEFT JOIN pg_class c ON c.oid = k.conrelid
LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_class ic ON ic.oid = i.indexrelid
WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND (k.conparentid = 0 OR k.contype IN ('p', 'u', 'x')) AND {ours}
