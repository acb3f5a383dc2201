-- What a database may hold and a catalog does not: said aloud, never passed over in silence.
SELECT 'large objects: ' || count(*) FROM pg_largeobject_metadata HAVING count(*) > 0
UNION ALL SELECT 'privileges on members of extensions: ' || count(*) FROM (
    SELECT FROM pg_proc p JOIN pg_init_privs i ON i.objoid = p.oid AND i.classoid = 1255 AND i.objsubid = 0 AND i.privtype = 'e' WHERE p.proacl IS DISTINCT FROM i.initprivs
    UNION ALL SELECT FROM pg_class c JOIN pg_init_privs i ON i.objoid = c.oid AND i.classoid = 1259 AND i.objsubid = 0 AND i.privtype = 'e' WHERE c.relacl IS DISTINCT FROM i.initprivs
) changed HAVING count(*) > 0
UNION ALL SELECT 'triggers of partitions that are enabled in another way than those of their table: ' || count(*)
    FROM pg_trigger t JOIN pg_trigger p ON p.oid = t.tgparentid WHERE t.tgenabled <> p.tgenabled AND NOT t.tgisinternal HAVING count(*) > 0
UNION ALL SELECT 'partitions that are being detached: ' || count(*) FROM pg_inherits WHERE inhdetachpending HAVING count(*) > 0
