//! Applying migrations, as a user sees it.

use support::{Database, Sandbox, each_server, expect};

#[test]
fn what_is_pending_is_applied_once() {
    each_server(|server| {
        let database = Database::new(server);
        let sandbox =
            Sandbox::on(&database).migration("0001_a.sql", "CREATE TABLE a (n int)").migration("0002_b.sql", "INSERT INTO a VALUES (1);\n");
        sandbox
            .migrate()
            .code(0)
            .stderr(expect![[r#"
              applied  0001_a  [time]
              applied  0002_b  [time]
            applied 2 in [time], 2 in all
        "#]])
            .stdout(expect![[""]]);
        sandbox.migrate().code(0).stderr(expect![[r#"
            nothing to do: 2 of 2 migrations applied
        "#]]);
        assert_eq!(database.sql("SELECT n FROM a"), "1");
    });
}

/// As with psql, which opens a session for each file, what is set for new sessions holds for the next file.
#[test]
fn new_defaults_hold_for_the_next_file() {
    each_server(|server| {
        let database = Database::new(server);
        let sandbox = Sandbox::on(&database)
            .migration(
                "0001_a.sql",
                "CREATE SCHEMA app;\nDO $$BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = app', current_database()); END$$;\n",
            )
            .migration("0002_b.sql", "CREATE TABLE b (n int);\n")
            .migration("0003_c.sql", "SET search_path = public; CREATE TABLE c (n int);\n")
            .migration("0004_d.sql", "CREATE TABLE d (n int);\n");
        sandbox.migrate().code(0);
        let tables = "SELECT string_agg(schemaname || '.' || tablename, ' ' ORDER BY tablename) FROM pg_tables WHERE schemaname IN ('app', 'public')";
        assert_eq!(database.sql(tables), "app.b public.c app.d");
    });
}
