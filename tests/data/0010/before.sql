-- One session in each state that matters: two paused ones, of which one has messages, an active and a closed one.

INSERT INTO users (email, display_name) VALUES ('tom@lakeside.example', 'Tom');

INSERT INTO chat_sessions (user_id, state, started_at, last_message_at)
SELECT u.id, s.state::chat_state, s.started_at::timestamptz, s.last_message_at::timestamptz
FROM users u, (VALUES
    ('paused', '2026-01-01 08:00+00', '2026-01-01 08:30+00'),
    ('paused', '2026-01-02 08:00+00', NULL),
    ('active', '2026-01-03 08:00+00', '2026-01-03 08:10+00'),
    ('closed', '2026-01-04 08:00+00', NULL)
) AS s (state, started_at, last_message_at);
