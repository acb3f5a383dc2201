-- What everything else stands on: the extension for trees, and the trigger that dates changes.

CREATE EXTENSION IF NOT EXISTS ltree;

CREATE FUNCTION touch_updated_at() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END;
$$;
