-- Sorting conversations by their last message read all messages each time. From here on new
-- messages leave their time in the session; 0009 fills in the sessions from before.

CREATE FUNCTION track_last_message() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE chat_sessions s
    SET last_message_at = greatest(s.last_message_at, latest.sent_at)
    FROM (SELECT session_id, max(sent_at) AS sent_at FROM added GROUP BY session_id) latest
    WHERE s.id = latest.session_id;
    RETURN NULL;
END;
$$;

-- Messages first, then their session: the order in which an INSERT of a message locks the two.
CREATE TRIGGER messages_track_last_message AFTER INSERT ON messages
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION track_last_message();

ALTER TABLE chat_sessions ADD COLUMN last_message_at timestamptz;
