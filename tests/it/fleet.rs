//! Many schemas of a database, and many databases, with the same migrations.

use support::{Database, Sandbox, each_server, expect};

const TENANTS: &str =
    r#"CREATE SCHEMA tenant_1; CREATE SCHEMA tenant_2; CREATE SCHEMA "tenant 3"; CREATE SCHEMA tenants; CREATE SCHEMA other"#;

fn shop(database: &Database) -> Sandbox {
    Sandbox::on(database).migration("0001_orders.sql", "CREATE TABLE orders (id int PRIMARY KEY);\n").migration(
        "0002_total.sql",
        "-- xtask: no-transaction\nCREATE INDEX CONCURRENTLY orders_id ON orders (id);\nALTER TABLE orders ADD total int;\n",
    )
}

/// How many migrations each schema has, and where.
fn histories(database: &Database) -> String {
    let tables = database.sql("SELECT string_agg(format('SELECT %L, count(*) FROM %I.%I', nspname, nspname, relname), ' UNION ALL ') \
         FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND (relname = 'xtask_history' OR nspname = 'xtask')");
    database.sql(&format!("{tables} ORDER BY 1"))
}

#[test]
fn each_schema_gets_the_migrations_once_and_has_its_own_history() {
    each_server(|server| {
        let database = Database::new(server);
        database.sql(TENANTS);
        let sandbox = shop(&database);
        let each = ["db", "migrate", "--each-schema", "tenant?*", "--jobs", "1"];
        sandbox.run(each).code(0).stderr(expect![[r#"
              applied  tenant 3  2 in [time]
              applied  tenant_1  2 in [time]
              applied  tenant_2  2 in [time]
              applied  tenants   2 in [time]
            4 of 4 migrated, 0 current before, 0 failed, in [time]
        "#]]);
        assert_eq!(histories(&database), "tenant 3|2\ntenant_1|2\ntenant_2|2\ntenants|2");
        sandbox.run(each).code(0).stderr(expect![[r#"
              current  tenant 3  2 applied before
              current  tenant_1  2 applied before
              current  tenant_2  2 applied before
              current  tenants   2 applied before
            0 of 4 migrated, 4 current before, 0 failed, in [time]
        "#]]);
    });
}

#[test]
fn a_failure_in_one_stops_none_of_the_others() {
    each_server(|server| {
        let database = Database::new(server);
        database.sql(TENANTS);
        database.sql("CREATE TABLE tenant_1.orders (); CREATE TABLE tenant_2.orders ()");
        let sandbox = shop(&database);
        let each = ["db", "migrate", "--each-schema", "tenant_?", "--jobs", "1"];
        database.sql("CREATE SCHEMA tenant_9");
        sandbox.run(each).code(4).stderr(expect![[r#"
              failed   tenant_1  relation "orders" already exists
              failed   tenant_2  relation "orders" already exists
              applied  tenant_9  2 in [time]
            error[migration-failed]: relation "orders" already exists
             --> migrations/0001_orders.sql:1:14
              |
            1 | CREATE TABLE orders (id int PRIMARY KEY);
              |              ^^^^^^ PostgreSQL 42P07
              = nothing of 0001_orders was kept (it ran in a transaction)
              = in tenant_1, tenant_2
              = hint: the database has this already, so something other than these migrations made it; see what with `cargo xtask db shell`
            1 of 3 migrated, 0 current before, 2 failed, in [time]
            run the same command again when that is mended: it goes on with the rest
        "#]]);
        database.sql("DROP TABLE tenant_1.orders; DROP TABLE tenant_2.orders");
        sandbox.run([&each[..], &["--dry-run"]].concat()).code(0).stderr(expect![[r#"
              pending  tenant_1  0001_orders, 0002_total
              pending  tenant_2  0001_orders, 0002_total
              current  tenant_9  2 applied before
            2 of 3 have something pending; nothing was changed, 1 current before, 0 failed, in [time]
        "#]]);
        sandbox.run(each).code(0);
        assert_eq!(histories(&database), "tenant_1|2\ntenant_2|2\ntenant_9|2");
    });
}

/// A squashed, edited or renamed file is every tenant's concern, and each has a history of its own.
#[test]
fn each_schemas_history_is_repaired() {
    each_server(|server| {
        let database = Database::new(server);
        database.sql(TENANTS);
        let sandbox = shop(&database);
        let each = ["--each-schema", "tenant_?"];
        sandbox.run([&["db", "migrate"][..], &each].concat()).code(0);
        sandbox.write("migrations/0001_orders.sql", "-- what was sold\nCREATE TABLE orders (id int PRIMARY KEY);\n");
        sandbox
            .run([&["db", "migrate", "--jobs", "1"][..], &each].concat())
            .code(2)
            .says(&["hint: run `cargo xtask db repair --each-schema 'tenant_?'`: only comments or white space differ"]);
        sandbox.run([&["db", "repair", "--dry-run"][..], &each].concat()).code(0).stdout(expect![[r#"
            tenant_1: 0001_orders: the history takes the file's text (not done: a dry run)
            tenant_2: 0001_orders: the history takes the file's text (not done: a dry run)
        "#]]);
        sandbox.run([&["db", "repair"][..], &each].concat()).code(0).stdout(expect![[r#"
            tenant_1: 0001_orders: the history takes the file's text
            tenant_2: 0001_orders: the history takes the file's text
        "#]]);
        sandbox.write("migrations/0001_orders.sql", "CREATE TABLE orders (id int);\n");
        sandbox.run([&["db", "repair"][..], &each].concat()).code(1).stderr(expect![[r#"
            error[not-repaired]: `0001_orders` was left alone: its statements were edited
              = in tenant_1, tenant_2
              = hint: run `cargo xtask db migrate --dry-run --each-schema 'tenant_?'` to see the difference; `cargo xtask db repair 0001_orders --each-schema 'tenant_?'` accepts it as it is
        "#]]);
        sandbox.run([&["db", "repair", "9"][..], &each].concat()).code(2).says(&["error[no-such-migration]: `9` means no migration"]);
        sandbox.run([&["db", "repair", "1"][..], &each].concat()).code(0);
        sandbox.run([&["db", "repair"][..], &each].concat()).code(0).says(&["nothing to repair"]);
        assert_eq!(database.sql("SELECT count(*) FROM tenant_1.xtask_history WHERE sql ~ 'id int\\)'"), "1");
        sandbox.run([&["db", "migrate"][..], &each].concat()).code(0).says(&["0 of 2 migrated, 2 current before"]);
        assert_eq!(database.sql("SELECT to_regclass('xtask.history')"), "", "nothing was looked for elsewhere");
    });
}

/// A second one at the same time waits for the first in each schema, and finds nothing left to do there.
#[test]
fn two_at_once_apply_everything_once() {
    each_server(|server| {
        let database = Database::new(server);
        database.sql("DO $$BEGIN FOR i IN 10..49 LOOP EXECUTE format('CREATE SCHEMA tenant_%s', i); END LOOP; END$$");
        let sandbox = shop(&database);
        let runs = [(); 2].map(|()| sandbox.spawn(["db", "migrate", "--each-schema", "tenant_*", "--format", "json"]));
        let applied: usize = runs.into_iter().map(|run| run.wait().code(0).raw_stdout().matches(r#""0001_orders""#).count()).sum();
        assert_eq!(applied, 40);
    });
}

#[test]
fn each_target_is_migrated_and_one_that_is_away_is_said() {
    each_server(|server| {
        let (one, two) = (Database::new(server), Database::new(server));
        let sandbox = shop(&one).env("ONE", &one.url().reveal()).env("TWO", &two.url().reveal()).file(
            "xtask.toml",
            "[targets.one]\nurl = \"${ONE}\"\n[targets.two]\nurl = \"${TWO}\"\n[targets.gone]\nurl = \"postgres://127.0.0.1:1/x\"\n",
        );
        sandbox.run(["db", "migrate", "--all-targets", "--jobs", "1"]).code(3).stderr(expect![[r#"
              failed   gone  cannot connect to postgres://127.0.0.1:1/x: error connecting to server: Connection refused (os error 111)
              applied  one   2 in [time]
              applied  two   2 in [time]
            error[cannot-connect]: cannot connect to postgres://127.0.0.1:1/x: error connecting to server: Connection refused (os error 111)
              = in gone
              = hint: see whether the server runs and listens there; `--wait [time]` waits for one that is starting
            2 of 3 migrated, 0 current before, 1 failed, in [time]
            run the same command again when that is mended: it goes on with the rest
        "#]]);
        assert_eq!((histories(&one).as_str(), histories(&two).as_str()), ("xtask|2", "xtask|2"));
    });
}

#[test]
fn mistakes_are_said_before_anything_is_done() {
    each_server(|server| {
        let database = Database::new(server);
        let sandbox = shop(&database);
        sandbox.run(["db", "migrate", "--each-schema", "nobody_*"]).code(2).stderr(expect![[r#"
            error[no-such-schema]: no schema of postgres://postgres:***@127.0.0.1:[port]/[database] (DATABASE_URL) matches `nobody_*`
              = hint: create the schemas first, or correct the pattern: `*` stands for any text, `?` for one character
        "#]]);
        sandbox.run(["db", "migrate", "--all-targets"]).code(2).stderr(expect![[r#"
            error[no-such-target]: xtask.toml names no target
              = hint: write `[targets.name]` with `url = "…"` into xtask.toml for each database
        "#]]);
    });
}
