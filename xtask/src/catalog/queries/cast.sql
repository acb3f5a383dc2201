--@ class 2605
--@ when pg_cast WHERE oid >= 16384
--@ attributes definition
SELECT 'cast', k.oid, 0, '', '', format('(%s AS %s)', format_type(k.castsource, NULL), format_type(k.casttarget, NULL)), NULL, NULL,
    format('CREATE CAST (%s AS %s) %s', format_type(k.castsource, NULL), format_type(k.casttarget, NULL),
        CASE k.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || k.castfunc::regprocedure WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END)
    || CASE k.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END
FROM pg_cast k
WHERE k.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 2605 AND d.objid = k.oid AND d.deptype = 'i')
