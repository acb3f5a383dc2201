//! `db generate` and what stands around it, as a user meets them.

use support::{Database, Sandbox, each_server, expect, server};

fn database() -> Database {
    Database::new(server::servers().next().expect("a server"))
}

/// The repository's own example: migrations up to `n`, and its desired state.
fn example(database: &Database, n: usize) -> Sandbox {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    let files = |folder: &str| {
        let entries = std::fs::read_dir(root.join(folder)).expect("a folder").map(|it| it.expect("an entry").path());
        let mut files: Vec<_> = entries.filter(|it| it.extension().is_some_and(|it| it == "sql")).collect();
        files.sort();
        files
    };
    let chosen = files("migrations").into_iter().take(n).chain(files("schema"));
    chosen.fold(Sandbox::on(database), |sandbox, path| {
        let shown = path.strip_prefix(root).expect("below the root").display().to_string();
        sandbox.file(&shown, std::fs::read(&path).expect("a file"))
    })
}

#[test]
fn the_example_needs_nothing() {
    each_server(|server| {
        let database = Database::new(server);
        example(&database, 100).run(["db", "generate", "nothing"]).code(0).says(&["nothing to do"]);
    });
}

#[test]
fn the_examples_last_migration_can_be_generated() {
    each_server(|server| {
        let database = Database::new(server);
        let sandbox = example(&database, 9);
        let generate = ["db", "generate", "enhance chat sessions", "--map", "chat_state.paused=active"];
        sandbox.run(generate).code(0).prints(&["migrations/0010_enhance_chat_sessions.sql"]).says(&["proved: "]);
        // With rows that hold the value.
        let seeds = ["0006_pilot_term", "0009_sample_data"];
        for seed in seeds {
            let path = format!("{}/../migrations/seed/{seed}.sql", env!("CARGO_MANIFEST_DIR"));
            sandbox.write(&format!("migrations/seed/{seed}.sql"), std::fs::read(path).expect("a file"));
        }
        sandbox.run(["db", "reset", "--seed", "--yes"]).code(0);
        assert_eq!(database.sql("SELECT count(*) > 0, count(*) FILTER (WHERE state::text = 'paused') FROM chat_sessions"), "t|0");
        sandbox.run(["db", "generate", "nothing"]).code(0).says(&["nothing to do"]);
    });
}

#[test]
fn without_an_answer_a_removed_value_is_guarded() {
    let database = database();
    let sandbox = Sandbox::on(&database)
        .migration("0001_a.sql", "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE t (mood mood DEFAULT 'sad');")
        .file("schema/a.sql", "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE t (mood mood);");
    sandbox.migrate().code(0);
    database.sql("INSERT INTO t VALUES ('sad'), ('sad')");
    sandbox.run(["db", "generate", "cheer_up"]).code(0).says(&["loses the value 'sad'", "--map public.mood.sad="]);
    sandbox.migrate().code(4).says(&["sad", "2"]);
    assert_eq!(database.sql("SELECT enum_range(NULL::mood)"), "{sad,ok}");
}

#[test]
fn renames_are_told_and_never_guessed() {
    let database = database();
    let sandbox = Sandbox::on(&database)
        .migration("0001_a.sql", "CREATE TABLE people (id int PRIMARY KEY, mail text NOT NULL);")
        .file("schema/a.sql", "CREATE TABLE people (id int PRIMARY KEY, email text NOT NULL);");
    sandbox.migrate().code(0);
    database.sql("INSERT INTO people VALUES (1, 'a@b')");
    sandbox
        .run(["db", "generate", "x", "--dry-run"])
        .code(0)
        .stdout(expect![[r#"
            -- X: what makes the schema as schema/ describes it, by `cargo xtask db generate`.

            -- Loses the values of public.people.mail.
            ALTER TABLE public.people DROP COLUMN mail;

            ALTER TABLE public.people ADD COLUMN email text NOT NULL;
        "#]])
        .says(&["--rename public.people.mail=email", "it loses the values of public.people.mail"]);
    sandbox
        .run(["db", "generate", "x", "--dry-run", "--allow-loss", "nobody reads it"])
        .code(0)
        .prints(&["-- xtask: allow data-loss: nobody reads it"]);
    sandbox.run(["db", "generate", "x", "--rename", "people.male=email"]).code(2).stderr(expect![[r#"
        error[no-such-rename]: `people.male=email`: there is no `people.male` that goes and no `email` of the same kind that is new
          = hint: rename what is gone to what is new, such as column public.people.mail to email
    "#]]);
    sandbox.run(["db", "generate", "x", "--map", "mood.sad=ok"]).code(2).stderr(expect![[r#"
        taken for two things, one that goes and one that is new: column public.people.mail to email; if it is a rename, give `--rename public.people.mail=email`
        error[no-such-value]: `mood.sad=ok`: no enum that both schemas have is called so; write type.value=other
          = hint: leave it out: no enum loses a value
    "#]]);
    sandbox
        .run(["db", "generate", "x", "--rename", "people.mail=email", "--dry-run"])
        .code(0)
        .prints(&["ALTER TABLE public.people RENAME COLUMN mail TO email;"]);
    sandbox.write(
        "schema/a.sql",
        "CREATE TABLE people (\n    id int PRIMARY KEY,\n    -- xtask: renamed from mail\n    email text NOT NULL\n);",
    );
    sandbox.run(["db", "generate", "rename_mail"]).code(0).prints(&["migrations/0002_rename_mail.sql"]);
    sandbox.migrate().code(0);
    assert_eq!(database.sql("SELECT email FROM people"), "a@b");
    sandbox.run(["db", "generate", "again"]).code(0).says(&["nothing to do"]);
}

#[test]
fn online_it_is_cut_into_files() {
    each_server(|server| {
        let database = Database::new(server);
        let sandbox = Sandbox::on(&database)
            .migration("0001_a.sql", "CREATE TABLE g (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, g int, note text);")
            .file("schema/a.sql", "CREATE TABLE g (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, g int REFERENCES g, note text NOT NULL); CREATE INDEX t_g ON t (g);");
        let cut = ["migrations/0002_tighten.sql", "migrations/0003_tighten_indexes.sql"];
        sandbox.run(["db", "generate", "tighten", "--online", "--dry-run"]).code(0).prints(&cut);
        let is_plain = |told: &[&str]| {
            let outcome = sandbox.run(["db", "generate", "tighten", "--dry-run"].iter().chain(told)).code(0);
            assert!(!outcome.raw_stdout().contains("CONCURRENTLY"), "{}", outcome.raw_stdout());
        };
        is_plain(&[]);
        // A target that others work on makes it the default.
        sandbox.write("xtask.toml", "[targets.live]\nurl = \"postgres://localhost/live\"\nonline = true\n");
        is_plain(&["--online=false"]);
        sandbox.run(["db", "generate", "tighten"]).code(0).prints(&cut);
        sandbox.migrate().code(0);
        sandbox.run(["db", "diff", "--from", &database.url().reveal(), "--to", "schema"]).code(0).says(&["nothing to do"]);
    });
}

#[test]
fn a_database_becomes_files_that_give_it_again() {
    each_server(|server| {
        let database = Database::new(server);
        database.sql(
            "CREATE SCHEMA \"Ünï\"; CREATE TYPE \"Ünï\".\"select\" AS ENUM ('a', 'it''s');
             CREATE TABLE \"Ünï\".\"Order\" (id serial PRIMARY KEY, \"from\" \"Ünï\".\"select\" DEFAULT 'a', parent int REFERENCES \"Ünï\".\"Order\");
             CREATE TABLE a (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a bigint REFERENCES a);
             ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b; CREATE INDEX ON a (b); CREATE VIEW v AS SELECT * FROM a JOIN b USING (id);
             COMMENT ON TABLE a IS 'one'; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT count(*)::int FROM v';
             CREATE TABLE abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk (n int CHECK (n > 0))",
        );
        let sandbox = Sandbox::on(&database);
        sandbox.run(["db", "dump"]).code(0).prints(&["schema/tables/a.sql", "schema/views/v.sql"]).says(&["proved: "]);
        sandbox.run(["db", "diff", "--from", &database.url().reveal(), "--to", "schema"]).code(0).says(&["nothing to do"]);
        sandbox.run(["db", "dump"]).code(2).says(&["error[not-empty]", "--out DIR"]);
    });
}

#[test]
fn what_was_done_is_undone() {
    let database = database();
    let sandbox = Sandbox::on(&database)
        .migration("0001_a.sql", "CREATE TABLE t (id int PRIMARY KEY, old text, kind text DEFAULT 'x');")
        .migration("0002_b.sql", "UPDATE t SET old = '';\nALTER TABLE t DROP COLUMN old;\nALTER TABLE t ADD COLUMN fresh int;\n")
        .migration("0003_c.sql", "CREATE INDEX ON t (kind);");
    sandbox
        .run(["db", "reverse", "2", "--dry-run"])
        .code(0)
        .stdout(expect![[r#"
        -- Undoes 0002_b, by `cargo xtask db reverse`.
        -- Does not come back: the values of public.t.old.
        -- Does not come back: what rows held before the UPDATE on line 1.

        -- Loses the values of public.t.fresh.
        -- xtask: allow data-loss: it undoes 0002_b, which brought it
        ALTER TABLE public.t DROP COLUMN fresh;

        ALTER TABLE public.t ADD COLUMN old text;
    "#]])
        .stderr(expect![[r#"
        does not come back: the values of public.t.old
        does not come back: what rows held before the UPDATE on line 1
          loses the values of public.t.fresh
        proved: applied to a scratch database, it gives the schema that the others give without 0002_b
    "#]]);
    sandbox.run(["db", "reverse", "3"]).code(0).prints(&["migrations/0004_undo_c.sql"]).says(&["proved: "]);
    sandbox.migrate().code(0);
    assert_eq!(database.sql("SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relname = 't'"), "1");
    sandbox.run(["db", "reverse", "9"]).code(2).says(&["error[no-such-migration]"]);
}

#[test]
fn a_missing_permission_is_named() {
    let database = database();
    database.sql("CREATE TABLE t (n int)");
    let role = format!("reader_{}", database.name);
    database.sql(&format!("CREATE ROLE {role} LOGIN PASSWORD 'x'; REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC"));
    let mut url = database.url();
    url.set("user", role.clone()).expect("a known keyword");
    url.set("password", "x").expect("a known keyword");
    let sandbox = Sandbox::on(&database);
    let outcome = sandbox.run(["db", "diff", "--from", &url.reveal(), "--to", "migrations"]).code(3);
    outcome.says(&["error[unreadable-catalog]", "permission denied", "42501", "hint: connect as a role"]);
    database.sql(&format!("GRANT SELECT ON pg_catalog.pg_class TO PUBLIC; DROP ROLE {role}"));
}
