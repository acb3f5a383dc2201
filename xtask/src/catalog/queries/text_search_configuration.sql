--@ class 3602
--@ when pg_ts_config WHERE oid >= 16384
--@ attributes definition mappings
SELECT 'text search configuration', c.oid, 0, quote_ident(n.nspname), '', format('%I.%I', n.nspname, c.cfgname), pg_get_userbyid(c.cfgowner), NULL,
    format('PARSER = %I.%I', pn.nspname, p.prsname),
    (SELECT string_agg(m.alias || E'\t' || m.dicts, E'\n' ORDER BY m.alias) FROM (
        SELECT quote_ident(tt.alias) AS alias, string_agg(format('%I.%I', dn.nspname, d.dictname), ', ' ORDER BY m.mapseqno) AS dicts
        FROM pg_ts_config_map m JOIN ts_token_type(c.cfgparser) tt ON tt.tokid = m.maptokentype
        JOIN pg_ts_dict d ON d.oid = m.mapdict JOIN pg_namespace dn ON dn.oid = d.dictnamespace
        WHERE m.mapcfg = c.oid GROUP BY 1) m)
FROM pg_ts_config c
JOIN pg_namespace n ON n.oid = c.cfgnamespace
JOIN pg_ts_parser p ON p.oid = c.cfgparser
JOIN pg_namespace pn ON pn.oid = p.prsnamespace
WHERE {ours}
