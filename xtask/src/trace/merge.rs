//! Lint guesses, trace decides: the findings of both as one list.

use super::findings::{findings, is_light};
use super::{FileTrace, StatementTrace, Trace};
use crate::diagnostic::{Diagnostic, Hazard, Level, Location};
use crate::lint;
use crate::migration::MigrationSet;
use crate::units::show_version;

/// Rules whose findings hang on rows that only production has.
const ABOUT_ROWS: [&str; 2] = ["change-all-rows", "truncate"];

/// `found`, which the linter and the replay said of the traced migrations, corrected by what was seen, with what only the trace saw.
/// What somebody allowed stays allowed, whoever finds it.
#[must_use]
pub fn merge(mut found: Vec<Diagnostic>, trace: &Trace, set: &MigrationSet) -> Vec<Diagnostic> {
    for diagnostic in &mut found {
        if let Some((file, statement)) = statement_of(trace, diagnostic) {
            refute(diagnostic, file, statement, trace.server_version);
        }
    }
    for observed in findings(trace) {
        if allowed(&observed, set) {
            continue;
        }
        match found.iter_mut().find(|it| says_the_same(it, &observed, trace)) {
            Some(known) => confirm(known, observed),
            None => found.push(observed),
        }
    }
    found
}

/// The statement that a finding stands in.
fn statement_of<'a>(trace: &'a Trace, diagnostic: &Diagnostic) -> Option<(&'a FileTrace, &'a StatementTrace)> {
    let location = diagnostic.location.as_ref()?;
    let file = trace.files.iter().find(|it| it.file == location.file)?;
    file.statements.iter().find(|it| holds(&it.location, location)).map(|it| (file, it))
}

fn holds(statement: &Location, place: &Location) -> bool {
    statement.file == place.file && statement.start <= place.start && place.start < statement.end
}

/// Lowers a finding that the trace shows to be harmless here.
fn refute(diagnostic: &mut Diagnostic, file: &FileTrace, statement: &StatementTrace, version: u32) {
    if diagnostic.level == Level::Info || diagnostic.hazards.is_empty() || ABOUT_ROWS.contains(&diagnostic.rule) {
        return;
    }
    let fails_on_rows = file.failed_on_rows.as_ref().is_some_and(|it| it.statement == statement.index);
    let ran = statement.failed.is_none() && statement.unobserved.is_none() && lint::find(diagnostic.rule).is_some();
    let light = is_light(statement) && statement.with_rows && !fails_on_rows;
    let refuted = |hazard: &Hazard| match hazard {
        Hazard::BlocksLong | Hazard::FailsData => ran && light && !is_code(statement),
        Hazard::FailsAlways => ran && !fails_on_rows && !is_code(statement),
        Hazard::FailsTxn => ran && file.whole && !fails_on_rows && !is_code(statement),
        _ => false,
    };
    if diagnostic.hazards.iter().all(refuted) {
        diagnostic.level = Level::Info;
        let seen = "it ran without reading, rewriting or failing on any row";
        diagnostic.notes.push(format!("harmless here, as observed on PostgreSQL {}: {seen}", show_version(version)));
    }
}

/// What a block of code does may hang on rows that are not there.
fn is_code(statement: &StatementTrace) -> bool {
    let word = statement.sql.split_whitespace().next().unwrap_or_default();
    ["do", "call", "select", "with", "execute"].iter().any(|it| word.eq_ignore_ascii_case(it))
}

/// Whether a finding of the linter's or the replay's is about the same fault of the same statement.
fn says_the_same(known: &Diagnostic, observed: &Diagnostic, trace: &Trace) -> bool {
    let (Some(at), Some(place)) = (&known.location, &observed.location) else { return false };
    let statement = trace.files.iter().flat_map(|it| &it.statements).map(|it| &it.location).find(|it| holds(it, place));
    if !statement.is_some_and(|it| holds(it, at)) {
        return false;
    }
    let is_failure = |it: &Diagnostic| it.rule == "observed-failure";
    let shares = observed.hazards.iter().any(|it| known.hazards.contains(it));
    // The linter names one fault that stops a migration, the server another word for it.
    let both_stop = is_failure(observed) && known.hazards.iter().any(|it| matches!(it, Hazard::FailsAlways | Hazard::FailsTxn));
    shares
        || (both_stop && observed.level == Level::Error)
        || (known.rule == "migration-failed" && is_failure(observed))
        || (known.rule == "brief-lock" && observed.rule == "observed-lock")
        || (known.hazards.contains(&Hazard::BlocksLong) && observed.rule == "observed-lock")
}

/// Adds to a finding what was seen.
fn confirm(known: &mut Diagnostic, observed: Diagnostic) {
    if known.rule == "migration-failed" {
        known.hazards = observed.hazards;
    }
    if observed.level > known.level && known.hazards.iter().all(|it| observed.hazards.contains(it)) {
        known.level = observed.level;
    }
    let told = observed.notes.into_iter().chain(
        (observed.rule == "observed-failure" || observed.rule == "observed-block").then_some(format!("observed: {}", observed.message)),
    );
    for note in told {
        if !known.notes.contains(&note) {
            known.notes.push(note);
        }
    }
}

/// Whether a comment at its statement allows this, by a rule of the trace or one that finds the same hazard.
fn allowed(observed: &Diagnostic, set: &MigrationSet) -> bool {
    let Some(location) = &observed.location else { return false };
    let Some(migration) = set.migrations.iter().find(|it| it.file == location.file) else { return false };
    let same = |rule: &str| {
        let is_loss = rule == Hazard::DataLoss.word() && observed.hazards.contains(&Hazard::DataLoss);
        is_loss
            || rule == observed.rule
            || lint::find(rule).is_some_and(|it| observed.hazards.iter().any(|hazard| it.hazards.contains(hazard)))
    };
    lint::allowed(migration).iter().any(|(rule, covers)| same(rule) && holds(&migration.location(covers.clone()), location))
}
