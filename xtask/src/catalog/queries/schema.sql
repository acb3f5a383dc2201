--@ class 2615
SELECT 'schema', n.oid, 0, '', '', quote_ident(n.nspname), pg_get_userbyid(n.nspowner), n.nspacl
FROM pg_namespace n
WHERE {ours}
