//! `db new`: guided on a terminal, by flags everywhere.

use support::terminal::Terminal;
use support::{Database, Sandbox, each_server, expect, server};

fn database() -> Database {
    Database::new(server::servers().next().expect("a server"))
}

/// An enum in use, with a default, a view and an index.
const STATES: &str = "create type state as enum ('active', 'paused', 'closed');
create table talk (id int, state state not null default 'active');
create index talk_state_idx on talk (state);
create view open_talk as select id from talk where state <> 'closed';
";

fn sandbox(database: &Database) -> Sandbox {
    Sandbox::on(database).migration("0001_talk.sql", STATES)
}

#[test]
fn an_enum_change_by_flags_moves_the_rows() {
    each_server(|server| {
        let database = Database::new(server);
        let sandbox = sandbox(&database);
        sandbox.migrate().code(0);
        database.sql("insert into talk values (1, 'paused'), (2, 'closed')");
        let new = ["db", "new", "drop_paused", "--type", "state", "--values", "active,closed", "--map", "paused=active", "--apply"];
        sandbox
            .run(new)
            .code(0)
            .prints(&["migrations/0002_drop_paused.sql"])
            .says(&["schema/ should say the same", "applied  0002_drop_paused"]);
        assert_eq!(database.sql("select id, state from talk order by id"), "1|active\n2|closed");
        assert_eq!(database.sql("select string_agg(enumlabel, ' ' order by enumsortorder) from pg_enum"), "active closed");
        assert_eq!(database.sql("select count(*) from open_talk"), "1");
    });
}

#[test]
fn what_makes_no_enum_change_is_refused_before_anything_is_written() {
    let database = database();
    let sandbox = sandbox(&database);
    let new = |more: &[&str]| sandbox.run([&["db", "new", "x"], more].concat()).code(2);
    new(&["--type", "stat", "--values", "a"]).stderr(expect![[r#"
        error[bad-enum-change]: the migrations make no enum `stat`
          = nothing was written
          = hint: name one of state
    "#]]);
    new(&["--type", "state", "--values", "active,closed", "--map", "paused=gone"]).says(&["`gone` is none of the values that stay"]);
    new(&["--type", "state", "--values", "active,closed", "--map", "closed=active"]).says(&["`closed` is none of the values that go"]);
    new(&["--type", "state", "--values", "active,active"]).says(&["`active` is named twice"]);
    new(&["--type", "state", "--values", "active,paused,closed"]).says(&["has these values already"]);
    assert!(!sandbox.path("migrations/0002_x.sql").exists());
}

#[test]
fn without_a_terminal_it_never_asks() {
    let sandbox = Sandbox::new();
    sandbox.run(["db", "new"]).code(2).stderr(expect![[r#"
        error[incomplete]: nobody said what the migration is called, and there is nobody to ask
          = nothing was written
          = hint: give `NAME`, or run it on a terminal
    "#]]);
    sandbox.run(["db", "new", "x", "--kind", "reverse"]).code(2).says(&["nobody said which migration it undoes", "--reverse N"]);
}

#[test]
fn a_data_migration_comes_with_its_test() {
    let sandbox = Sandbox::new();
    sandbox.run(["db", "new", "Fill totals", "--kind", "data"]).code(0).stdout(expect![[r#"
        migrations/0001_fill_totals.sql
        tests/data/0001/before.sql
        tests/data/0001/after.sql
    "#]]);
}

#[test]
fn the_guided_way_to_an_enum_change() {
    let database = database();
    let sandbox = sandbox(&database).env("EDITOR", "echo '-- edited' >>");
    sandbox.migrate().code(0);
    let mut terminal = Terminal::start(&sandbox, &["db", "new"]);
    terminal.shows("What kind of change is it?").shows("3  other values for an enum").types("three").shows("[1-5]").types("3");
    terminal.shows("1  state: active, paused, closed").types("1");
    terminal.shows("(now: active,paused,closed):").types("active, closed");
    terminal.shows("Rows that hold `paused`").shows("1  become active").shows("3  are not expected").types("1");
    terminal.shows("What does it do").types("../x").shows("makes no migration's name").shows("What does it do").types("drop paused");
    terminal.shows("Open it in your editor?").types("y").shows("Check it").types("y").shows("Apply it then?").types("y");
    let screen = terminal.shows("0002_drop_paused.sql").code(0);
    assert!(screen.contains("applied 1 in"), "{screen}");
    let written = std::fs::read_to_string(sandbox.path("migrations/0002_drop_paused.sql")).expect("it is written");
    assert!(written.contains("WHEN 'paused' THEN 'active'") && written.ends_with("-- edited\n"), "{written}");
}

#[test]
fn questions_that_are_not_answered_write_nothing() {
    let database = database();
    let sandbox = sandbox(&database);
    let mut terminal = Terminal::start(&sandbox, &["db", "new"]);
    // Ctrl-D.
    let screen = terminal.shows("[1-5]").types("2").shows("in words").types("\u{4}").code(2);
    assert!(screen.contains("error[not-confirmed]") && !sandbox.path("migrations/0002_x.sql").exists(), "{screen}");
    let mut terminal = Terminal::start(&sandbox, &["db", "new"]);
    terminal
        .shows("[1-5]")
        .types("2")
        .shows("in words")
        .types("plain one")
        .shows("Check it")
        .types("n")
        .shows("Apply it")
        .types("")
        .code(0);
    assert!(sandbox.path("migrations/0002_plain_one.sql").exists());
}
