--@ class 1259
--@ attributes persistence method tablespace options toast_options replica_identity row_security force_row_security partition_key inherits of_type server fdw_options definition columns unpopulated
SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'table' END,
    c.oid, 0, quote_ident(n.nspname), '', format('%I.%I', n.nspname, c.relname), pg_get_userbyid(c.relowner), c.relacl,
    nullif(c.relpersistence, 'p'),
    nullif(am.amname, 'heap'),
    quote_ident(ts.spcname),
    array_to_string(c.reloptions, E'\n'),
    (SELECT array_to_string(t.reloptions, E'\n') FROM pg_class t WHERE t.oid = c.reltoastrelid AND t.reloptions IS NOT NULL),
    CASE WHEN c.relkind IN ('r', 'p') THEN nullif(nullif(c.relreplident, 'd'), 'i') END,
    nullif(c.relrowsecurity, false),
    nullif(c.relforcerowsecurity, false),
    CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
    CASE WHEN NOT c.relispartition AND c.relkind IN ('r', 'f') THEN
        (SELECT string_agg(format('%I.%I', pn.nspname, p.relname), ', ' ORDER BY i.inhseqno)
         FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid) END,
    CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
    CASE WHEN c.relkind = 'f' THEN (SELECT quote_ident(s.srvname) FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid) END,
    CASE WHEN c.relkind = 'f' THEN
        (SELECT string_agg(format('%I %L', o.option_name, o.option_value), E'\n' ORDER BY o.option_name)
         FROM pg_foreign_table f, pg_options_to_table(f.ftoptions) o WHERE f.ftrelid = c.oid) END,
    CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
    CASE WHEN c.relkind = 'v' THEN
        (SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)) || coalesce((SELECT ' ' || quote_ident(o.collname) FROM pg_collation o WHERE o.oid = a.attcollation), ''), E'\n' ORDER BY a.attnum)
         FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) END,
    CASE WHEN c.relkind = 'm' THEN nullif(NOT c.relispopulated, false) END
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_am am ON am.oid = c.relam AND c.relkind <> 'p'
LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND {ours}
