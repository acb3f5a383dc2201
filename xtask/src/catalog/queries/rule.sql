--@ class 2618
--@ when pg_rewrite WHERE oid >= 16384 AND rulename <> '_RETURN'
--@ attributes definition enabled
SELECT 'rule', r.oid, 0, quote_ident(n.nspname), format('%I.%I', n.nspname, c.relname), quote_ident(r.rulename), NULL, NULL,
    rtrim(pg_get_ruledef(r.oid), ';'), nullif(r.ev_enabled, 'O')
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND {ours}
