--@ class 6104
--@ when pg_publication WHERE oid >= 16384
--@ attributes all_tables options
SELECT 'publication', p.oid, 0, '', '', quote_ident(p.pubname), pg_get_userbyid(p.pubowner), NULL,
    nullif(p.puballtables, false),
    concat_ws(', ', format('publish = %L', concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END)),
        'publish_via_partition_root = ' || p.pubviaroot::text,
        format('publish_generated_columns = %s', CASE p.pubgencols WHEN 's' THEN 'stored' ELSE 'none' END), --@18+
        NULL)
FROM pg_publication p
