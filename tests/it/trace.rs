//! What the trace sees of migrations, on real servers.

mod exam;

use migrate_first::migration::{MigrationSet, Numbering, SourceFile};
use migrate_first::runner::Limits;
use migrate_first::scratch::{Prepare, Server};
use migrate_first::trace::{self, StatementTrace, Trace};
use std::time::Duration;
use support::{Database, each_server};

const SCHEMA: &str = "CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE account (id bigint PRIMARY KEY, name varchar(20), mood mood, price numeric(8,2) CHECK (price > 0), region text DEFAULT 'eu');
CREATE INDEX account_name ON account (name);
CREATE TABLE item (id serial PRIMARY KEY, account_id bigint NOT NULL REFERENCES account, n int);
CREATE TABLE event (at timestamptz NOT NULL, kind text) PARTITION BY RANGE (at);
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01+00') TO ('2025-01-01+00');
CREATE VIEW names AS SELECT name FROM account;";

/// Migrations as a set, if they are some; they are numbered by their place.
fn set(texts: &[&str]) -> Option<MigrationSet> {
    let file = |(index, text): (usize, &&str)| SourceFile { path: format!("m/{:04}_x.sql", index + 1), bytes: text.as_bytes().to_vec() };
    MigrationSet::from_files(texts.iter().enumerate().map(file).collect(), Numbering::Sequential).ok()
}

fn traced(server: &Server, set: &MigrationSet) -> Trace {
    let limits = Limits { lock_timeout: Duration::from_secs(2), statement_timeout: None };
    trace::trace(server, set, &[set.migrations.len() - 1], limits).expect("what comes before applies")
}

/// One statement in a line: strong locks, rewrites, scans, changes, losses, failures.
fn shown(statement: &StatementTrace) -> String {
    let strong = statement.locks.iter().filter(|it| it.mode.blocks_writes() && it.table.is_none());
    let mut parts: Vec<String> = strong.map(|it| format!("{} {}", it.mode.word(), it.relation)).collect();
    let mut add = |what: &str, names: Vec<&String>| parts.extend(names.iter().map(|it| format!("{what} {it}")));
    add("rewrites", statement.rewritten.iter().collect());
    add("builds", statement.rebuilt.iter().collect());
    add("scans", statement.scans.iter().filter(|it| it.whole).map(|it| &it.relation).collect());
    add("changes all", statement.changes.iter().filter(|it| it.all).map(|it| &it.relation).collect());
    add("loses", statement.lost.iter().collect());
    parts.extend(statement.failed.iter().map(|it| format!("fails {}", it.sqlstate)));
    parts.extend(statement.unobserved.iter().map(|it| format!("not observed: {it}")));
    parts.join("; ")
}

/// What is expected of each statement, and of the rows for which the file fails.
const CASES: &[(&str, &[&str], Option<&str>)] = &[
    ("ALTER TABLE account ADD COLUMN x int", &["ACCESS EXCLUSIVE account"], None),
    ("CREATE INDEX i ON account (region)", &["SHARE account; scans account"], None),
    (
        "ALTER TABLE account ADD COLUMN x int; UPDATE account SET x = 1",
        &["ACCESS EXCLUSIVE account", "ACCESS EXCLUSIVE account; scans account; changes all account"],
        None,
    ),
    ("UPDATE account SET name = 'x' WHERE id = 5", &[""], None),
    ("DELETE FROM item", &["scans item; changes all item; loses every row of `item`"], None),
    ("TRUNCATE item", &["ACCESS EXCLUSIVE item; loses every row of `item`"], None),
    ("DROP TABLE item", &["ACCESS EXCLUSIVE account; ACCESS EXCLUSIVE item; loses table `item` with its rows"], None),
    ("ALTER TABLE account DROP COLUMN region", &["ACCESS EXCLUSIVE account; loses column `account.region` with its values"], None),
    ("ALTER TABLE account ADD COLUMN x int NOT NULL", &["ACCESS EXCLUSIVE account; scans account"], Some("23502")),
    (
        "ALTER TABLE account ALTER COLUMN price TYPE numeric(12,3)",
        &["ACCESS EXCLUSIVE account; rewrites account; builds account_name; builds account_pkey; scans account"],
        None,
    ),
    ("CREATE INDEX CONCURRENTLY i ON account (region)", &["scans account"], None),
    ("VACUUM FULL item", &["ACCESS EXCLUSIVE item; rewrites item; builds item_pkey; scans item"], None),
    ("ALTER TABLE event DETACH PARTITION event_2024 CONCURRENTLY", &["ACCESS EXCLUSIVE event_2024"], None),
    ("CREATE DATABASE other", &["not observed: not run: what it does is not confined to a scratch database"], None),
    ("SELECT nope", &["fails 42703"], None),
    ("CREATE TABLE fresh (id int); ALTER TABLE fresh ADD COLUMN x int; CREATE INDEX ON fresh (x)", &["", "", ""], None),
    (
        "INSERT INTO account (id, price) VALUES (700001, 3)",
        &["not observed: its rows collide with those that were made up; it ran again without them"],
        None,
    ),
];

#[test]
fn each_statement_is_seen_for_what_it_does() {
    each_server(|server| {
        let home = Database::new(server);
        let scratch = Server::open(&home.url(), Prepare::default()).expect("a server of ours");
        for (text, expected, on_rows) in CASES {
            let trace = traced(&scratch, &set(&[SCHEMA, text]).expect("they are migrations"));
            assert!(trace.unfilled.is_empty(), "{:?}", trace.unfilled);
            let file = &trace.files[0];
            let seen: Vec<String> = file.statements.iter().map(shown).collect();
            assert_eq!(seen, *expected, "of {text} on {}", server.major);
            assert_eq!(file.failed_on_rows.as_ref().map(|it| it.sqlstate.as_str()), *on_rows, "of {text} on {}", server.major);
        }
    });
}
