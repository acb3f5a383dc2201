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
