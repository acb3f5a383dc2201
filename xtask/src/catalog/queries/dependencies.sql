-- Not what every object has by itself: its schema, the parts of a table, the index and the triggers of a constraint.
SELECT classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype FROM pg_depend
WHERE objid >= 16384 AND refobjid >= 16384 AND refclassid <> 2615 AND classid <> 0
    AND NOT (deptype = 'i' AND (classid IN (1247, 1259) AND refclassid IN (1247, 1259) AND refobjsubid = 0 OR classid IN (1259, 2620) AND refclassid = 2606))
