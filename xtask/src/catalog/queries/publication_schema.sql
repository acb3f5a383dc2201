--@ since 15
--@ class 6237
--@ when pg_publication WHERE oid >= 16384
SELECT 'publication schema', r.oid, 0, '', quote_ident(p.pubname), quote_ident(n.nspname), NULL, NULL
FROM pg_publication_namespace r
JOIN pg_publication p ON p.oid = r.pnpubid
JOIN pg_namespace n ON n.oid = r.pnnspid
