--@ class 2616
--@ when pg_opclass WHERE oid >= 16384
--@ attributes definition
SELECT 'operator class', o.oid, 0, quote_ident(n.nspname), '', format('%I.%I USING %I', n.nspname, o.opcname, am.amname), pg_get_userbyid(o.opcowner), NULL,
    format('CREATE OPERATOR CLASS %I.%I%s FOR TYPE %s USING %I FAMILY %I.%I AS ', n.nspname, o.opcname, CASE WHEN o.opcdefault THEN ' DEFAULT' ELSE '' END,
        format_type(o.opcintype, NULL), am.amname, fn.nspname, f.opfname)
    || concat_ws(', ',
        (SELECT string_agg(format('OPERATOR %s %s', a.amopstrategy, a.amopopr::regoperator) || coalesce((SELECT format(' FOR ORDER BY %I.%I', sn.nspname, s.opfname) FROM pg_opfamily s JOIN pg_namespace sn ON sn.oid = s.opfnamespace WHERE s.oid = a.amopsortfamily), ''), ', ' ORDER BY a.amopstrategy)
         FROM pg_amop a JOIN pg_depend d ON d.classid = 2602 AND d.objid = a.oid AND d.refclassid = 2616 AND d.refobjid = o.oid),
        (SELECT string_agg(format('FUNCTION %s (%s, %s) %s', a.amprocnum, format_type(a.amproclefttype, NULL), format_type(a.amprocrighttype, NULL), a.amproc::oid::regprocedure), ', ' ORDER BY a.amprocnum)
         FROM pg_amproc a JOIN pg_depend d ON d.classid = 2603 AND d.objid = a.oid AND d.refclassid = 2616 AND d.refobjid = o.oid),
        'STORAGE ' || format_type(CASE WHEN o.opckeytype <> 0 AND o.opckeytype <> o.opcintype THEN o.opckeytype ELSE o.opcintype END, NULL))
FROM pg_opclass o
JOIN pg_namespace n ON n.oid = o.opcnamespace
JOIN pg_am am ON am.oid = o.opcmethod
JOIN pg_opfamily f ON f.oid = o.opcfamily
JOIN pg_namespace fn ON fn.oid = f.opfnamespace
WHERE {ours}
