-- "Paused" was never a state of its own: such a session is active and nobody writes. The value goes,
-- the knowledge stays in idle_since, and sessions get a title and settings.
-- PostgreSQL can add a value to an enum but not remove one, hence the new type under the old name.

-- First, because it locks the table at once: nobody can pause a session between the UPDATE and the
-- new type, and no weaker lock has to grow, which is how two transactions deadlock.
-- Constant defaults: no row is rewritten for them.
ALTER TABLE chat_sessions
    ADD COLUMN title      text NOT NULL DEFAULT '',
    ADD COLUMN settings   jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN idle_since timestamptz;

COMMENT ON COLUMN chat_sessions.idle_since IS 'Active, but nobody has written since; NULL while the talk goes on.';

-- The data before the type: a row still paused would have nothing to be cast to.
UPDATE chat_sessions
SET state = 'active',
    idle_since = coalesce(last_message_at, started_at)
WHERE state = 'paused';

-- A column that a view reads cannot change its type. The indexes on it are rebuilt by the server.
DROP VIEW chat_overview;

ALTER TYPE chat_state RENAME TO chat_state_old;
CREATE TYPE chat_state AS ENUM ('active', 'closed', 'archived');

-- The default is a value of the old type and has no cast to the new one, so it steps aside.
-- Between two enums there is no cast either: the way leads through text.
ALTER TABLE chat_sessions ALTER COLUMN state DROP DEFAULT;
ALTER TABLE chat_sessions ALTER COLUMN state TYPE chat_state USING state::text::chat_state;
ALTER TABLE chat_sessions ALTER COLUMN state SET DEFAULT 'active';

DROP TYPE chat_state_old;

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
