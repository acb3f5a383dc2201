--@ class 2753
--@ when pg_opfamily WHERE oid >= 16384
--@ attributes items
SELECT 'operator family', f.oid, 0, quote_ident(n.nspname), '', format('%I.%I USING %I', n.nspname, f.opfname, am.amname), pg_get_userbyid(f.opfowner), NULL,
    concat_ws(E'\n',
        (SELECT string_agg(format(E'OPERATOR %s (%s, %s)\t%s', a.amopstrategy, format_type(a.amoplefttype, NULL), format_type(a.amoprighttype, NULL), a.amopopr::regoperator) || coalesce((SELECT format(' FOR ORDER BY %I.%I', sn.nspname, s.opfname) FROM pg_opfamily s JOIN pg_namespace sn ON sn.oid = s.opfnamespace WHERE s.oid = a.amopsortfamily), ''), E'\n' ORDER BY a.amopstrategy, a.amopopr::regoperator::text)
         FROM pg_amop a JOIN pg_depend d ON d.classid = 2602 AND d.objid = a.oid AND d.refclassid = 2753 AND d.refobjid = f.oid),
        (SELECT string_agg(format(E'FUNCTION %s (%s, %s)\t%s', a.amprocnum, format_type(a.amproclefttype, NULL), format_type(a.amprocrighttype, NULL), a.amproc::oid::regprocedure), E'\n' ORDER BY a.amprocnum, a.amproc::oid::regprocedure::text)
         FROM pg_amproc a JOIN pg_depend d ON d.classid = 2603 AND d.objid = a.oid AND d.refclassid = 2753 AND d.refobjid = f.oid))
FROM pg_opfamily f
JOIN pg_namespace n ON n.oid = f.opfnamespace
JOIN pg_am am ON am.oid = f.opfmethod
WHERE {ours}
