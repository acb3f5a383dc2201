--@ class 826
--@ when pg_default_acl WHERE oid >= 16384
--@ attributes role schema objects privileges
SELECT 'default privileges', d.oid, 0, quote_ident(n.nspname), '', concat_ws(' ', pg_get_userbyid(d.defaclrole), d.defaclobjtype, n.nspname), NULL, NULL,
    pg_get_userbyid(d.defaclrole), quote_ident(n.nspname), d.defaclobjtype, d.defaclacl
FROM pg_default_acl d
LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
WHERE n.oid IS NULL OR {ours}
