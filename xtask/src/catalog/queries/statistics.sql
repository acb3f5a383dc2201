--@ class 3381
--@ when pg_statistic_ext WHERE oid >= 16384
--@ attributes definition target
SELECT 'statistics', s.oid, 0, quote_ident(n.nspname), '', format('%I.%I', n.nspname, s.stxname), pg_get_userbyid(s.stxowner), NULL,
    pg_get_statisticsobjdef(s.oid), nullif(s.stxstattarget, -1)
FROM pg_statistic_ext s
JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE {ours}
