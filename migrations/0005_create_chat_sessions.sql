-- A conversation of one student, usually about an assignment. It outlives the assignment, so that
-- the student's history stays whole.

CREATE TYPE chat_state AS ENUM ('active', 'paused', 'closed', 'archived');

CREATE TABLE chat_sessions (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    assignment_id bigint REFERENCES assignments (id) ON DELETE SET NULL,
    state         chat_state NOT NULL DEFAULT 'active',
    started_at    timestamptz NOT NULL DEFAULT now(),
    ended_at      timestamptz,
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CHECK (ended_at >= started_at)
);

CREATE INDEX chat_sessions_user_id_idx ON chat_sessions (user_id, started_at);
CREATE INDEX chat_sessions_assignment_id_idx ON chat_sessions (assignment_id);
CREATE INDEX chat_sessions_state_idx ON chat_sessions (state, started_at);

CREATE TRIGGER chat_sessions_touch_updated_at BEFORE UPDATE ON chat_sessions
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
