-- What teachers read: how the conversations of their classes go.

CREATE VIEW chat_overview AS
SELECT s.id AS session_id,
       s.title,
       u.display_name AS student,
       c.title AS class,
       a.title AS assignment,
       s.state,
       s.started_at,
       s.last_message_at,
       s.idle_since,
       (SELECT count(*) FROM messages m WHERE m.session_id = s.id) AS message_count
FROM chat_sessions s
JOIN users u ON u.id = s.user_id
LEFT JOIN assignments a ON a.id = s.assignment_id
LEFT JOIN classes c ON c.id = a.class_id;
