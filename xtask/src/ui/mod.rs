//! What people and programs see: data on standard output, talk on standard error. Nothing else in this crate prints.

mod events;
mod progress;
pub mod style;
mod table;

pub use events::EventPrinter;
pub use table::table;

use crate::cli::{Colour, Form, Format, Global};
use crate::diagnostic::{self, Diagnostic, RuleText};
use std::io::{IsTerminal, Write};
use style::{Style, paint};

/// How to talk.
#[derive(Debug, Clone, Copy)]
pub struct Ui {
    /// For people or for programs.
    pub format: Format,
    /// In which form findings are reported.
    pub form: Form,
    /// Whether talk is coloured.
    pub colour: bool,
    /// Whether data is coloured.
    pub colour_data: bool,
    /// Only what is wrong.
    pub quiet: bool,
    /// Also what is rarely wanted.
    pub verbose: bool,
    /// Whether questions are answered with yes.
    pub yes: bool,
    /// Whether somebody watches standard error.
    pub terminal: bool,
}

/// What a check found, with what some forms say besides.
pub struct Findings<'a> {
    /// In the order in which they are reported.
    pub found: &'a [Diagnostic],
    /// The migrations that were judged, in the order in which they will be applied.
    pub judged: &'a [String],
    /// Which locks they take, as Markdown.
    pub locks: &'a str,
    /// Whether everything was looked at that should be.
    pub completed: bool,
    /// What is known about a rule.
    pub rule: &'a dyn Fn(&str) -> RuleText,
    /// A file's name, relative to the repository.
    pub path: &'a dyn Fn(&str) -> String,
    /// What else JSON carries, by name.
    pub more: Option<(&'a str, serde_json::Value)>,
}

impl Ui {
    /// From the flags and what the process is connected to.
    #[must_use]
    pub fn new(global: &Global) -> Ui {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let coloured = |terminal: bool| match global.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => terminal && !unwanted,
        };
        let is_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
        let is_github = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        Ui {
            format: if global.format == Some(Form::Json) { Format::Json } else { Format::Human },
            form: global.format.unwrap_or(if is_github { Form::Github } else { Form::Human }),
            colour: coloured(std::io::stderr().is_terminal()),
            colour_data: coloured(std::io::stdout().is_terminal()),
            quiet: global.quiet,
            verbose: global.verbose,
            yes: global.yes,
            terminal: std::io::stderr().is_terminal() && !is_ci,
        }
    }

    /// A line of talk.
    pub fn say(&self, line: &str) {
        if !self.quiet {
            write_line(&mut std::io::stderr().lock(), line);
        }
    }

    /// A line of talk that only `-v` shows.
    pub fn say_more(&self, line: &str) {
        if self.verbose {
            write_line(&mut std::io::stderr().lock(), line);
        }
    }

    /// A line of data.
    pub fn data(&self, line: &str) {
        write_line(&mut std::io::stdout().lock(), line);
    }

    /// A value for programs, on a line of its own.
    pub fn json(&self, value: &serde_json::Value) {
        self.data(&value.to_string());
    }

    /// Something that is wrong.
    pub fn diagnostic(&self, diagnostic: &Diagnostic) {
        match self.format {
            Format::Human => write_line(&mut std::io::stderr().lock(), diagnostic::human(diagnostic, self.colour).trim_end()),
            Format::Json => {
                let mut value = diagnostic::json(diagnostic);
                value["type"] = "diagnostic".into();
                self.json(&value);
            }
        }
    }

    /// What a check found, in the form that was asked for. `kind` names it among JSON values, `path` names a file relative to the repository.
    pub fn report(&self, kind: &str, findings: &Findings<'_>) {
        let Findings { found, judged, locks, completed, rule, path, more } = findings;
        match self.form {
            Form::Human => found.iter().for_each(|it| self.diagnostic(it)),
            Form::Json => {
                let diagnostics: Vec<_> = found.iter().map(diagnostic::json).collect();
                let mut report = serde_json::json!({"type": kind, "diagnostics": diagnostics});
                if let Some((name, value)) = more {
                    report[*name] = value.clone();
                }
                self.json(&report);
            }
            Form::Sarif => self.data(&format!("{:#}", diagnostic::sarif(found, *completed, rule, path))),
            Form::Markdown => self.data(diagnostic::markdown(found, judged, locks, *completed, path).trim_end()),
            Form::Github => {
                // Whoever reads the log wants the frames as well.
                found.iter().for_each(|it| self.diagnostic(it));
                found.iter().for_each(|it| self.data(&diagnostic::github(it, path)));
            }
        }
    }

    /// Text in the colour of `style`, for talk.
    #[must_use]
    pub fn paint(&self, text: &str, style: Style) -> String {
        paint(text, style, self.colour)
    }

    /// Whether there is somebody to ask.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        self.terminal && std::io::stdin().is_terminal()
    }

    /// Asks for a line; `None` where there is nobody to ask, or they ended the input.
    #[must_use]
    pub fn ask(&self, question: &str) -> Option<String> {
        if !self.can_ask() {
            return None;
        }
        let mut stderr = std::io::stderr().lock();
        write!(stderr, "{question} ").and_then(|()| stderr.flush()).ok()?;
        let mut answer = String::new();
        let n_bytes = std::io::stdin().read_line(&mut answer).ok()?;
        (n_bytes > 0).then(|| answer.trim().to_owned())
    }

    /// Asks on a terminal; `None` where there is nobody to ask.
    #[must_use]
    pub fn confirm(&self, question: &str) -> Option<bool> {
        if self.yes {
            return Some(true);
        }
        if !self.terminal || !std::io::stdin().is_terminal() {
            return None;
        }
        let mut stderr = std::io::stderr().lock();
        write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush()).ok()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).ok()?;
        Some(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Lets somebody choose one of `options`, of which an empty line takes the first; `None` where there is nobody to ask, `--yes` included
    /// (it says yes and not which), and where they end the input.
    #[must_use]
    pub fn choose(&self, question: &str, options: &[String]) -> Option<usize> {
        if self.yes || !self.terminal || !std::io::stdin().is_terminal() {
            return None;
        }
        let mut stderr = std::io::stderr().lock();
        writeln!(stderr, "{question}").ok()?;
        for (number, option) in options.iter().enumerate() {
            writeln!(stderr, "  {}  {option}", number + 1).ok()?;
        }
        loop {
            write!(stderr, "[1-{}, default 1] ", options.len()).and_then(|()| stderr.flush()).ok()?;
            let mut answer = String::new();
            if std::io::stdin().read_line(&mut answer).ok()? == 0 {
                return None;
            }
            if let Some(chosen) = chosen(answer.trim(), options.len()) {
                return Some(chosen);
            }
        }
    }
}

/// Which of `n` options an answer means; nothing where it means none.
fn chosen(answer: &str, n: usize) -> Option<usize> {
    if answer.is_empty() {
        return Some(0);
    }
    answer.parse().ok().filter(|number| (1..=n).contains(number)).map(|number: usize| number - 1)
}

/// A line on standard error, whoever captures what tests print.
pub fn tell(line: &str) {
    write_line(&mut std::io::stderr().lock(), line);
}

/// Writes a line; a reader that went away (`| head`) is no error.
fn write_line(to: &mut dyn Write, line: &str) {
    drop(writeln!(to, "{line}"));
}
