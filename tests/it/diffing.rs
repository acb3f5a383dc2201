//! The diff engine on real servers: what it writes turns one schema into the other, and keeps the rows.

use migrate_first::catalog::Delivery;
use support::{Expect, Pair, Server, each_server, expect};

/// PostgreSQL 18 has named NOT NULL constraints and says more: there, that it converges is enough.
fn check(server: &'static Server, pair: &Pair, expected: &Expect) {
    match pair.converges(server) {
        Ok(it) if server.major < 18 => expected.assert_eq(&it.script()),
        Ok(_) => {}
        Err(error) => panic!("PostgreSQL {}: {error}", server.major),
    }
}

#[test]
fn told_renames_are_renamed_and_dependents_stay() {
    let old = "CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE TABLE t (id serial PRIMARY KEY, a text NOT NULL CHECK (a <> ''), m mood DEFAULT 'sad', g text GENERATED ALWAYS AS (a || 'x') STORED);
        CREATE INDEX t_a ON t (lower(a)) WHERE a <> 'z';
        CREATE TABLE s (t int REFERENCES t (id));
        CREATE VIEW v AS SELECT t.a, s.t FROM t JOIN s ON s.t = t.id WHERE t.m = 'sad';
        CREATE MATERIALIZED VIEW w AS SELECT a, count(*) FROM t GROUP BY a;
        CREATE FUNCTION f(t) RETURNS text LANGUAGE sql AS 'SELECT ''x''';
        INSERT INTO t (a) VALUES ('x'); INSERT INTO s VALUES (1);";
    let new = "CREATE TYPE feeling AS ENUM ('down', 'ok');
        CREATE TABLE u (id serial PRIMARY KEY, b text NOT NULL CHECK (b <> ''), m feeling DEFAULT 'down', g text GENERATED ALWAYS AS (b || 'x') STORED);
        CREATE INDEX u_b ON u (lower(b)) WHERE b <> 'z';
        CREATE TABLE s (t int REFERENCES u (id));
        CREATE VIEW v AS SELECT u.b AS a, s.t FROM u JOIN s ON s.t = u.id WHERE u.m = 'down';
        CREATE MATERIALIZED VIEW w AS SELECT b AS a, count(*) FROM u GROUP BY b;
        CREATE FUNCTION g(u) RETURNS text LANGUAGE sql AS 'SELECT ''x''';";
    let told = ["t=u", "t.a=b", "mood=feeling", "mood.sad=down", "f=g"];
    let expected = expect![[r#"
        ALTER TYPE public.mood RENAME TO feeling;

        ALTER FUNCTION public.f(public.t) RENAME TO g;

        ALTER SEQUENCE public.t_id_seq RENAME TO u_id_seq;

        ALTER TABLE public.t RENAME TO u;

        ALTER TABLE public.u RENAME COLUMN a TO b;

        ALTER TYPE public.feeling RENAME VALUE 'sad' TO 'down';

        ALTER TABLE public.u RENAME CONSTRAINT t_a_check TO u_b_check;

        ALTER TABLE public.u RENAME CONSTRAINT t_pkey TO u_pkey;

        ALTER INDEX public.t_a RENAME TO u_b;
    "#]];
    each_server(|server| {
        check(server, &Pair::new(old, new).renaming(&told), &expected);
    });
}

#[test]
fn what_changes_names_or_moves_keeps_its_rows() {
    let old = "CREATE SCHEMA a; CREATE TABLE a.x (n int PRIMARY KEY, k int GENERATED ALWAYS AS IDENTITY); CREATE TABLE a.y (n int);
        CREATE TABLE a.p (d int, v int) PARTITION BY LIST (d); CREATE TABLE a.p1 PARTITION OF a.p FOR VALUES IN (1);
        INSERT INTO a.x VALUES (1); INSERT INTO a.y VALUES (2); INSERT INTO a.p VALUES (1, 1);";
    let new = "CREATE SCHEMA b; CREATE SCHEMA c; CREATE TABLE b.y (n int PRIMARY KEY, k int GENERATED ALWAYS AS IDENTITY); CREATE TABLE c.x (n int);
        CREATE TABLE b.p (d int, w int) PARTITION BY LIST (d); CREATE TABLE b.p1 PARTITION OF b.p FOR VALUES IN (1);";
    let expected = expect![[r#"
        ALTER SCHEMA a RENAME TO b;

        CREATE SCHEMA c;

        ALTER TABLE b.y SET SCHEMA c;
        ALTER TABLE c.y RENAME TO x;

        ALTER TABLE b.x RENAME TO y;

        ALTER TABLE b.p RENAME COLUMN v TO w;

        ALTER TABLE b.y RENAME CONSTRAINT x_pkey TO y_pkey;

        ALTER SEQUENCE b.x_k_seq RENAME TO y_k_seq;
    "#]];
    each_server(|server| {
        check(server, &Pair::new(old, new).renaming(&["a=b", "a.x=b.y", "a.y=c.x", "a.p.v=w"]), &expected);
    });
}

#[test]
fn online_checks_what_is_there_after_the_locks_are_gone() {
    let old = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int, b int, c int); CREATE INDEX old ON t (c); INSERT INTO t VALUES (1, 1, 1);
        INSERT INTO p VALUES (1); CREATE TYPE mood AS ENUM ('a'); CREATE TABLE e (m mood);";
    let new = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int NOT NULL PRIMARY KEY, b int REFERENCES p (id), c int, CHECK (c > 0));
        CREATE INDEX new ON t (b); CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE e (m mood DEFAULT 'b'); CREATE TABLE n (a int NOT NULL REFERENCES t (a));";
    let expected = expect![[r#"
        -- Values
        ALTER TYPE public.mood ADD VALUE 'b';
        -- Change
        CREATE TABLE public.n (
            a integer NOT NULL
        );

        ALTER TABLE public.t ADD CONSTRAINT a_is_not_null CHECK (a IS NOT NULL) NOT VALID;

        ALTER TABLE ONLY public.e ALTER COLUMN m SET DEFAULT 'b'::public.mood;

        ALTER TABLE public.t ADD CONSTRAINT t_b_fkey FOREIGN KEY (b) REFERENCES public.p(id) NOT VALID;

        ALTER TABLE public.t ADD CONSTRAINT t_c_check CHECK ((c > 0)) NOT VALID;
        -- Build, without a transaction
        DROP INDEX CONCURRENTLY public.old;

        CREATE UNIQUE INDEX CONCURRENTLY t_pkey ON public.t (a);

        CREATE INDEX CONCURRENTLY new ON public.t USING btree (b);
        -- Validate
        ALTER TABLE public.t VALIDATE CONSTRAINT a_is_not_null;

        ALTER TABLE public.t VALIDATE CONSTRAINT t_b_fkey;

        ALTER TABLE public.t VALIDATE CONSTRAINT t_c_check;
        -- Settle
        ALTER TABLE public.t ALTER COLUMN a SET NOT NULL;

        ALTER TABLE public.t DROP CONSTRAINT a_is_not_null;

        ALTER TABLE public.t ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX t_pkey;

        ALTER TABLE public.n ADD CONSTRAINT n_a_fkey FOREIGN KEY (a) REFERENCES public.t(a);
    "#]];
    each_server(|server| {
        check(server, &Pair::new(old, new).delivered(Delivery::Online), &expected);
    });
}

#[test]
fn online_builds_the_indexes_of_partitions_and_attaches_them() {
    let table = "CREATE TABLE p (d int, v int) PARTITION BY LIST (d); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
        CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2) PARTITION BY LIST (v); CREATE TABLE p21 PARTITION OF p2 FOR VALUES IN (1);";
    let old = format!("{table} INSERT INTO p VALUES (1, 1), (2, 1);");
    let new = format!("{table} CREATE INDEX i ON p (v);");
    let expected = expect![[r#"
        -- Change
        CREATE INDEX i ON ONLY public.p USING btree (v);

        CREATE INDEX p2_v_idx ON ONLY public.p2 USING btree (v);

        ALTER INDEX public.i ATTACH PARTITION public.p2_v_idx;
        -- Build, without a transaction
        CREATE INDEX CONCURRENTLY p1_v_idx ON public.p1 USING btree (v);

        CREATE INDEX CONCURRENTLY p21_v_idx ON public.p21 USING btree (v);
        -- Validate
        ALTER INDEX public.i ATTACH PARTITION public.p1_v_idx;

        ALTER INDEX public.p2_v_idx ATTACH PARTITION public.p21_v_idx;
    "#]];
    each_server(|server| {
        check(server, &Pair::new(&old, &new).delivered(Delivery::Online), &expected);
    });
}

#[test]
fn removed_values_become_what_was_told_wherever_they_are() {
    let types = |labels: &str| {
        format!(
            "CREATE SCHEMA app; CREATE TYPE app.state AS ENUM ({labels}); CREATE DOMAIN app.st AS app.state; CREATE TYPE app.pair AS (n int, s app.state);
            CREATE TABLE t (id int, s app.state DEFAULT 'active', l app.state[], d app.st, c app.pair, cs app.pair[], ds app.st[]);
            CREATE TABLE p (s app.state, n int) PARTITION BY LIST (n); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
            CREATE INDEX ON t (s) WHERE s = 'active'; CREATE VIEW v AS SELECT * FROM t WHERE s <> 'closed';"
        )
    };
    let old = types("'active', 'paused', 'closed'")
        + "INSERT INTO t VALUES (1, 'paused', '{paused,closed}', 'paused', (1, 'paused'), ARRAY[(1, 'active')::app.pair], '{paused}'); INSERT INTO p VALUES ('paused', 1);";
    let new = types("'active', 'closed'");
    each_server(|server| {
        let pair = Pair::new(&old, &new);
        let error = pair.converges(server).expect_err("rows hold what is removed");
        assert!(error.starts_with("1 rows of "), "{error}");
        let done = pair.mapping(&["state.paused=active"]).converges(server).unwrap_or_else(|error| panic!("{error}"));
        let rows = "1|active|{active,closed}|active|(1,active)|{\"(1,active)\"}|{active}|active";
        assert_eq!(done.database.sql("SELECT t.*, p.s FROM t, p"), rows);
    });
}
