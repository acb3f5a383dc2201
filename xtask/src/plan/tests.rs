//! Plans as data: files, history, and what is to be done.

use super::*;
use crate::migration::{Numbering, SourceFile, checksum::checksum};

/// Files as `name: text`, history as `name: text`, or `name: text @2` where only two steps are done.
fn check(files: &[&str], history: &[&str], to: Option<&str>, expected: &str) {
    let file = |it: &&str| {
        let (name, text) = it.split_once(": ").expect("name: text");
        SourceFile { path: format!("migrations/{name}.sql"), bytes: text.as_bytes().to_vec() }
    };
    let set = MigrationSet::from_files(files.iter().map(file).collect(), Numbering::Timestamp).expect("good files");
    let rows = history.iter().enumerate().map(|(index, it)| row(index, it)).collect();
    let history = History { rows, exists: true, ..History::default() };
    let actual = match plan(&set, &history, &Policy { to: to.map(str::to_owned), ..Policy::default() }) {
        Ok(plan) => plan.pending.iter().map(show).collect::<Vec<_>>().join(" "),
        Err(found) => found.iter().map(|it| format!("{}: {}", it.rule, it.message)).collect::<Vec<_>>().join("; "),
    };
    assert_eq!(actual, expected);
}

fn show(pending: &Pending<'_>) -> String {
    let resume = pending.resume.map_or(String::new(), |row| format!(" from step {}", row.steps_done));
    format!("{}={}{resume}", pending.position, pending.migration.name)
}

fn row(index: usize, text: &str) -> Applied {
    let (name, text) = text.split_once(": ").expect("name: text");
    let (text, done) = text.split_once(" @").map_or((text, None), |(text, done)| (text, done.parse().ok()));
    Applied {
        position: i64::try_from(index).expect("few") + 1,
        name: name.to_owned(),
        checksum: checksum(text),
        finished: done.is_none(),
        steps_done: done.unwrap_or(0),
        step_running: false,
        started_at: "2026-11-22".to_owned(),
        duration: None,
        applied_by: "me".to_owned(),
        sql: Some(text.to_owned()),
    }
}

#[test]
fn pending_in_order() {
    check(&["1_a: a", "2_b: b"], &[], None, "1=1_a 2=2_b");
    check(&["1_a: a", "2_b: b"], &["1_a: a"], None, "2=2_b");
    check(&["1_a: a", "2_b: b"], &["1_a: a", "2_b: b"], None, "");
    check(&["1_a: a", "2_b: b", "3_c: c"], &[], Some("2"), "1=1_a 2=2_b");
    check(&["1_a: a", "2_b: b"], &["1_a: a", "2_b: b"], Some("1_a"), "");
    check(&["1_a: a"], &[], Some("7"), "no-such-migration: `7` means no migration");
}

#[test]
fn what_forbids_to_go_on() {
    check(&["1_a: x", "2_b: b"], &["1_a: a"], None, "edited: `1_a` was edited after it was applied");
    check(&["2_b: b"], &["1_a: a"], None, "missing: `1_a` is in the database's history, but there is no such file");
    check(&["1_a: a", "2_b: b"], &["2_b: b"], None, "out-of-order: `1_a` is pending, but a newer migration is already applied");
    check(&["1_a: -- xtask: allow-out-of-order\na", "2_b: b"], &["2_b: b"], None, "2=1_a");
}

#[test]
fn unfinished_ones_go_on() {
    check(&["1_a: a; vacuum; b", "2_b: b"], &["1_a: a; vacuum; b @2"], None, "1=1_a from step 2 2=2_b");
    // The step that failed may be mended, what is done may not.
    check(&["1_a: a; vacuum; mended"], &["1_a: a; vacuum; b @2"], None, "1=1_a from step 2");
    check(&["1_a: mended; vacuum; b"], &["1_a: a; vacuum; b @2"], None, "edited: `1_a` was edited after it was applied in part");
}

#[test]
fn a_renumbered_migration_is_recognised() {
    let history = History { rows: vec![row(0, "1_a: same text")], exists: true, ..History::default() };
    let files = vec![SourceFile { path: "m/0002_a.sql".into(), bytes: b"same text".to_vec() }];
    let set = MigrationSet::from_files(files, Numbering::Sequential).expect("good files");
    let found = plan(&set, &history, &Policy::default()).expect_err("refused");
    assert_eq!(found[0].hint.as_deref(), Some("run `cargo xtask db repair 1_a`: `0002_a` holds the very same text"));
}

#[test]
fn a_squashed_migration_is_applied_where_those_are_that_it_stands_for() {
    let hash = |text: &str| checksum(text)["sha256:".len()..][..16].to_owned();
    let lines = format!("-- xtask: squashes = 1_a {}\n-- xtask: squashes = 2_b {}\n-- xtask: squash-tag = t\n", hash("a"), hash("b"));
    let squashed = format!("2_all: {lines}a; b");
    let files = [squashed.as_str(), "3_c: c"];
    check(&files, &[], None, "1=2_all 2=3_c");
    check(&files, &["1_a: a", "2_b: b"], None, "3=3_c");
    check(&files, &["1_a: a", "2_b: b", "3_c: c"], None, "");
    check(&files, &[&squashed], None, "2=3_c");
    check(&files, &["1_a: a"], None, "half-squashed: `2_all` stands for 2 migrations, of which this database has only some");
    check(&files, &["1_a: a", "2_b: b @1"], None, "half-squashed: `2_all` stands for 2 migrations, of which this database has only some");
    check(
        &files,
        &["1_a: a", "2_b: x"],
        None,
        "half-squashed: `2_all` stands for 2 migrations, of which this database has some with another text",
    );
    check(&files, &["0_z: z", "1_a: a", "2_b: b"], None, "missing: `0_z` is in the database's history, but there is no such file");
}
