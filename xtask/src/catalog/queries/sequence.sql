--@ class 1259
--@ when pg_sequence
--@ attributes data persistence
SELECT 'sequence', c.oid, 0, quote_ident(n.nspname), '', format('%I.%I', n.nspname, c.relname), pg_get_userbyid(c.relowner), c.relacl,
    format('%s %s %s %s %s %s %s', format_type(q.seqtypid, NULL), q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle),
    nullif(c.relpersistence, 'p')
FROM pg_sequence q
JOIN pg_class c ON c.oid = q.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {ours} AND NOT EXISTS (SELECT FROM pg_depend p WHERE p.classid = 1259 AND p.objid = c.oid AND p.deptype = 'i')
