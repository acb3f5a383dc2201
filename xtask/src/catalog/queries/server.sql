--@ class 1417
--@ when pg_foreign_server WHERE oid >= 16384
--@ attributes wrapper type version options
SELECT 'server', s.oid, 0, '', '', quote_ident(s.srvname), pg_get_userbyid(s.srvowner), s.srvacl,
    quote_ident(f.fdwname), s.srvtype, s.srvversion,
    (SELECT string_agg(format('%I %L', o.option_name, o.option_value), E'\n' ORDER BY o.option_name) FROM pg_options_to_table(s.srvoptions) o)
FROM pg_foreign_server s
JOIN pg_foreign_data_wrapper f ON f.oid = s.srvfdw
