--@ class 3466
--@ when pg_event_trigger WHERE oid >= 16384
--@ attributes definition enabled
SELECT 'event trigger', e.oid, 0, '', '', quote_ident(e.evtname), pg_get_userbyid(e.evtowner), NULL,
    format('CREATE EVENT TRIGGER %I ON %I%s EXECUTE FUNCTION %s()', e.evtname, e.evtevent,
        coalesce(' WHEN TAG IN (' || (SELECT string_agg(quote_literal(t), ', ' ORDER BY t) FROM unnest(e.evttags) t) || ')', ''), e.evtfoid::regproc),
    nullif(e.evtenabled, 'O')
FROM pg_event_trigger e
