-- A school year as production had it just before 0010: a quarter of its sessions is `paused`.
-- Stands alone; everything is computed from row numbers, so each load gives the same rows.

INSERT INTO groups (path, name, kind) VALUES
    ('lakeside', 'Lakeside School', 'school'),
    ('lakeside.science', 'Science', 'department'),
    ('lakeside.science.physics', 'Physics', 'department'),
    ('lakeside.languages', 'Languages', 'department'),
    ('harbour', 'Harbour College', 'school'),
    ('harbour.arts', 'Arts', 'department');

-- Six forms: two in each of the years 7 to 9.
INSERT INTO groups (path, name, kind)
SELECT text2ltree(format('lakeside.year_%s.form_%s', year, form)), format('Form %s-%s', year, form), 'form'
FROM generate_series(7, 9) year, generate_series(1, 2) form
ORDER BY year, form;

INSERT INTO users (email, display_name, role, created_at) VALUES
    ('priya.raman@lakeside.example', 'Priya Raman', 'admin', '2025-08-01 09:00+00'),
    ('ines.moreau@lakeside.example', 'Inès Moreau', 'teacher', '2025-08-04 09:00+00'),
    ('jonas.lindqvist@lakeside.example', 'Jonas Lindqvist', 'teacher', '2025-08-04 09:05+00'),
    ('tom.adeyemi@lakeside.example', 'Tom Adeyemi', 'student', '2025-08-25 07:30+00');

INSERT INTO users (email, display_name, created_at)
SELECT format('student%s@lakeside.example', to_char(n, 'FM00')),
       format('Student %s', to_char(n, 'FM00')),
       timestamptz '2025-08-25 08:00+00' + n * interval '7 minutes'
FROM generate_series(1, 48) n
ORDER BY n;

-- Eight students a form, dealt out in turn; the named ones get their places by hand.
INSERT INTO group_members (group_id, user_id, joined_at)
SELECT g.id, u.id, '2025-09-01 06:00+00'
FROM generate_series(1, 48) n
JOIN users u ON u.email = format('student%s@lakeside.example', to_char(n, 'FM00'))
JOIN groups g ON g.path = text2ltree(format('lakeside.year_%s.form_%s', 7 + n % 3, 1 + n / 3 % 2))
ORDER BY n;

INSERT INTO group_members (group_id, user_id, role, joined_at)
SELECT g.id, u.id, place.role::member_role, '2025-09-01 06:00+00'
FROM (VALUES
    ('lakeside', 'priya.raman', 'manager'),
    ('lakeside.science', 'ines.moreau', 'manager'),
    ('lakeside.languages', 'jonas.lindqvist', 'manager'),
    ('lakeside.year_7.form_1', 'tom.adeyemi', 'member')
) AS place (path, name, role)
JOIN groups g ON g.path = text2ltree(place.path)
JOIN users u ON u.email = place.name || '@lakeside.example';

-- Two classes a form, three assignments a class, each with another tool.
INSERT INTO classes (group_id, teacher_id, title, status, starts_on, ends_on)
SELECT g.id, u.id, subject.title, 'running', '2025-09-01', '2026-06-26'
FROM groups g
CROSS JOIN (VALUES ('Science', 'ines.moreau'), ('French', 'jonas.lindqvist')) AS subject (title, teacher)
JOIN users u ON u.email = subject.teacher || '@lakeside.example'
WHERE g.path <@ 'lakeside' AND g.kind = 'form'
ORDER BY g.path, subject.title;

INSERT INTO tools (slug, name, kind, settings) VALUES
    ('tutor', 'Tutor', 'chat', '{"hints": 3}'),
    ('quick_quiz', 'Quick quiz', 'quiz', '{"questions": 10}'),
    ('notebook', 'Notebook', 'editor', '{}');

INSERT INTO assignments (class_id, tool_id, title, instructions, points, due_at)
SELECT c.id, t.id, work.title, work.instructions, 5 * n, timestamptz '2025-09-05 15:00+00' + n * interval '7 days'
FROM (VALUES
    (1, 'tutor', 'Talk it over', 'Explain the topic to the tutor and answer its questions.'),
    (2, 'quick_quiz', 'Check yourself', 'Reach eight points out of ten.'),
    (3, 'notebook', 'Write it up', 'Half a page in your own words.')
) AS work (n, slug, title, instructions)
JOIN tools t ON t.slug = work.slug
CROSS JOIN classes c
JOIN groups g ON g.id = c.group_id
WHERE g.path <@ 'lakeside'
ORDER BY c.id, n;

-- 120 sessions: of every four one is active, one paused, one closed and one archived; each twelfth
-- has no assignment, the others go through the assignments of their student's form in turn.
INSERT INTO chat_sessions (user_id, assignment_id, state, started_at, ended_at)
SELECT u.id,
       work.id,
       (ARRAY['active', 'paused', 'closed', 'archived'])[1 + n % 4]::chat_state,
       begun,
       CASE WHEN n % 4 >= 2 THEN begun + interval '1 hour' END
FROM generate_series(1, 120) n
CROSS JOIN LATERAL (SELECT timestamptz '2025-09-08 08:00+00' + n * interval '97 minutes') AS t (begun)
JOIN users u ON u.email = format('student%s@lakeside.example', to_char(1 + n % 48, 'FM00'))
LEFT JOIN LATERAL (
    SELECT a.id
    FROM group_members m
    JOIN classes c ON c.group_id = m.group_id
    JOIN assignments a ON a.class_id = c.id
    WHERE m.user_id = u.id
    ORDER BY c.title, a.title
    OFFSET n / 6 % 6 LIMIT 1
) AS work ON n % 12 <> 0
ORDER BY n;

-- Two to five messages a session, except in each ninth, where nobody has said a word yet.
INSERT INTO messages (session_id, role, body, sent_at)
SELECT s.id,
       CASE WHEN k % 2 = 1 THEN 'user' ELSE 'assistant' END::message_role,
       (ARRAY[
           'Why does the sky look blue?',
           'What do you already know about light?',
           'That it has many colours.',
           'Good. Which of them is scattered most?',
           'The blue one!'
       ])[k],
       s.started_at + k * interval '2 minutes'
FROM (
    SELECT id, started_at, row_number() OVER (ORDER BY started_at) AS n
    FROM chat_sessions
    WHERE started_at >= '2025-09-08 00:00+00'
) s
CROSS JOIN LATERAL generate_series(1, 2 + s.n % 4) k
WHERE s.n % 9 <> 0
ORDER BY s.n, k;

-- The one to look at by hand: paused in the middle of a talk.
WITH session AS (
    INSERT INTO chat_sessions (user_id, state, started_at)
    SELECT id, 'paused', '2025-09-30 13:00+00' FROM users WHERE email = 'tom.adeyemi@lakeside.example'
    RETURNING id
)
INSERT INTO messages (session_id, role, body, sent_at)
SELECT session.id, said.role::message_role, said.body, said.at::timestamptz
FROM session, (VALUES
    ('user', 'Can we go on with this tomorrow?', '2025-09-30 13:02+00'),
    ('assistant', 'Of course. I keep our place.', '2025-09-30 13:03+00')
) AS said (role, body, at)
ORDER BY said.at;
