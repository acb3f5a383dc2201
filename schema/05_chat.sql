-- Conversations, and what was said in them.

CREATE TYPE chat_state AS ENUM ('active', 'closed', 'archived');

CREATE TABLE chat_sessions (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id         bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    assignment_id   bigint REFERENCES assignments (id) ON DELETE SET NULL,
    state           chat_state NOT NULL DEFAULT 'active',
    started_at      timestamptz NOT NULL DEFAULT now(),
    ended_at        timestamptz,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    last_message_at timestamptz,
    title           text NOT NULL DEFAULT '',
    settings        jsonb NOT NULL DEFAULT '{}',
    idle_since      timestamptz,
    CHECK (ended_at >= started_at)
);

COMMENT ON COLUMN chat_sessions.idle_since IS 'Active, but nobody has written since; NULL while the talk goes on.';

CREATE INDEX chat_sessions_user_id_idx ON chat_sessions (user_id, started_at);
CREATE INDEX chat_sessions_assignment_id_idx ON chat_sessions (assignment_id);
CREATE INDEX chat_sessions_state_idx ON chat_sessions (state, started_at);

CREATE TRIGGER chat_sessions_touch_updated_at BEFORE UPDATE ON chat_sessions
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TYPE message_role AS ENUM ('user', 'assistant', 'tool');

CREATE TABLE messages (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id bigint NOT NULL REFERENCES chat_sessions (id) ON DELETE CASCADE,
    role       message_role NOT NULL,
    body       text NOT NULL CHECK (body <> ''),
    sent_at    timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX messages_session_id_idx ON messages (session_id, sent_at);
CREATE INDEX messages_body_search_idx ON messages USING gin (to_tsvector('simple', body));

-- A session knows its last message, so that sorting by it reads no messages.
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

CREATE TRIGGER messages_track_last_message AFTER INSERT ON messages
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION track_last_message();
