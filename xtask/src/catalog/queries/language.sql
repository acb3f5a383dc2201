--@ class 2612
--@ when pg_language WHERE oid >= 16384
--@ attributes definition
SELECT 'language', l.oid, 0, '', '', quote_ident(l.lanname), pg_get_userbyid(l.lanowner), l.lanacl,
    format('CREATE %sLANGUAGE %I HANDLER %s%s%s', CASE WHEN l.lanpltrusted THEN 'TRUSTED ' ELSE '' END, l.lanname, l.lanplcallfoid::regproc,
        CASE WHEN l.laninline <> 0 THEN ' INLINE ' || l.laninline::regproc ELSE '' END, CASE WHEN l.lanvalidator <> 0 THEN ' VALIDATOR ' || l.lanvalidator::regproc ELSE '' END)
FROM pg_language l
WHERE l.oid >= 16384 AND l.lanispl
