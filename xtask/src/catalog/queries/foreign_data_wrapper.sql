--@ class 2328
--@ when pg_foreign_data_wrapper WHERE oid >= 16384
--@ attributes handler options
SELECT 'foreign data wrapper', f.oid, 0, '', '', quote_ident(f.fdwname), pg_get_userbyid(f.fdwowner), f.fdwacl,
    concat(CASE WHEN f.fdwhandler <> 0 THEN ' HANDLER ' || f.fdwhandler::regproc END, CASE WHEN f.fdwvalidator <> 0 THEN ' VALIDATOR ' || f.fdwvalidator::regproc END),
    (SELECT string_agg(format('%I %L', o.option_name, o.option_value), E'\n' ORDER BY o.option_name) FROM pg_options_to_table(f.fdwoptions) o)
FROM pg_foreign_data_wrapper f
