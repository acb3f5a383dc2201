//! What a trace means for a database in use.

use super::{FileTrace, Kind, Lock, StatementTrace, Trace};
use crate::diagnostic::{Diagnostic, Hazard, Level, Location};

/// The rules of the trace. A comment that allows one of them silences it like one of the linter's.
pub const RULES: [&str; 7] =
    ["observed-block", "observed-lock", "observed-failure", "observed-loss", "observed-break", "observed-leak", "not-observed"];

/// The findings of a trace alone, in order of file and place.
#[must_use]
pub fn findings(trace: &Trace) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = trace.files.iter().flat_map(of_file).collect();
    if let Some(place) = trace.files.first().map(|it| Location::file(&it.file)) {
        found.extend(trace.unobserved.iter().map(|text| not_observed(text.clone(), place.clone())));
        if !trace.unfilled.is_empty() {
            found.push(unfilled(trace, place));
        }
    }
    found
}

fn unfilled(trace: &Trace, place: Location) -> Diagnostic {
    let count = trace.unfilled.len();
    let message = format!("no rows could be made for {count} tables: what fails on data or destroys it was not seen there");
    let shown = trace.unfilled.iter().take(5).map(|it| format!("`{}`: {}", it.table, it.why));
    let mut diagnostic = not_observed(message, place);
    diagnostic.notes = shown.collect();
    if count > 5 {
        diagnostic.notes.push(format!("and {} more", count - 5));
    }
    diagnostic.hint("bring rows of their own with a seed, or judge what touches these tables by hand")
}

fn not_observed(message: String, place: Location) -> Diagnostic {
    Diagnostic::error("not-observed", message).level(Level::Info).at(place)
}

fn of_file(file: &FileTrace) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = file.statements.iter().flat_map(|it| of_statement(file, it)).collect();
    let at = |index: usize| file.statements.iter().find(|it| it.index == index).map(|it| it.location.clone());
    let place = |index: usize| at(index).unwrap_or_else(|| Location::file(&file.file));
    for broken in &file.broken {
        let effect = "programs that still use it fail from this moment on";
        let hint = "keep the old name until no program uses it, for example as a view, and remove it in a later migration";
        found.push(finding("observed-break", &broken.what, &[Hazard::BreaksClients], effect, hint).at(place(broken.statement)));
    }
    for name in &file.leaks {
        let message = format!("`{name}` is left changed in the session");
        let hint = "write SET LOCAL, or RESET it at the end";
        let level = if LEAKS.contains(&name.as_str()) { Level::Error } else { Level::Warning };
        let place = file.statements.last().map_or_else(|| Location::file(&file.file), |it| it.location.clone());
        found.push(
            finding("observed-leak", &message, &[Hazard::LeaksSession], "whatever runs next in the session runs under it", hint)
                .at(place)
                .level(level),
        );
    }
    found
}

/// Settings that change what names mean and who acts.
const LEAKS: [&str; 3] = ["search_path", "role", "session_replication_role"];

fn finding(rule: &'static str, message: &str, hazards: &'static [Hazard], effect: &'static str, hint: &str) -> Diagnostic {
    Diagnostic::error(rule, message).hazards(hazards).effect(effect).hint(hint)
}

fn of_statement(file: &FileTrace, statement: &StatementTrace) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    match &statement.failed {
        Some(failed) if is_elsewhere(failed) => found.push(stopped(&failed.message)),
        Some(failed) => found.push(failure(statement, failed, false)),
        None => {}
    }
    if let Some(failed) = file.failed_on_rows.as_ref().filter(|it| it.statement == statement.index) {
        found.push(failure(statement, failed, true));
    }
    if let Some(block) = block(file, statement) {
        found.push(block);
    } else if let Some(lock) = brief(statement) {
        found.push(lock);
    }
    if !statement.lost.is_empty() {
        let message = format!("destroys {}", statement.lost.join(", "));
        let hint = "keep a copy that can be brought back, or say why it may go with `-- xtask: allow observed-loss: reason`";
        found.push(finding("observed-loss", &message, &[Hazard::DataLoss], "the data cannot be brought back but from a backup", hint));
    }
    if let Some(why) = &statement.unobserved {
        found.push(Diagnostic::error("not-observed", format!("not everything was observed: {why}")).level(Level::Info));
    }
    let evidence = evidence(statement);
    for diagnostic in &mut found {
        diagnostic.location.get_or_insert_with(|| statement.location.clone());
        if diagnostic.rule != "not-observed" && diagnostic.rule != "observed-failure" {
            diagnostic.notes.extend(evidence.iter().cloned());
        }
    }
    found
}

/// Whether a statement failed on what belongs to the server rather than to the scratch database: a role that the replay, or a check before, has made.
fn is_elsewhere(failed: &super::Failed) -> bool {
    failed.sqlstate == "42710" && failed.message.starts_with("role ")
}

fn stopped(why: &str) -> Diagnostic {
    let message =
        format!("this statement and those behind it were not observed: {why} on the scratch server, whose roles all databases share");
    let hint = "drop the role there, or make it only where it is missing, and check again";
    Diagnostic::error("not-observed", message).level(Level::Info).hint(hint)
}

/// Codes of what a statement may not do in a transaction, or not in this one.
const IN_TRANSACTION: [&str; 4] = ["25001", "2D000", "55P04", "55006"];

fn failure(statement: &StatementTrace, failed: &super::Failed, on_rows: bool) -> Diagnostic {
    let in_transaction = IN_TRANSACTION.contains(&failed.sqlstate.as_str()) && statement.transaction.is_some();
    let hazards: &'static [Hazard] = match (in_transaction, on_rows) {
        (true, _) => &[Hazard::FailsTxn],
        (false, true) => &[Hazard::FailsData],
        (false, false) => &[Hazard::FailsAlways],
    };
    let how = match hazards[0] {
        Hazard::FailsTxn => "fails in its transaction",
        Hazard::FailsData => "fails on a table that has rows",
        _ => "fails",
    };
    // Whatever row there is has no value in a new column; other rows that do not fit are only possible.
    let certain = !on_rows || in_transaction || (failed.sqlstate == "23502" && statement.sql.to_ascii_lowercase().contains("add"));
    let hint = failed.hint.clone().unwrap_or_else(|| {
        if on_rows { "mend the rows first, or make the change in steps that old rows pass" } else { "correct the statement" }.to_owned()
    });
    let mut diagnostic = Diagnostic::error("observed-failure", format!("{how}: {}", failed.message))
        .level(if certain { Level::Error } else { Level::Warning })
        .hazards(hazards)
        .effect("the migration stops here")
        .sqlstate(failed.sqlstate.clone())
        .hint(hint);
    diagnostic.location = Some(failed.place.clone());
    if on_rows {
        diagnostic.notes.push("seen with rows that were made up to fit the schema; without rows it runs".to_owned());
    }
    diagnostic.notes.extend(failed.notes.iter().cloned());
    diagnostic
}

/// The strongest lock that keeps others from writing or reading, of those that the transaction holds.
fn strongest(statement: &StatementTrace) -> Option<&Lock> {
    let strong = statement.locks.iter().filter(|it| match it.kind {
        Kind::Table => it.mode.blocks_writes(),
        Kind::Index | Kind::MaterializedView => it.mode.blocks_reads(),
        Kind::View => false,
    });
    strong.max_by_key(|it| (it.mode, it.kind == Kind::Table, it.taken_by))
}

/// Work that grows with the tables while others are kept waiting.
fn block(file: &FileTrace, statement: &StatementTrace) -> Option<Diagnostic> {
    let work = work(statement);
    let all = statement.changes.iter().find(|it| it.all).filter(|_| statement.transaction.is_some());
    let message = match (strongest(statement), work, all) {
        (Some(lock), Some(work), _) if lock.taken_by == statement.index => {
            format!("{work} while it holds {} on `{}`", lock.mode.word(), lock.relation)
        }
        (Some(lock), Some(work), _) => {
            let taker = file.statements.iter().find(|it| it.index == lock.taken_by).map_or(0, |it| it.location.start.line);
            format!("{work} while {} on `{}` is held since line {taker}", lock.mode.word(), lock.relation)
        }
        (_, _, Some(change)) => {
            format!("changes every row of `{}` in one transaction, and keeps all of them locked until its end", change.relation)
        }
        _ => return None,
    };
    let effect = "others wait for the lock as long as the work takes, which grows with the table";
    let hint = "do the work without the lock (CONCURRENTLY, NOT VALID and VALIDATE, batches), or in a migration of its own";
    Some(finding("observed-block", &message, &[Hazard::BlocksLong], effect, hint))
}

fn work(statement: &StatementTrace) -> Option<String> {
    let rewritten = statement.rewritten.first().map(|it| format!("rewrites `{it}`"));
    let scanned = || statement.scans.iter().find(|it| it.whole).map(|it| format!("reads `{}` from end to end", it.relation));
    let rebuilt = || statement.rebuilt.first().map(|it| format!("builds the index `{it}` anew"));
    rewritten.or_else(rebuilt).or_else(scanned)
}

/// A strong lock that this statement took and does nothing long under.
fn brief(statement: &StatementTrace) -> Option<Diagnostic> {
    let lock = strongest(statement).filter(|it| it.taken_by == statement.index)?;
    let whom = if lock.mode.blocks_reads() { "reads and writes" } else { "writes" };
    let message = format!("holds {} on `{}` until the transaction ends: {whom} wait", lock.mode.word(), lock.relation);
    let effect = "it waits for running queries on the table, and new ones wait behind it";
    Some(finding("observed-lock", &message, &[], effect, "keep a lock_timeout in force").level(Level::Info))
}

/// What was seen, a line each.
fn evidence(statement: &StatementTrace) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = |what: &str, items: Vec<String>| {
        if !items.is_empty() {
            lines.push(format!("observed {what}: {}", items.join(", ")));
        }
    };
    let locks = statement.locks.iter().filter(|it| it.taken_by == statement.index && (it.kind != Kind::Index || it.mode.blocks_reads()));
    line("locks", locks.map(|it| format!("{} on `{}`", it.mode.word(), it.relation)).collect());
    line("rewrites", statement.rewritten.iter().chain(&statement.rebuilt).map(|it| format!("`{it}`")).collect());
    let times =
        |it: &super::Scan| if it.times == 1 { format!("`{}`", it.relation) } else { format!("`{}` {} times", it.relation, it.times) };
    line("scans", statement.scans.iter().filter(|it| it.whole).map(times).collect());
    lines
}

/// Whether the statement read nothing that grows with a table, and so cannot have failed on rows or kept anyone waiting for long.
pub(super) fn is_light(statement: &StatementTrace) -> bool {
    statement.failed.is_none()
        && statement.unobserved.is_none()
        && work(statement).is_none()
        && statement.scans.is_empty()
        && statement.changes.is_empty()
}
