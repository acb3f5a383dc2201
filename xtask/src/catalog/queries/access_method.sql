--@ class 2601
--@ when pg_am WHERE oid >= 16384
--@ attributes definition
SELECT 'access method', a.oid, 0, '', '', quote_ident(a.amname), NULL, NULL,
    format('CREATE ACCESS METHOD %I TYPE %s HANDLER %s', a.amname, CASE a.amtype WHEN 'i' THEN 'INDEX' ELSE 'TABLE' END, a.amhandler)
FROM pg_am a
WHERE a.oid >= 16384
