//! What people and programs see of a fleet: a line a member, the failures once each, and the sum.

use super::{Change, Outcome};
use crate::cli::Format;
use crate::diagnostic::{self, Diagnostic};
use crate::exit::{Exit, Failure};
use crate::ui::Ui;
use crate::ui::style::Style;
use crate::units::show_duration;
use serde_json::json;
use std::time::Instant;

pub(super) struct Report {
    ui: Ui,
    width: usize,
    dry_run: bool,
    began: Instant,
    n_changed: usize,
    n_current: usize,
    failed: Vec<(String, Failure)>,
}

impl Report {
    /// A report on members whose names have at most `width` characters.
    pub fn new(ui: Ui, width: usize, dry_run: bool) -> Report {
        Report { ui, width, dry_run, began: Instant::now(), n_changed: 0, n_current: 0, failed: Vec::new() }
    }

    /// Takes in one member, and says so.
    pub fn add(&mut self, outcome: Outcome) {
        match self.ui.format {
            Format::Json => self.ui.json(&as_json(&outcome)),
            _ => self.line(&outcome),
        }
        match outcome.result {
            Ok(change) if change.migrations.is_empty() => self.n_current += 1,
            Ok(_) => self.n_changed += 1,
            Err(failure) => self.failed.push((outcome.name, failure)),
        }
    }

    fn line(&self, outcome: &Outcome) {
        let (word, style, rest) = match &outcome.result {
            Ok(Change { migrations, n_before }) if migrations.is_empty() => ("current", Style::Done, format!("{n_before} applied before")),
            Ok(Change { migrations, .. }) if self.dry_run => ("pending", Style::Warning, migrations.join(", ")),
            Ok(Change { migrations, .. }) => ("applied", Style::Done, format!("{} in {}", migrations.len(), show_duration(outcome.took))),
            Err(failure) => ("failed", Style::Error, failure.to_string()),
        };
        let pad = " ".repeat(8 - word.len());
        self.ui.say(&format!("  {}{pad} {:width$}  {rest}", self.ui.paint(word, style), outcome.name, width = self.width));
    }

    /// Says what went wrong, each thing once, and the sum.
    pub fn end(self, n_members: usize) -> Exit {
        let n_left = n_members - self.n_changed - self.n_current - self.failed.len();
        for (diagnostic, names) in distinct(&self.failed) {
            self.ui.diagnostic(&diagnostic.note(format!("in {}", listed(&names))));
        }
        let exit = self.failed.iter().map(|(_, failure)| failure.exit).max_by_key(|exit| weight(*exit)).unwrap_or(Exit::Done);
        if self.ui.format == Format::Json {
            let value =
                json!({"type": "done", "changed": self.n_changed, "current": self.n_current, "failed": self.failed.len(), "left": n_left});
            self.ui.json(&value);
            return exit;
        }
        let verb = if self.dry_run { "have something pending; nothing was changed" } else { "migrated" };
        let mut sum = format!("{} of {n_members} {verb}, {} current before, {} failed", self.n_changed, self.n_current, self.failed.len());
        if n_left > 0 {
            sum.push_str(&format!(", {n_left} not begun"));
        }
        self.ui.say(&format!("{sum}, in {}", show_duration(self.began.elapsed())));
        if exit != Exit::Done {
            self.ui.say("run the same command again when that is mended: it goes on with the rest");
        }
        exit
    }
}

/// Every different thing that went wrong, with the members that it met.
pub(in crate::commands) fn distinct(failed: &[(String, Failure)]) -> Vec<(Diagnostic, Vec<&str>)> {
    let mut found: Vec<(Diagnostic, Vec<&str>)> = Vec::new();
    for (name, failure) in failed {
        for diagnostic in &failure.diagnostics {
            match found
                .iter_mut()
                .find(|(it, _)| (it.rule, &it.message, &it.location) == (diagnostic.rule, &diagnostic.message, &diagnostic.location))
            {
                Some((_, names)) => names.push(name),
                None => found.push((diagnostic.clone(), vec![name])),
            }
        }
    }
    found
}

/// The names, the first twenty of many.
pub(in crate::commands) fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(20).copied().collect::<Vec<_>>().join(", ");
    if names.len() > 20 { format!("{shown} and {} more", names.len() - 20) } else { shown }
}

/// Which ending speaks for all: an interrupt before a migration that failed, that before what never began.
fn weight(exit: Exit) -> u8 {
    match exit {
        Exit::Interrupted => 6,
        Exit::Failed => 5,
        Exit::Usage => 4,
        Exit::LockBusy => 3,
        Exit::NoServer => 2,
        Exit::No => 1,
        Exit::Done => 0,
    }
}

fn as_json(outcome: &Outcome) -> serde_json::Value {
    let took = outcome.took.as_millis();
    match &outcome.result {
        Ok(change) => {
            json!({"type": "member", "name": outcome.name, "migrations": change.migrations, "before": change.n_before, "duration_ms": took})
        }
        Err(failure) => {
            let diagnostics: Vec<_> = failure.diagnostics.iter().map(diagnostic::json).collect();
            json!({"type": "member", "name": outcome.name, "exit": failure.exit.code(), "diagnostics": diagnostics, "duration_ms": took})
        }
    }
}
