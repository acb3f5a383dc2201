--@ class 1255
--@ when pg_proc WHERE oid >= 16384
--@ attributes definition body returns arguments defaults
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END,
    p.oid, 0, quote_ident(n.nspname), '', format('%I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)), pg_get_userbyid(p.proowner), p.proacl,
    pg_get_functiondef(p.oid),
    CASE WHEN p.prosqlbody IS NULL THEN p.prosrc END,
    concat(pg_get_function_result(p.oid), ' ', p.proretset),
    concat_ws(' ', p.prokind, pg_get_function_identity_arguments(p.oid)),
    nullif(p.pronargdefaults, 0)
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind IN ('f', 'p', 'w') AND {ours}
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 1255 AND d.objid = p.oid AND d.deptype = 'i')
