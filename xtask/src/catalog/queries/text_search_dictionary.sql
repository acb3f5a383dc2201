--@ class 3600
--@ when pg_ts_dict WHERE oid >= 16384
--@ attributes definition
SELECT 'text search dictionary', d.oid, 0, quote_ident(n.nspname), '', format('%I.%I', n.nspname, d.dictname), pg_get_userbyid(d.dictowner), NULL,
    concat_ws(', ', format('TEMPLATE = %I.%I', tn.nspname, t.tmplname), d.dictinitoption)
FROM pg_ts_dict d
JOIN pg_namespace n ON n.oid = d.dictnamespace
JOIN pg_ts_template t ON t.oid = d.dicttemplate
JOIN pg_namespace tn ON tn.oid = t.tmplnamespace
WHERE {ours}
