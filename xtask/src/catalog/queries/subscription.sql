--@ class 6100
--@ when pg_subscription WHERE oid >= 16384
--@ attributes publications slot synchronous_commit binary
SELECT 'subscription', s.oid, 0, '', '', quote_ident(s.subname), pg_get_userbyid(s.subowner), NULL,
    (SELECT string_agg(quote_ident(p), ', ' ORDER BY p) FROM unnest(s.subpublications) p), s.subslotname, s.subsynccommit, nullif(s.subbinary, false)
FROM pg_subscription s
JOIN pg_database d ON d.oid = s.subdbid
WHERE d.datname = current_database()
