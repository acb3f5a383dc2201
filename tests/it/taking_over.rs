//! A live database as the first migration, and the first migrations as one.

use std::process::Command;
use support::{Database, Sandbox, each_server, program, server};

const LIVE: &str = "CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE TABLE person (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mood mood NOT NULL DEFAULT 'good'); \
    CREATE FUNCTION n() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM person'; CREATE VIEW happy AS SELECT * FROM person WHERE mood = 'good'; \
    COMMENT ON VIEW happy IS 'they are'; INSERT INTO person DEFAULT VALUES";

#[test]
fn a_baseline_counts_as_applied_there_and_gives_the_same_on_an_empty_one() {
    each_server(|server| {
        let live = Database::new(server);
        live.sql(LIVE);
        let sandbox = Sandbox::on(&live);
        sandbox.run(["db", "baseline", "--dry-run"]).code(0).prints(&["CREATE VIEW public.happy"]);
        assert!(!sandbox.path("migrations/0001_baseline.sql").exists());
        sandbox.run(["db", "baseline"]).code(0).prints(&["migrations/0001_baseline.sql", "schema/"]);
        sandbox.migrate().code(0).says(&["nothing to do: 1 of 1"]);
        sandbox.run(["db", "baseline"]).code(2).says(&["error[has-history]"]);
        let empty = Database::new(server);
        let sandbox = sandbox.at(&empty.url());
        sandbox.migrate().code(0);
        assert_eq!(support::dump::schema(&live), support::dump::schema(&empty));
        assert_eq!(empty.sql("SELECT n()"), "0", "rows are not part of it");
        // Another database with the same schema only records it; one with another schema is refused.
        let (twin, stranger) = (Database::new(server), Database::new(server));
        twin.sql(LIVE);
        stranger.sql("CREATE TABLE other (n int)");
        let sandbox = sandbox.at(&twin.url());
        sandbox.run(["db", "baseline"]).code(0);
        sandbox.migrate().code(0).says(&["nothing to do"]);
        sandbox.at(&stranger.url()).run(["db", "baseline"]).code(1).says(&["error[not-proved]", "other"]);
    });
}

fn git(sandbox: &Sandbox, arguments: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    program::output(Command::new("git").args(identity).args(arguments).current_dir(sandbox.path("")));
}

fn shop(database: &Database) -> Sandbox {
    let sandbox = Sandbox::on(database)
        .env("GIT_CONFIG_COUNT", "2")
        .env("GIT_CONFIG_KEY_0", "user.name")
        .env("GIT_CONFIG_VALUE_0", "t")
        .env("GIT_CONFIG_KEY_1", "user.email")
        .env("GIT_CONFIG_VALUE_1", "t@example.com")
        .migration("0001_a.sql", "CREATE TABLE colour (id serial PRIMARY KEY, name text NOT NULL);\nINSERT INTO colour (name) VALUES ('red'), ('it''s \\ green');\n")
        .migration("0002_b.sql", "CREATE TABLE thing (id bigint PRIMARY KEY, colour int REFERENCES colour, above bigint REFERENCES thing);\nINSERT INTO thing VALUES (1, 1, 2), (2, NULL, 1);\n")
        .migration("0003_c.sql", "ALTER TABLE colour ADD rgb int NOT NULL DEFAULT 0;\n")
        .migration("0004_d.sql", "CREATE TABLE d (n int);\n");
    git(&sandbox, &["init", "--quiet"]);
    git(&sandbox, &["add", "."]);
    git(&sandbox, &["commit", "--quiet", "-m", "all"]);
    sandbox
}

#[test]
fn squashed_migrations_give_the_same_and_are_known_where_the_old_ones_are_applied() {
    each_server(|server| {
        let [full, half, fresh] = [(); 3].map(|()| Database::new(server));
        let sandbox = shop(&full);
        sandbox.migrate().code(0);
        let sandbox = sandbox.at(&half.url());
        sandbox.run(["db", "migrate", "--to", "2"]).code(0);
        sandbox.run(["db", "squash", "--to", "3", "--dry-run"]).code(0).prints(&["-- xtask: squashes = 0001_a "]);
        sandbox
            .run(["db", "squash", "--to", "3"])
            .code(0)
            .says(&["3 migrations are one now: the same schema and the same rows, proved", "before-squash-0003"]);
        assert!(!sandbox.path("migrations/0001_a.sql").exists());
        sandbox.migrate().code(2).says(&["error[half-squashed]", "it lacks 0003_c", "before-squash-0003"]);
        let sandbox = sandbox.at(&full.url());
        sandbox.migrate().code(0).says(&["nothing to do: 2 of 2"]);
        sandbox.run(["db", "status"]).code(0);
        let sandbox = sandbox.at(&fresh.url());
        sandbox.migrate().code(0).says(&["applied 2 in"]);
        assert_eq!(support::dump::schema(&full), support::dump::schema(&fresh));
        let rows = "SELECT (SELECT string_agg(c::text, ';') FROM colour c), (SELECT string_agg(t::text, ';') FROM thing t), nextval('colour_id_seq')";
        assert_eq!(full.sql(rows), fresh.sql(rows));
        // From the tag the one that was half way finishes, and is known then.
        git(&sandbox, &["stash", "--include-untracked", "--quiet"]);
        let sandbox = sandbox.at(&half.url());
        sandbox.run(["db", "migrate", "--to", "3"]).code(0);
        git(&sandbox, &["stash", "pop", "--quiet"]);
        sandbox.migrate().code(0).says(&["applied 1 in"]);
    });
}

#[test]
fn a_squash_needs_git_and_something_to_squash() {
    let database = Database::new(server::servers().next().expect("a server"));
    let sandbox = shop(&database);
    sandbox.run(["db", "squash", "--to", "1"]).code(2).says(&["error[nothing-to-squash]"]);
    sandbox.run(["db", "squash", "--to", "9"]).code(2).says(&["error[no-such-migration]"]);
    sandbox.write("migrations/seed/0002_x.sql", "SELECT 1;\n");
    sandbox.run(["db", "squash", "--to", "3"]).code(2).says(&["error[seed-inside]"]);
    std::fs::remove_dir_all(sandbox.path("migrations/seed")).expect("ours");
    sandbox.write("migrations/0004_d.sql", "CREATE TABLE e (n int);\n");
    sandbox.run(["db", "squash", "--to", "3"]).code(2).says(&["error[not-in-git]", "not committed"]);
    let none = Sandbox::on(&database).migration("0001_a.sql", "SELECT 1;\n").migration("0002_b.sql", "SELECT 1;\n");
    none.run(["db", "squash", "--to", "2"]).code(2).says(&["error[not-in-git]", "in no git repository"]);
}
