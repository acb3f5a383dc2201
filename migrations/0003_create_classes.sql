-- A class is taught to one group by one teacher for a while. A teacher with classes cannot be
-- deleted: the classes must be handed over first.

CREATE TYPE class_status AS ENUM ('planned', 'running', 'finished');

CREATE TABLE classes (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_id   bigint NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    teacher_id bigint NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    title      text NOT NULL,
    status     class_status NOT NULL DEFAULT 'planned',
    starts_on  date NOT NULL,
    ends_on    date NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (group_id, title),
    CHECK (ends_on >= starts_on)
);

CREATE INDEX classes_teacher_id_idx ON classes (teacher_id);

CREATE TRIGGER classes_touch_updated_at BEFORE UPDATE ON classes
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
