--@ class 3576
--@ when pg_transform WHERE oid >= 16384
--@ attributes definition
SELECT 'transform', t.oid, 0, '', '', format('FOR %s LANGUAGE %I', format_type(t.trftype, NULL), l.lanname), NULL, NULL,
    concat_ws(', ', CASE WHEN t.trffromsql <> 0 THEN 'FROM SQL WITH FUNCTION ' || t.trffromsql::oid::regprocedure END, CASE WHEN t.trftosql <> 0 THEN 'TO SQL WITH FUNCTION ' || t.trftosql::oid::regprocedure END)
FROM pg_transform t
JOIN pg_language l ON l.oid = t.trflang
WHERE t.oid >= 16384
