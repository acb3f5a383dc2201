-- Tools, and the assignments that are done with them.

CREATE TYPE tool_kind AS ENUM ('chat', 'quiz', 'editor');

CREATE TABLE tools (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug     text NOT NULL UNIQUE CHECK (slug ~ '^[a-z][a-z0-9_]*$'),
    name     text NOT NULL,
    kind     tool_kind NOT NULL,
    settings jsonb NOT NULL DEFAULT '{}',
    enabled  boolean NOT NULL DEFAULT true
);

CREATE TABLE assignments (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    class_id     bigint NOT NULL REFERENCES classes (id) ON DELETE CASCADE,
    tool_id      bigint NOT NULL REFERENCES tools (id) ON DELETE RESTRICT,
    title        text NOT NULL,
    instructions text NOT NULL DEFAULT '',
    points       integer NOT NULL DEFAULT 10 CHECK (points BETWEEN 0 AND 100),
    due_at       timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (class_id, title)
);

CREATE INDEX assignments_tool_id_idx ON assignments (tool_id);

CREATE TRIGGER assignments_touch_updated_at BEFORE UPDATE ON assignments
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
