//! A run's events as they happen: a line each for people, a JSON object each for programs.

use super::Ui;
use super::progress::Progress;
use super::style::Style;
use crate::cli::Format;
use crate::runner::Event;
use crate::units::show_duration;
use serde_json::{Value, json};

/// Prints the events of one run.
pub struct EventPrinter {
    ui: Ui,
    progress: Option<Progress>,
    name_width: usize,
}

impl EventPrinter {
    /// A printer that has printed nothing yet.
    #[must_use]
    pub fn new(ui: Ui) -> EventPrinter {
        EventPrinter { ui, progress: None, name_width: 0 }
    }

    /// Prints `event`.
    pub fn print(&mut self, event: &Event) {
        if self.ui.format == Format::Json {
            self.ui.json(&as_json(event));
            return;
        }
        match event {
            Event::Planned { pending } => self.begin(pending),
            Event::Applied { .. } => {
                if let Some(progress) = &self.progress {
                    progress.advance();
                }
            }
            _ => {}
        }
        for line in self.human(event) {
            self.line(&line);
        }
    }

    fn begin(&mut self, pending: &[String]) {
        self.name_width = pending.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        if self.ui.terminal && !self.ui.quiet && !pending.is_empty() {
            self.progress = Some(Progress::start(pending.to_vec()));
        }
    }

    fn line(&self, line: &str) {
        match &self.progress {
            Some(progress) if !self.ui.quiet => progress.line(line),
            _ => self.ui.say(line),
        }
    }

    fn human(&self, event: &Event) -> Vec<String> {
        let width = self.name_width;
        let paint = |text: &str, style| self.ui.paint(text, style);
        match event {
            Event::Planned { .. } | Event::Started { .. } => Vec::new(),
            Event::WaitingForLock { holder } => {
                let holder = holder.as_ref().map_or(String::new(), |holder| format!(", {holder}"));
                vec![format!("  {} for another runner to finish{holder}", paint("waiting", Style::Warning))]
            }
            Event::Applied { name, duration } => {
                vec![format!("  {}  {name:<width$}  {:>9}", paint("applied", Style::Done), show_duration(*duration))]
            }
            Event::Note { name, text } => vec![format!("  {}     {name:<width$}  {text}", paint("note", Style::Hint))],
            Event::Notice { severity, text, .. } if severity == "WARNING" || self.ui.verbose => {
                vec![format!("  {} {text}", paint(&format!("{}:", severity.to_lowercase()), Style::Dim))]
            }
            Event::Notice { .. } => Vec::new(),
            Event::Retry { name, reason, blockers, pause } => {
                let mut lines =
                    vec![format!("  {}    {name:<width$}  {reason}; again in {}", paint("retry", Style::Warning), show_duration(*pause))];
                lines.extend(blockers.iter().map(|blocker| format!("           {:width$}  blocked by {blocker}", "")));
                lines
            }
        }
    }
}

fn as_json(event: &Event) -> Value {
    let milliseconds = |duration: &std::time::Duration| (duration.as_secs_f64() * 1e6).round() / 1e3;
    match event {
        Event::Planned { pending } => json!({"type": "planned", "pending": pending}),
        Event::WaitingForLock { holder } => json!({"type": "waiting", "holder": holder}),
        Event::Started { name } => json!({"type": "started", "migration": name}),
        Event::Applied { name, duration } => json!({"type": "applied", "migration": name, "duration_ms": milliseconds(duration)}),
        Event::Note { name, text } => json!({"type": "note", "migration": name, "text": text}),
        Event::Notice { name, severity, text } => json!({"type": "notice", "migration": name, "severity": severity, "text": text}),
        Event::Retry { name, reason, blockers, pause } => {
            let blocker = |it: &crate::runner::Blocker| json!({"pid": it.pid, "application": it.application, "state": it.state, "age_ms": milliseconds(&it.age), "holds": it.holds});
            let blockers: Vec<Value> = blockers.iter().map(blocker).collect();
            json!({"type": "retry", "migration": name, "reason": reason, "blockers": blockers, "pause_ms": milliseconds(pause)})
        }
    }
}
