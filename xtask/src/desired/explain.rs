//! Why the desired state is none: what is missing and might be meant, what is there twice, what needs each other.

use super::load::{Refusal, missing};
use super::{Desired, Statement};
use crate::db::ServerError;
use crate::diagnostic::{Diagnostic, Location};
use crate::sql::lines;
use std::collections::BTreeMap;

/// The causes among `refusals`; what only waits for them is a note.
pub(super) fn unplaced(desired: &Desired, refusals: &BTreeMap<usize, Refusal>) -> Vec<Diagnostic> {
    let waits_for = |index: usize| waits_for(desired, refusals, index);
    let causes: Vec<usize> = refusals.keys().copied().filter(|it| waits_for(*it).is_none()).collect();
    if causes.is_empty() {
        return refusals.keys().next().map(|first| circle(desired, refusals, *first)).into_iter().collect();
    }
    let rest: Vec<usize> = refusals.keys().copied().filter(|it| waits_for(*it).is_some()).collect();
    let mut found: Vec<Diagnostic> = causes.iter().map(|it| cause(desired, *it, &refusals[it])).collect();
    if let (Some(last), false) = (found.last_mut(), rest.is_empty()) {
        let places: Vec<String> = rest.iter().take(5).map(|it| place(desired, *it)).collect();
        let more = if rest.len() > 5 { format!(" and {} more", rest.len() - 5) } else { String::new() };
        last.notes.push(format!("what needs it was not placed either: {}{more}", places.join(", ")));
    }
    found
}

/// The statement, also not placed, that makes what this one lacks.
fn waits_for(desired: &Desired, refusals: &BTreeMap<usize, Refusal>, index: usize) -> Option<usize> {
    let name = missing(&refusals[&index].error.message);
    let makes = |it: &usize| *it != index && desired.statements[*it].creates.as_ref().is_some_and(|created| created.bare() == name);
    is_missing(&refusals[&index].error).then(|| refusals.keys().copied().find(makes)).flatten()
}

/// Whether the server misses something, rather than refuses what is there.
fn is_missing(error: &ServerError) -> bool {
    matches!(error.sqlstate.as_str(), "42P01" | "42704" | "42883" | "42703" | "3F000" | "42830")
}

fn place(desired: &Desired, index: usize) -> String {
    let Statement { file, span, .. } = &desired.statements[index];
    let file = &desired.files[*file];
    format!("{}:{}", file.path, lines::place(&file.text, span.start).line)
}

fn said(rule: &'static str, error: &ServerError, location: Location) -> Diagnostic {
    let diagnostic = Diagnostic::error(rule, error.message.clone()).sqlstate(error.sqlstate.clone()).at(location);
    [&error.detail, &error.context].into_iter().flatten().fold(diagnostic, |it, note| it.note(note.clone()))
}

fn cause(desired: &Desired, index: usize, refusal: &Refusal) -> Diagnostic {
    let Refusal { error, span } = refusal;
    let rule = if error.sqlstate == "42601" { "schema-syntax" } else { "schema-unplaced" };
    said(rule, error, desired.location(index, span.clone())).hint(cure(desired, index, error))
}

/// What to do about the server's complaint.
fn cure(desired: &Desired, index: usize, error: &ServerError) -> String {
    let name = missing(&error.message);
    match error.sqlstate.as_str() {
        "42601" => "correct the statement".to_owned(),
        "42704" if error.message.starts_with("role ") => {
            format!("add `{name}` to `roles` below `[scratch]` in xtask.toml: scratch servers get it, and wherever else this is applied somebody makes it")
        }
        "42703" => error.hint.clone().unwrap_or_else(|| "correct the column's name, or add the column to its table".to_owned()),
        _ if is_missing(error) => match nearest(desired, &name) {
            Some(near) => format!("write `{near}`, if that is meant; else describe `{name}` in a file of this folder"),
            None => format!("describe `{name}` in a file of this folder, or correct the name"),
        },
        "42P07" | "42710" | "42701" | "42723" | "42P06" => match twin(desired, index) {
            Some(other) => format!("remove one of the two; the other stands at {other}"),
            None => "remove it: it is there already".to_owned(),
        },
        "58P01" | "0A000" if error.message.contains("extension") => {
            "install the extension on the scratch server, or name a server or an image that has it with `[scratch] url` or `[server] image` in xtask.toml".to_owned()
        }
        "42501" => "name a scratch server on which this user may do that with `[scratch] url` in xtask.toml, or list the extension in `[scratch] extensions`".to_owned(),
        _ => error.hint.clone().unwrap_or_else(|| "correct the statement".to_owned()),
    }
}

/// The name among those that the files make that is most like `name`.
fn nearest<'a>(desired: &'a Desired, name: &str) -> Option<&'a str> {
    let names = desired.statements.iter().filter_map(|it| Some(it.creates.as_ref()?.bare()));
    let scored = names.filter(|it| *it != name).map(|it| (strsim::jaro_winkler(it, name), it));
    scored.filter(|(score, _)| *score > 0.85).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, it)| it)
}

/// Where the same object is made, too.
fn twin(desired: &Desired, index: usize) -> Option<String> {
    let created = desired.statements[index].creates.as_ref()?;
    let same = |it: &Statement| it.creates.as_ref().is_some_and(|other| other.kind == created.kind && other.bare() == created.bare());
    let other = (0..desired.statements.len()).find(|it| *it != index && same(&desired.statements[*it]))?;
    Some(place(desired, other))
}

/// Statements of which each waits for the next: the first of them, and how to take the circle apart.
fn circle(desired: &Desired, refusals: &BTreeMap<usize, Refusal>, first: usize) -> Diagnostic {
    let mut path = vec![first];
    while let Some(next) = waits_for(desired, refusals, path[path.len() - 1]) {
        if let Some(start) = path.iter().position(|it| *it == next) {
            path.drain(..start);
            break;
        }
        path.push(next);
    }
    let name = |index: &usize| desired.statements[*index].creates.as_ref().map_or("?", |it| it.bare());
    let names: Vec<String> = path.iter().map(|it| format!("`{}` ({})", name(it), place(desired, *it))).collect();
    let is_all = |kind: &str| path.iter().all(|it| desired.statements[*it].creates.as_ref().is_some_and(|it| it.kind == kind));
    let (here, there) = (name(&path[0]), name(&path[1 % path.len()]));
    let hint = if is_all("TABLE") {
        format!(
            "take the reference to `{there}` out of CREATE TABLE {here} and write it behind both: `ALTER TABLE {here} ADD FOREIGN KEY (…) REFERENCES {there};`"
        )
    } else if is_all("VIEW") {
        format!("write `{here}` without `{there}`, or put what both read into a third view: PostgreSQL makes no view before what it reads")
    } else {
        format!("take what `{here}` says of `{there}` out of its CREATE and add it behind both with ALTER, or with CREATE OR REPLACE")
    };
    let refusal = &refusals[&path[0]];
    Diagnostic::error("schema-circle", format!("these need each other: {}", names.join(", ")))
        .at(desired.location(path[0], refusal.span.clone()))
        .note(format!("the server says: {}", refusal.error.message))
        .sqlstate(refusal.error.sqlstate.clone())
        .hint(hint)
}

/// A body that its language's validator does not take.
pub(super) fn body(desired: &Desired, statement: Option<usize>, name: &str, error: &ServerError) -> Diagnostic {
    let hint = match nearest(desired, &missing(&error.message)).filter(|_| is_missing(error)) {
        Some(near) => format!("write `{near}` in its body, if that is meant"),
        None => "correct its body".to_owned(),
    };
    let message = format!("the body of function `{name}`: {}", error.message);
    let diagnostic = Diagnostic::error("schema-body", message).sqlstate(error.sqlstate.clone()).hint(hint);
    match statement {
        Some(index) => {
            let created = desired.statements[index].creates.as_ref().expect("it is found by what it makes");
            let start = desired.statements[index].span.start;
            diagnostic.at(desired.location(index, start + created.span.start..start + created.span.end))
        }
        None => diagnostic,
    }
}
