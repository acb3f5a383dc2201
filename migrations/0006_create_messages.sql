-- What was said in a conversation, and the view from which teachers read how it goes.

CREATE TYPE message_role AS ENUM ('user', 'assistant', 'tool');

CREATE TABLE messages (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id bigint NOT NULL REFERENCES chat_sessions (id) ON DELETE CASCADE,
    role       message_role NOT NULL,
    body       text NOT NULL CHECK (body <> ''),
    sent_at    timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX messages_session_id_idx ON messages (session_id, sent_at);

CREATE VIEW chat_overview AS
SELECT s.id AS session_id,
       u.display_name AS student,
       c.title AS class,
       a.title AS assignment,
       s.state,
       s.started_at,
       (SELECT count(*) FROM messages m WHERE m.session_id = s.id) AS message_count
FROM chat_sessions s
JOIN users u ON u.id = s.user_id
LEFT JOIN assignments a ON a.id = s.assignment_id
LEFT JOIN classes c ON c.id = a.class_id;
