--@ class 3079
--@ attributes in_schema version pinned relocatable
SELECT 'extension', e.oid, 0, '', '', quote_ident(e.extname), NULL, NULL, quote_ident(n.nspname), e.extversion,
    nullif(e.extversion <> (SELECT a.default_version FROM pg_available_extensions a WHERE a.name = e.extname), false), nullif(e.extrelocatable, false)
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
