//! What `db generate` asks on a terminal.

use support::terminal::Terminal;
use support::{Database, Sandbox, server};

fn database() -> Database {
    Database::new(server::servers().next().expect("a server"))
}

fn renamed(database: &Database) -> Sandbox {
    let sandbox = Sandbox::on(database)
        .migration("0001_a.sql", "CREATE TABLE people (id int PRIMARY KEY, mail text);\n")
        .file("schema/a.sql", "CREATE TABLE people (id int PRIMARY KEY, email text);\n");
    sandbox.migrate().code(0);
    database.sql("INSERT INTO people VALUES (1, 'a@b')");
    sandbox
}

#[test]
fn a_rename_that_is_one_keeps_what_the_column_holds() {
    let database = database();
    let sandbox = renamed(&database);
    let mut terminal = Terminal::start(&sandbox, &["db", "generate", "rename_mail"]);
    terminal.shows("Is this a rename: column public.people.mail to email?").shows("2  yes: rename");
    // What is no answer is asked again.
    let screen = terminal.shows("[1-2, default 1]").types("yes").shows("[1-2, default 1]").types("2").code(0);
    assert!(screen.contains("proved: ") && screen.contains("migrations/0002_rename_mail.sql"), "{screen}");
    sandbox.migrate().code(0);
    assert_eq!(database.sql("SELECT email FROM people"), "a@b");
}

#[test]
fn a_rename_that_is_none_asks_whether_the_loss_is_meant() {
    let database = database();
    let sandbox = renamed(&database);
    let mut terminal = Terminal::start(&sandbox, &["db", "generate", "other"]);
    terminal.shows("Is this a rename").shows("default 1]").types("").shows("May that be lost?").shows("default 1]").types("");
    let screen = terminal.code(0);
    assert!(screen.contains("it loses the values of public.people.mail"), "{screen}");
    let written = std::fs::read_to_string(sandbox.path("migrations/0002_other.sql")).expect("it is written");
    assert!(written.contains("DROP COLUMN mail") && !written.contains("allow data-loss"), "{written}");
    std::fs::remove_file(sandbox.path("migrations/0002_other.sql")).expect("it is ours");
    let mut terminal = Terminal::start(&sandbox, &["db", "generate", "other"]);
    terminal.shows("Is this a rename").shows("default 1]").types("1").shows("May that be lost?").shows("default 1]").types("2").code(0);
    let written = std::fs::read_to_string(sandbox.path("migrations/0002_other.sql")).expect("it is written");
    assert!(written.contains("-- xtask: allow data-loss: confirmed when it was generated"), "{written}");
    sandbox.run(["db", "lint", "2"]).code(0);
}

#[test]
fn a_value_that_goes_is_mapped_to_one_that_stays() {
    let database = database();
    let sandbox = Sandbox::on(&database)
        .migration("0001_a.sql", "CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');\nCREATE TABLE t (mood mood);\n")
        .file("schema/a.sql", "CREATE TYPE mood AS ENUM ('ok', 'glad');\nCREATE TABLE t (mood mood);\n");
    sandbox.migrate().code(0);
    database.sql("INSERT INTO t VALUES ('sad'), ('glad')");
    let mut terminal = Terminal::start(&sandbox, &["db", "generate", "cheer_up"]);
    terminal.shows("loses the value 'sad'. What do rows get that hold it?").shows("1  nothing: stop where a row holds it");
    terminal.shows("2  'ok'").shows("3  'glad'").shows("[1-3, default 1]").types("2");
    let screen = terminal.code(0);
    assert!(screen.contains("migrations/0002_cheer_up.sql"), "{screen}");
    sandbox.migrate().code(0);
    assert_eq!(database.sql("SELECT string_agg(mood::text, ' ' ORDER BY mood) FROM t"), "ok glad");
}

#[test]
fn who_ends_the_questions_gets_what_nobody_guessed() {
    let database = database();
    let sandbox = renamed(&database);
    let mut terminal = Terminal::start(&sandbox, &["db", "generate", "x", "--dry-run"]);
    // Ctrl-D, at each question.
    terminal.shows("Is this a rename").shows("default 1]").types("\u{4}");
    let screen = terminal.shows("--rename public.people.mail=email").code(0);
    assert!(!sandbox.path("migrations/0002_x.sql").exists(), "{screen}");
}
