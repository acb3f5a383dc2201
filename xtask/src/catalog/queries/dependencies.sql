SELECT classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype FROM pg_depend
WHERE objid >= 16384 AND refobjid >= 16384 AND refclassid <> 2615 AND classid <> 0 AND NOT (deptype = 'i' AND classid IN (1247, 1259) AND refclassid IN (1247, 1259) AND refobjsubid = 0)
