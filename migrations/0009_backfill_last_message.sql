-- Data only: the sessions from before 0007 learn when their last message was sent. A file of its
-- own, so that no lock of a DDL statement is held while rows are read and written.

UPDATE chat_sessions s
SET last_message_at = latest.sent_at
FROM (SELECT session_id, max(sent_at) AS sent_at FROM messages GROUP BY session_id) latest
WHERE s.id = latest.session_id
  AND s.last_message_at IS NULL;
