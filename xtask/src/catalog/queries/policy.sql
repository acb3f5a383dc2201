--@ class 3256
--@ when pg_policy WHERE oid >= 16384
--@ attributes command permissive roles using check
SELECT 'policy', p.oid, 0, quote_ident(n.nspname), format('%I.%I', n.nspname, c.relname), quote_ident(p.polname), NULL, NULL,
    p.polcmd, p.polpermissive,
    (SELECT string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ' ORDER BY CASE WHEN r = 0 THEN '' ELSE pg_get_userbyid(r) END) FROM unnest(p.polroles) r),
    pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {ours}
