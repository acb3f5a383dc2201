--@ class 3456
--@ when pg_collation WHERE oid >= 16384
--@ attributes definition
SELECT 'collation', c.oid, 0, quote_ident(n.nspname), '', format('%I.%I', n.nspname, c.collname), pg_get_userbyid(c.collowner), NULL,
    concat_ws(', ', 'PROVIDER = ' || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
        CASE WHEN NOT c.collisdeterministic THEN 'DETERMINISTIC = false' END,
        CASE WHEN c.collprovider = 'c' AND c.collcollate = c.collctype THEN 'LOCALE = ' || quote_literal(c.collcollate) END, --@15+
        CASE WHEN c.collprovider = 'c' AND c.collcollate <> c.collctype THEN format('LC_COLLATE = %L, LC_CTYPE = %L', c.collcollate, c.collctype) END, --@15+
        'LOCALE = ' || quote_literal(c.colliculocale), --@15-16
        'LOCALE = ' || quote_literal(c.colllocale), --@17+
        'RULES = ' || quote_literal(c.collicurules), --@16+
        CASE WHEN c.collcollate = c.collctype THEN 'LOCALE = ' || quote_literal(c.collcollate) ELSE format('LC_COLLATE = %L, LC_CTYPE = %L', c.collcollate, c.collctype) END, --@<15
        NULL)
FROM pg_collation c
JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE {ours}
