--@ class 2620
--@ when pg_trigger WHERE oid >= 16384
--@ attributes definition enabled
SELECT 'trigger', t.oid, 0, quote_ident(n.nspname), format('%I.%I', n.nspname, c.relname), quote_ident(t.tgname), NULL, NULL,
    pg_get_triggerdef(t.oid), nullif(t.tgenabled, 'O')
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND {ours}
    AND t.tgparentid = 0
