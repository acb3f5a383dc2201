-- Groups, a tree by their paths.

CREATE TYPE group_kind AS ENUM ('school', 'department', 'form');

CREATE TABLE groups (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    path       ltree NOT NULL UNIQUE CHECK (nlevel(path) > 0),
    name       text NOT NULL,
    kind       group_kind NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- The unique index answers "this path"; this one answers "above" and "below" (@>, <@, ~).
CREATE INDEX groups_path_tree_idx ON groups USING gist (path);

CREATE TRIGGER groups_touch_updated_at BEFORE UPDATE ON groups
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
