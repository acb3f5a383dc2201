//! `cargo xtask db status`

use super::{database, files};
use crate::cli::Format;
use crate::context::Context;
use crate::db::history::{Table, load_texts_of_edited};
use crate::db::state::{self, Lock};
use crate::diagnostic::Diagnostic;
use crate::exit::Exit;
use crate::plan::{self, Entry, Policy, State};
use crate::ui::style::{Style, paint};
use crate::units::show_duration;
use serde_json::json;

pub(super) fn run(ctx: &Context) -> anyhow::Result<Exit> {
    let set = files::load(ctx)?;
    let database = database::resolve(ctx)?;
    let mut session = database::connect_to(&database, ctx.config.duration("migrations.wait").unwrap_or_default())?;
    let state = state::read(&mut session, &Table::default(), Lock::Leave)?;
    let mut history = state.history;
    load_texts_of_edited(&mut session, &mut history, &set)?;
    session.close();
    let entries = plan::compare(&set, &history);
    match ctx.ui.format {
        Format::Json => entries.iter().for_each(|entry| ctx.ui.json(&as_json(entry))),
        Format::Human => show(ctx, &entries),
    }
    let problems: Vec<Diagnostic> = plan::plan(&set, &history, &Policy::default()).err().unwrap_or_default();
    problems.iter().for_each(|problem| ctx.ui.diagnostic(problem));
    if state.pushed {
        ctx.ui.diagnostic(&crate::db::pushed::remark());
    }
    ctx.ui.say(&summary(&entries, &database.why));
    let is_clean = entries.iter().all(|entry| entry.state == State::Applied);
    Ok(if is_clean { Exit::Done } else { Exit::No })
}

fn show(ctx: &Context, entries: &[Entry<'_>]) {
    let row = |entry: &Entry<'_>| {
        let applied = entry.applied.map_or(Vec::new(), |row| {
            vec![row.started_at.clone(), row.duration.map_or(String::new(), show_duration), row.applied_by.clone()]
        });
        [vec![word(entry.state), entry.name.to_owned()], applied].concat()
    };
    let rows: Vec<Vec<String>> = entries.iter().map(row).collect();
    for (line, entry) in crate::ui::table(&rows).iter().zip(entries) {
        let word = word(entry.state);
        ctx.ui.data(&format!("{}{}", paint(&word, style(entry.state), ctx.ui.colour_data), &line[word.len()..]));
    }
}

/// The state in the words that the documents use.
fn word(state: State) -> String {
    match state {
        State::Applied => "applied".to_owned(),
        State::Pending => "pending".to_owned(),
        State::Half { done, of } => format!("unfinished ({done} of {of} steps)"),
        State::Behind => "out of order".to_owned(),
        State::Edited | State::HalfEdited => "edited".to_owned(),
        State::Missing => "missing".to_owned(),
        State::HalfSquashed => "half squashed".to_owned(),
    }
}

fn style(state: State) -> Style {
    match state {
        State::Applied => Style::Done,
        State::Pending | State::Half { .. } => Style::Warning,
        State::Behind | State::Edited | State::HalfEdited | State::Missing | State::HalfSquashed => Style::Error,
    }
}

fn as_json(entry: &Entry<'_>) -> serde_json::Value {
    let state = match entry.state {
        State::Half { .. } => "unfinished".to_owned(),
        State::Behind => "out-of-order".to_owned(),
        State::HalfSquashed => "half-squashed".to_owned(),
        state => word(state),
    };
    json!({
        "type": "migration",
        "migration": entry.name,
        "state": state,
        "file": entry.migration.map(|it| &it.file),
        "checksum": entry.migration.map(|it| &it.checksum),
        "applied_checksum": entry.applied.map(|it| &it.checksum),
        "applied_at": entry.applied.map(|it| &it.started_at),
        "applied_by": entry.applied.map(|it| &it.applied_by),
        "duration_ms": entry.applied.and_then(|it| it.duration).map(|it| (it.as_secs_f64() * 1e6).round() / 1e3),
        "steps_done": entry.applied.filter(|it| !it.finished).map(|it| it.steps_done),
    })
}

fn summary(entries: &[Entry<'_>], why: &str) -> String {
    let count = |wanted: &dyn Fn(State) -> bool| entries.iter().filter(|entry| wanted(entry.state)).count();
    let applied = count(&|state| state == State::Applied);
    let pending = count(&|state| matches!(state, State::Pending | State::Half { .. }));
    let wrong = entries.len() - applied - pending;
    let mut text = format!("{applied} applied, {pending} pending");
    if wrong > 0 {
        text.push_str(&format!(", {wrong} wrong"));
    }
    format!("{text}: {why}")
}
