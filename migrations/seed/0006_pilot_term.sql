-- The pilot in spring 2025, before sessions knew their last message: 0009 has these to fill in.
-- Stands alone: all rows hang below the group `pilot`, and none are looked up by number.

INSERT INTO groups (path, name, kind) VALUES
    ('pilot', 'Pilot school', 'school'),
    ('pilot.form_1', 'Pilot form', 'form');

INSERT INTO users (email, display_name, role) VALUES
    ('nora.beck@pilot.example', 'Nora Beck', 'teacher');

INSERT INTO users (email, display_name)
SELECT format('student%s@pilot.example', n), format('Pilot student %s', n)
FROM generate_series(1, 8) n
ORDER BY n;

INSERT INTO group_members (group_id, user_id, role)
SELECT g.id, u.id, CASE u.role WHEN 'teacher' THEN 'manager' ELSE 'member' END::member_role
FROM groups g, users u
WHERE g.path = 'pilot.form_1' AND u.email LIKE '%@pilot.example';

INSERT INTO classes (group_id, teacher_id, title, status, starts_on, ends_on)
SELECT g.id, u.id, 'First steps', 'finished', '2025-02-03', '2025-04-11'
FROM groups g, users u
WHERE g.path = 'pilot.form_1' AND u.email = 'nora.beck@pilot.example';

INSERT INTO tools (slug, name, kind, enabled) VALUES
    ('pilot_tutor', 'Tutor (pilot)', 'chat', false);

INSERT INTO assignments (class_id, tool_id, title, due_at)
SELECT c.id, t.id, format('Try-out %s', n), timestamptz '2025-02-14 16:00+00' + n * interval '14 days'
FROM classes c, tools t, generate_series(1, 2) n
WHERE c.title = 'First steps' AND t.slug = 'pilot_tutor'
ORDER BY n;

-- Two sessions a student; the second one of every other student was paused and never taken up again.
INSERT INTO chat_sessions (user_id, assignment_id, state, started_at, ended_at)
SELECT u.id,
       a.id,
       CASE WHEN k = 2 AND n % 2 = 0 THEN 'paused' ELSE 'closed' END::chat_state,
       begun,
       CASE WHEN k = 2 AND n % 2 = 0 THEN NULL ELSE begun + interval '40 minutes' END
FROM generate_series(1, 8) n
CROSS JOIN generate_series(1, 2) k
CROSS JOIN LATERAL (SELECT timestamptz '2025-02-10 08:00+00' + k * interval '14 days' + n * interval '50 minutes') AS t (begun)
JOIN users u ON u.email = format('student%s@pilot.example', n)
JOIN assignments a ON a.title = format('Try-out %s', k)
ORDER BY k, n;

INSERT INTO messages (session_id, role, body, sent_at)
SELECT s.id,
       (ARRAY['user', 'assistant', 'user'])[k]::message_role,
       (ARRAY['Hello, is this working?', 'Yes. Ask me about the exercise.', 'What is the first step?'])[k],
       s.started_at + k * interval '3 minutes'
FROM chat_sessions s
JOIN users u ON u.id = s.user_id
CROSS JOIN generate_series(1, 3) k
WHERE u.email LIKE '%@pilot.example'
ORDER BY s.started_at, k;
