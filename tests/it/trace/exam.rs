//! The trace against what another program recorded of the same migrations, where `../shared` lies beside the repository.

use super::{set, traced};
use migrate_first::scratch::{Prepare, Server};
use migrate_first::trace::{FileTrace, Kind, StatementTrace};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use support::{Database, each_server, say};

/// Recorded facts that a scratch database cannot show: the second table of a join is not read where no row of the first one leads to it.
const KNOWN: &[&str] = &["update-from-few"];

#[test]
fn locks_rewrites_and_scans_are_those_that_were_recorded() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/lint-cases");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
    let (Some(cases), Some(truth), Some(fixture)) = (read("cases.json"), read("truth.json"), read("fixture.sql")) else {
        return say("NOT RUN: ../shared/lint-cases is not here");
    };
    let parse = |text: &str| serde_json::from_str::<Value>(text).expect("it is JSON");
    let (cases, truth, fixture) = (parse(&cases), parse(&truth), fixture.replace("@rows@", "0"));
    each_server(|server| {
        let home = Database::new(server);
        let scratch = Server::open(&home.url(), Prepare::default()).expect("a server of ours");
        let mut tally: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let mut differences = Vec::new();
        for case in list(&cases["cases"]) {
            let id = text(&case["id"]);
            let recorded = &truth["truth"][id][server.major.to_string().as_str()];
            if recorded.is_null() {
                continue;
            }
            let Some(file) = trace_of(&scratch, case, &fixture) else {
                differences.push(format!("{id}: refused before it is traced"));
                continue;
            };
            for (what, ours, theirs) in facts(&file, recorded) {
                let (compared, equal) = tally.entry(what).or_default();
                *compared += 1;
                *equal += usize::from(ours == theirs);
                if ours != theirs && !KNOWN.contains(&id) {
                    differences.push(format!("{id}: {what}: {ours:?}, recorded {theirs:?}"));
                }
            }
        }
        say(&format!("on PostgreSQL {}: {tally:?} (compared, equal)\n{}", server.major, differences.join("\n")));
        let wrong = differences.iter().filter(|it| !it.ends_with("before it is traced")).count();
        assert_eq!(wrong, 0, "{}", differences.join("\n"));
    });
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn trace_of(scratch: &Server, case: &Value, fixture: &str) -> Option<FileTrace> {
    let joined =
        |value: &Value| list(value).iter().map(|it| format!("{};\n", text(it).trim_end().trim_end_matches(';'))).collect::<String>();
    let header = if text(&case["mode"]) == "txn" { "" } else { "-- xtask: no-transaction\n" };
    let statements = list(&case["sql"]).iter().map(text).collect::<Vec<_>>().join("\n");
    let (setup, migration) = (joined(&case["setup"]), format!("{header}{statements}\n"));
    let texts: Vec<&str> = if setup.is_empty() { vec![fixture, &migration] } else { vec![fixture, &setup, &migration] };
    traced(scratch, &set(&texts)?).files.into_iter().next()
}

type Fact = (&'static str, Vec<String>, Vec<String>);

/// What both say of each statement that both saw through.
fn facts(file: &FileTrace, recorded: &Value) -> Vec<Fact> {
    let mut facts = Vec::new();
    for statement in &file.statements {
        let side = if statement.with_rows { &recorded["stmts"] } else { &recorded["empty"]["stmts"] };
        let Some(theirs) = list(side).get(statement.index) else { continue };
        // Where one of both failed there, because rows or the transaction were others, they saw different things.
        let failed_there = statement.with_rows && recorded["error"]["stmt"].as_u64() == u64::try_from(statement.index).ok();
        if statement.failed.is_some() || failed_there {
            continue;
        }
        facts.extend(of_statement(statement, theirs));
    }
    facts
}

fn of_statement(ours: &StatementTrace, theirs: &Value) -> Vec<Fact> {
    let names = |value: &Value| list(value).iter().map(|it| text(it).to_owned()).collect::<Vec<_>>();
    let keys = |value: &Value| value.as_object().map(|it| it.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let shown = ours
        .locks
        .iter()
        .filter(|it| matches!(it.kind, Kind::Table | Kind::MaterializedView) || (it.kind == Kind::Index && it.mode.blocks_reads()));
    let mut locks: Vec<String> = shown.map(|it| format!("{} {:?}Lock", it.relation, it.mode)).collect();
    let mut their_locks: Vec<String> =
        theirs["locks"].as_object().into_iter().flatten().map(|(name, mode)| format!("{name} {}", text(mode))).collect();
    locks.sort();
    their_locks.sort();
    let mut rewritten = ours.rewritten.clone();
    rewritten.extend(ours.rebuilt.iter().cloned());
    let mut their_rewritten = names(&theirs["rewritten"]);
    their_rewritten.extend(names(&theirs["rebuilt"]));
    let mut scans: Vec<String> = ours.scans.iter().map(|it| it.relation.clone()).collect();
    let mut their_scans = keys(&theirs["scans"]);
    for names in [&mut rewritten, &mut their_rewritten, &mut scans, &mut their_scans] {
        names.sort();
    }
    vec![("locks", locks, their_locks), ("rewrites", rewritten, their_rewritten), ("scans", scans, their_scans)]
}
