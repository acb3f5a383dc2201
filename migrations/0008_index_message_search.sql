-- xtask: no-transaction
-- Search in messages. The table is the largest by far and is written to all day, so the index is
-- built without stopping the writers, which PostgreSQL does only outside a transaction.

CREATE INDEX CONCURRENTLY messages_body_search_idx ON messages USING gin (to_tsvector('simple', body));
