-- People, and the groups that they belong to. What a person may do in a group is said by the
-- membership, not by the person.

CREATE TYPE user_role AS ENUM ('student', 'teacher', 'admin');
CREATE TYPE member_role AS ENUM ('member', 'manager');

CREATE TABLE users (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email        text NOT NULL CHECK (email LIKE '%_@_%'),
    display_name text NOT NULL,
    role         user_role NOT NULL DEFAULT 'student',
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);

-- One account for an address, however it is capitalised.
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

CREATE TRIGGER users_touch_updated_at BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TABLE group_members (
    group_id  bigint NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id   bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role      member_role NOT NULL DEFAULT 'member',
    joined_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (group_id, user_id)
);

-- The primary key serves group_id; the other foreign key needs its own index.
CREATE INDEX group_members_user_id_idx ON group_members (user_id);
