-- Each of these returns what is wrong: no row is the expectation.

-- The type has three values; `paused` is none of them.
SELECT enumlabel AS unexpected FROM pg_enum WHERE enumtypid = 'chat_state'::regtype AND enumlabel NOT IN ('active', 'closed', 'archived');
SELECT 'too few values' WHERE (SELECT count(*) FROM pg_enum WHERE enumtypid = 'chat_state'::regtype) <> 3;

-- No session was lost, and what was paused is active and idle since its last message, or since it began.
SELECT count(*) AS sessions FROM chat_sessions HAVING count(*) <> 4;
SELECT started_at, state, idle_since FROM chat_sessions
WHERE (started_at, state, idle_since) IN (('2026-01-01 08:00+00', 'active', '2026-01-01 08:30+00'), ('2026-01-02 08:00+00', 'active', '2026-01-02 08:00+00'))
    IS NOT TRUE AND started_at < '2026-01-03';

-- The others are as they were.
SELECT started_at, state, idle_since FROM chat_sessions WHERE started_at >= '2026-01-03' AND idle_since IS NOT NULL;
SELECT started_at, state FROM chat_sessions WHERE started_at = '2026-01-04 08:00+00' AND state <> 'closed';
