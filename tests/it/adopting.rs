//! Projects of other tools, half applied, taken over on real servers.

use migrate_first::adopt::hash;
use support::{Database, Sandbox, each_server, expect, server};

/// A project of another tool: two of its three migrations are applied.
struct Project {
    tool: &'static str,
    /// Its files below `old`, the first two of which make the tables a and b, the third c.
    files: &'static [(&'static str, &'static str)],
    /// Makes its history.
    history: String,
    /// What the history is called.
    table: &'static str,
}

const A: &str = "CREATE TABLE a (n int);\n";
const B: &str = "CREATE TABLE b (n int);\n";

fn projects() -> Vec<Project> {
    let mut projects = journalled();
    projects.extend(by_version());
    projects
}

fn journalled() -> Vec<Project> {
    let (a, b) = (hash::sha256(A.as_bytes()), hash::sha256(B.as_bytes()));
    vec![
        Project {
            tool: "drizzle",
            files: &[
                (
                    "meta/_journal.json",
                    r#"{"entries": [{"idx": 0, "when": 1000, "tag": "0000_a"}, {"idx": 1, "when": 2000, "tag": "0001_b"}, {"idx": 2, "when": 3000, "tag": "0002_c"}]}"#,
                ),
                ("0000_a.sql", A),
                ("0001_b.sql", B),
                ("0002_c.sql", "CREATE TABLE c (n int);--> statement-breakpoint\nCREATE INDEX ON c (n);"),
            ],
            history: format!(
                "CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint); \
                 INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('{a}', 1000), ('{b}', 2000)"
            ),
            table: "drizzle.__drizzle_migrations",
        },
        Project {
            tool: "prisma",
            files: &[
                ("20240101000000_a/migration.sql", A),
                ("20240102000000_b/migration.sql", B),
                ("20240103000000_c/migration.sql", "CREATE TABLE c (n int);\n"),
                ("migration_lock.toml", "provider = \"postgresql\"\n"),
            ],
            history: format!(
                "CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz, \
                 migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), \
                 applied_steps_count int NOT NULL DEFAULT 0); INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name) VALUES \
                 ('1', '{a}', now(), '20240101000000_a'), ('2', '{b}', now(), '20240102000000_b')"
            ),
            table: "_prisma_migrations",
        },
        Project {
            tool: "sqitch",
            files: &[
                (
                    "sqitch.plan",
                    "%project=shop\n\na 2024-01-01T00:00:00Z A <a@b.c> # a\nb [a] 2024-01-01T00:00:00Z A <a@b.c> # b\nc 2024-01-01T00:00:00Z A <a@b.c> # c\n",
                ),
                ("deploy/a.sql", A),
                ("deploy/b.sql", B),
                ("deploy/c.sql", "-- Deploy c\nBEGIN;\nCREATE TABLE c (n int);\nCOMMIT;\n"),
                ("revert/c.sql", "DROP TABLE c;\n"),
            ],
            history: format!(
                "CREATE SCHEMA sqitch; CREATE TABLE sqitch.changes (change_id text PRIMARY KEY, script_hash text, change text, project text, note text, \
                 committed_at timestamptz, committer_name text, committer_email text, planned_at timestamptz, planner_name text, planner_email text); \
                 INSERT INTO sqitch.changes (change_id, script_hash, change, project, committed_at) VALUES \
                 ('1', '{}', 'a', 'shop', now()), ('2', '{}', 'b', 'shop', now() + '1s')",
                hash::sha1(A.as_bytes()),
                hash::sha1(B.as_bytes())
            ),
            table: "sqitch.changes",
        },
        Project {
            tool: "flyway",
            files: &[("V1__a.sql", A), ("more/V1.9__b.sql", B), ("more/V1_10__c.sql", "CREATE TABLE c (n int);\n")],
            history: format!(
                "CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL, \
                 type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum int, installed_by varchar(100) NOT NULL, \
                 installed_on timestamp NOT NULL DEFAULT now(), execution_time int NOT NULL, success bool NOT NULL); \
                 INSERT INTO flyway_schema_history VALUES (1, '1', 'a', 'SQL', 'V1__a.sql', {}, 'me', now(), 1, true), \
                 (2, '1.9', 'b', 'SQL', 'V1.9__b.sql', {}, 'me', now(), 1, true)",
                hash::crc32_of_lines(A),
                hash::crc32_of_lines(B)
            ),
            table: "flyway_schema_history",
        },
    ]
}

fn by_version() -> Vec<Project> {
    let sip = |number: i32, name: &str, sql: &str| {
        hash::siphash13(&[name.as_bytes(), &[255], &number.to_le_bytes(), sql.as_bytes(), &[255]].concat())
    };
    vec![
        Project {
            tool: "sqlx",
            files: &[("9_a.sql", A), ("10_b.sql", B), ("100_c.sql", "-- no-transaction\nCREATE TABLE c (n int);\nCREATE INDEX CONCURRENTLY ON c (n);\n")],
            history: format!(
                "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz NOT NULL DEFAULT now(), \
                 success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL); INSERT INTO _sqlx_migrations VALUES \
                 (9, 'a', now(), true, '\\x{}', 1), (10, 'b', now(), true, '\\x{}', 1)",
                hash::sha384(A.as_bytes()),
                hash::sha384(B.as_bytes())
            ),
            table: "_sqlx_migrations",
        },
        Project {
            tool: "refinery",
            files: &[("V9__a.sql", A), ("V10__b.sql", B), ("V11__c.sql", "CREATE TABLE c (n int);\n")],
            history: format!(
                "CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name varchar(255), applied_on varchar(255), checksum varchar(255)); \
                 INSERT INTO refinery_schema_history VALUES (9, 'a', '2026-01-02T03:04:05.678901Z', '{}'), (10, 'b', '2026-01-02T03:04:05Z', '{}')",
                sip(9, "a", A),
                sip(10, "b", B)
            ),
            table: "refinery_schema_history",
        },
        Project {
            tool: "diesel",
            files: &[
                ("2024-01-01-000000_a/up.sql", A),
                ("2024-01-02-000000_b/up.sql", B),
                ("2024-01-03-000000_c/up.sql", "CREATE TABLE c (n int);\nCREATE INDEX CONCURRENTLY ON c (n);\n"),
                ("2024-01-03-000000_c/metadata.toml", "run_in_transaction = false\n"),
                ("2024-01-03-000000_c/down.sql", "DROP TABLE c;\n"),
            ],
            history: "CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT now()); \
                 INSERT INTO __diesel_schema_migrations VALUES ('20240101000000'), ('20240102000000')"
                .to_owned(),
            table: "__diesel_schema_migrations",
        },
        Project {
            tool: "dbmate",
            files: &[
                ("1_a.sql", "-- migrate:up\nCREATE TABLE a (n int);\n-- migrate:down\nDROP TABLE a;\n"),
                ("2_b.sql", "-- migrate:up\nCREATE TABLE b (n int);\n-- migrate:down\nDROP TABLE b;\n"),
                ("3_c.sql", "-- migrate:up transaction:false\nCREATE TABLE c (n int);\n-- migrate:down\nDROP TABLE c;\n"),
            ],
            history: "CREATE TABLE schema_migrations (version varchar PRIMARY KEY); INSERT INTO schema_migrations VALUES ('1'), ('2')".to_owned(),
            table: "schema_migrations",
        },
        Project {
            tool: "golang-migrate",
            files: &[("9_a.up.sql", A), ("9_a.down.sql", "DROP TABLE a;\n"), ("10_b.up.sql", B), ("11_c.up.sql", "CREATE TABLE c (n int);\n")],
            history: "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO schema_migrations VALUES (10, false)".to_owned(),
            table: "schema_migrations",
        },
        Project {
            tool: "goose",
            files: &[
                ("1_a.sql", "-- +goose Up\nCREATE TABLE a (n int);\n-- +goose Down\nDROP TABLE a;\n"),
                ("2_b.sql", "-- +goose Up\nCREATE TABLE b (n int);\n"),
                ("3_c.sql", "-- +goose Up\n-- +goose StatementBegin\nCREATE TABLE c (n int);\n-- +goose StatementEnd\n-- +goose Down\nDROP TABLE c;\n"),
            ],
            history: "CREATE TABLE goose_db_version (id int PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, version_id bigint NOT NULL, is_applied boolean NOT NULL, \
                 tstamp timestamp NOT NULL DEFAULT now()); INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true), (2, true)"
                .to_owned(),
            table: "goose_db_version",
        },
        Project {
            tool: "node-pg-migrate",
            files: &[
                ("1700000000001_a.sql", "-- Up Migration\nCREATE TABLE a (n int);\n-- Down Migration\nDROP TABLE a;\n"),
                ("1700000000002_b.sql", "-- Up Migration\nCREATE TABLE b (n int);\n"),
                ("1700000000003_c.sql", "-- Up Migration\nCREATE TABLE c (n int);\n-- Down Migration\nDROP TABLE c;\n"),
            ],
            history: "CREATE TABLE pgmigrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL); \
                 INSERT INTO pgmigrations (name, run_on) VALUES ('1700000000001_a', now()), ('1700000000002_b', now())"
                .to_owned(),
            table: "pgmigrations",
        },
    ]
}

fn sandbox(project: &Project, database: &Database) -> Sandbox {
    project.files.iter().fold(Sandbox::on(database), |sandbox, (path, text)| sandbox.file(&format!("old/{path}"), text))
}

fn tables(database: &Database) -> String {
    database.sql("SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relname IN ('a', 'b', 'c') AND relkind = 'r'")
}

#[test]
fn every_tool_is_recognised_and_what_it_has_applied_is_not_applied_again() {
    each_server(|server| {
        for project in projects() {
            let database = Database::new(server);
            database.sql(&format!("{A}{B}{}", project.history));
            let count = || database.sql(&format!("SELECT count(*) FROM {}", project.table));
            let (sandbox, before) = (sandbox(&project, &database), count());
            sandbox
                .run(["db", "adopt", "old", "--dry-run"])
                .code(0)
                .says(&[&format!("would adopt 3 migrations from {}: 2 applied, 1 pending", project.tool)]);
            assert_eq!(database.sql("SELECT to_regclass('xtask.history') IS NULL"), "t", "a dry run writes nothing");
            sandbox
                .run(["db", "adopt", "old"])
                .code(0)
                .says(&[&format!("adopted 3 migrations from {}: 2 applied, 1 pending", project.tool)]);
            assert_eq!(tables(&database), "a b", "{}", project.tool);
            sandbox.migrate().code(0).says(&["applied 1 in", "3 in all"]);
            assert_eq!((tables(&database), count()), ("a b c".to_owned(), before), "{}", project.tool);
            // The files are there now: another database of the same project only gets its history.
            let second = Database::new(server);
            second.sql(&format!("{A}{B}{}", project.history));
            let sandbox = sandbox.at(&second.url());
            sandbox.run(["db", "adopt", "old", "--from", project.tool]).code(0);
            sandbox.run(["db", "adopt", "old", "--from", project.tool]).code(0);
            sandbox.migrate().code(0).says(&["applied 1 in"]);
            // And an empty one gets all of them.
            let empty = Database::new(server);
            sandbox.at(&empty.url()).migrate().code(0);
            assert_eq!(tables(&empty), "a b c", "{}", project.tool);
        }
    });
}

fn one() -> Database {
    Database::new(server::servers().next().expect("a server"))
}

#[test]
fn differences_are_shown_and_nothing_is_written_until_all_are_settled() {
    let (database, project) = (one(), projects().into_iter().find(|it| it.tool == "sqlx").expect("there"));
    database.sql(&format!(
        "{A}{B}{}; INSERT INTO _sqlx_migrations VALUES (11, 'gone', now(), true, '', 1), (100, 'c', now(), false, '', 1)",
        project.history
    ));
    let sandbox = sandbox(&project, &database)
        .file("old/10_b.sql", "CREATE TABLE b (n bigint);\n")
        .file("old/3_late.sql", "CREATE TABLE late (n int);\n");
    sandbox.run(["db", "adopt", "old"]).code(1).stdout(expect![[""]]).stderr(expect![[r#"
        error[adopt-skipped]: `0001_late` is not in sqlx's history, although newer ones are
         --> old/3_late.sql
          = hint: accept it with `--accept 0001`: the next `db migrate` applies it behind the newer ones (`=applied`: it counts as applied); `--accept skipped` accepts all of this kind
        error[adopt-edited]: `0003_b` was edited after sqlx applied it: the checksums differ
         --> old/10_b.sql
          = hint: accept it with `--accept 0003`: the file's text counts as what was applied; `--accept edited` accepts all of this kind
        error[adopt-failed]: `0004_c` failed half way when sqlx ran it
         --> old/100_c.sql
          = hint: accept it with `--accept 0004`: it counts as not applied, and the next `db migrate` applies it (`=applied`: it counts as applied); `--accept failed` accepts all of this kind
        error[adopt-missing]: sqlx's history has `11`, but there is no such file
          = applied at [timestamp]
          = hint: accept it with `--accept 11`: it is left out; `--accept missing` accepts all of this kind
        4 differences are not settled: nothing was written, neither files nor history
    "#]]);
    assert!(!sandbox.path("migrations/0001_late.sql").exists());
    sandbox.run(["db", "adopt", "old", "--accept", "1,0003"]).code(1).says(&["2 differences are not settled"]);
    sandbox.run(["db", "adopt", "old", "--accept", "1,0003", "--accept", "failed,11"]).code(0).stdout(expect![[r#"
        pending  0001_late  3_late.sql
        applied  0002_a  9_a.sql
        applied  0003_b  10_b.sql
        pending  0004_c  100_c.sql
    "#]]);
    sandbox.migrate().code(0).says(&["applied 2 in"]);
}

#[test]
fn bad_input_is_named_and_nothing_is_written() {
    let project = |tool: &str| projects().into_iter().find(|it| it.tool == tool).expect("there");
    let sqlx = project("sqlx");
    let check = |sql: &str, arguments: &[&str], code: i32, says: &[&str]| {
        let database = one();
        database.sql(sql);
        let sandbox = sandbox(&sqlx, &database).file("empty/readme.txt", "");
        sandbox.run([&["db", "adopt"], arguments].concat()).code(code).says(says);
        assert_eq!(database.sql("SELECT to_regclass('xtask.history') IS NULL"), "t");
    };
    let history = &sqlx.history;
    check("", &["old"], 2, &["error[no-history]: the database has no history of sqlx's (no table _sqlx_migrations)", "--accept empty"]);
    check(&format!("{history}; DELETE FROM _sqlx_migrations"), &["old"], 2, &["sqlx's history public._sqlx_migrations is empty"]);
    check(
        &format!("{history}; UPDATE _sqlx_migrations SET version = version + 1000"),
        &["old"],
        2,
        &["error[wrong-database]: none of the 2 migrations in sqlx's history has a file in old"],
    );
    check(&format!("{history}; ALTER TABLE _sqlx_migrations ADD mood text"), &["old"], 2, &["error[unknown-columns]", "mood"]);
    check(&format!("{history}; ALTER TABLE _sqlx_migrations DROP success"), &["old"], 2, &["error[not-its-history]"]);
    check(history, &["empty"], 2, &["error[no-such-tool]: the folder is laid out like no tool's that is known"]);
    check(history, &["nowhere"], 2, &["error[unreadable-file]"]);
    check(history, &["old", "--from", "slqx"], 2, &["error[no-such-tool]: `slqx` is no tool"]);
    check(
        "CREATE TABLE alembic_version (version_num varchar(32))",
        &["empty"],
        2,
        &["error[no-sql]: Alembic's migrations are Python", "db baseline"],
    );
    let golang = format!("{history}; {}", project("golang-migrate").history);
    let database = one();
    database.sql(&golang);
    let both = Sandbox::on(&database).file("old/9_a.up.sql", A).file("old/10_b.up.sql", B);
    both.run(["db", "adopt", "old"]).code(2).says(&[
        "error[several-tools]",
        "sqlx (public._sqlx_migrations), golang-migrate (public.schema_migrations)",
        "--from",
    ]);
    both.run(["db", "adopt", "old", "--from", "golang-migrate"]).code(0);
    let database = one();
    database.sql(&sqlx.history);
    let same = Sandbox::on(&database).migration("9_a.sql", A).migration("10_b.sql", B);
    same.run(["db", "adopt", "migrations"]).code(2).says(&["error[same-folder]"]);
}

#[test]
fn a_role_that_may_not_read_is_told_what_it_lacks() {
    let (database, project) = (one(), projects().into_iter().find(|it| it.tool == "sqlx").expect("there"));
    database.sql(&project.history);
    let role = format!("reader_{}", database.name);
    database.sql(&format!("CREATE ROLE {role} LOGIN PASSWORD 'reads-only-7319'"));
    let mut url = database.url();
    url.set("user", &role).and_then(|()| url.set("password", "reads-only-7319")).expect("known keywords");
    sandbox(&project, &database).at(&url).run(["db", "adopt", "old"]).code(3).says(&[
        "error[history-unreadable]",
        "42501",
        "GRANT SELECT ON public._sqlx_migrations",
    ]);
    database.sql(&format!("GRANT SELECT ON _sqlx_migrations TO {role}"));
    let sandbox = sandbox(&project, &database).at(&url);
    sandbox.run(["db", "adopt", "old"]).code(3).says(&["error[history-unwritable]", "42501"]);
    assert!(!sandbox.path("migrations/0001_a.sql").exists(), "no file without its history");
    database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}
