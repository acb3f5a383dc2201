--@ class 3764
--@ when pg_ts_template WHERE oid >= 16384
--@ attributes definition
SELECT 'text search template', t.oid, 0, quote_ident(n.nspname), '', format('%I.%I', n.nspname, t.tmplname), NULL, NULL,
    concat_ws(', ', 'INIT = ' || nullif(t.tmplinit::text, '-'), 'LEXIZE = ' || t.tmpllexize)
FROM pg_ts_template t
JOIN pg_namespace n ON n.oid = t.tmplnamespace
WHERE {ours}
