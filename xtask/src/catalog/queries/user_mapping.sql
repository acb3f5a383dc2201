--@ class 1418
--@ when pg_foreign_server WHERE oid >= 16384
--@ attributes options
SELECT 'user mapping', u.umid, 0, '', '', format('FOR %s SERVER %I', CASE WHEN u.umuser = 0 THEN 'PUBLIC' ELSE quote_ident(u.usename) END, u.srvname), NULL, NULL,
    (SELECT string_agg(format('%I %L', o.option_name, o.option_value), E'\n' ORDER BY o.option_name) FROM pg_options_to_table(u.umoptions) o)
FROM pg_user_mappings u
