--@ class 3601
--@ when pg_ts_parser WHERE oid >= 16384
--@ attributes definition
SELECT 'text search parser', p.oid, 0, quote_ident(n.nspname), '', format('%I.%I', n.nspname, p.prsname), NULL, NULL,
    concat_ws(', ', 'START = ' || p.prsstart, 'GETTOKEN = ' || p.prstoken, 'END = ' || p.prsend, 'HEADLINE = ' || nullif(p.prsheadline::text, '-'), 'LEXTYPES = ' || p.prslextype)
FROM pg_ts_parser p
JOIN pg_namespace n ON n.oid = p.prsnamespace
WHERE {ours}
