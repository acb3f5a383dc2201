--@ class 1259
--@ attributes definition computed tablespace invalid clustered replica_identity statistics
SELECT 'index', c.oid, 0, quote_ident(n.nspname), format('%I.%I', n.nspname, t.relname), format('%I.%I', n.nspname, c.relname), NULL, NULL,
    pg_get_indexdef(c.oid),
    nullif(i.indexprs IS NOT NULL OR i.indpred IS NOT NULL, false),
    quote_ident(ts.spcname),
    nullif(NOT i.indisvalid AND c.relkind <> 'I', false),
    nullif(i.indisclustered, false),
    nullif(i.indisreplident, false),
    CASE WHEN i.indexprs IS NOT NULL THEN
        (SELECT string_agg(a.attnum || ' ' || a.attstattarget, E'\n' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget >= 0) END
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
WHERE t.relkind IN ('r', 'p', 'm') AND {ours}
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x'))
