//! Settings: flag before environment before `xtask.toml` before default, each value knowing which one won.

mod file;

use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::units::parse_duration;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One setting, as a record: everything that is said about it anywhere comes from here.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// `section.key`, as in `xtask.toml`.
    pub key: &'static str,
    /// The flag, where there is one.
    pub flag: Option<&'static str>,
    /// The environment variable.
    pub variable: Option<&'static str>,
    /// What holds when nobody says otherwise; empty is "not set".
    pub default: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// What it is for, in a line.
    pub about: &'static str,
}

/// What values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A folder, relative to `xtask.toml`.
    Folder,
    /// `500ms`, `2s`, `5min`, `1h`; `0` is no limit.
    Duration,
    /// A whole number.
    Number,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Names; in the environment with commas between them.
    List,
}

const fn setting(key: &'static str, variable: Option<&'static str>, default: &'static str, kind: Kind, about: &'static str) -> Setting {
    Setting { key, flag: None, variable, default, kind, about }
}

const fn flagged(flag: &'static str, setting: Setting) -> Setting {
    Setting { flag: Some(flag), ..setting }
}

/// All settings.
pub const SETTINGS: &[Setting] = &[
    flagged("--migrations", setting("migrations.dir", Some("XTASK_DB_MIGRATIONS"), "migrations", Kind::Folder, "where the migrations are")),
    setting("migrations.numbering", None, "sequential", Kind::Choice(&["sequential", "timestamp"]), "how new migrations are numbered"),
    setting("migrations.base", Some("XTASK_DB_BASE"), "origin/main", Kind::Text, "the branch that migrations are merged into"),
    setting("migrations.tests", None, "tests/data", Kind::Folder, "where the tests of data migrations are, a folder a migration"),
    setting("schema.dir", Some("XTASK_DB_SCHEMA"), "schema", Kind::Folder, "where the desired state is"),
    setting("migrations.seeds", None, "seed", Kind::Text, "the folder of sample data inside the migrations folder"),
    flagged(
        "--lock-timeout",
        setting(
            "migrations.lock_timeout",
            Some("XTASK_DB_LOCK_TIMEOUT"),
            "2s",
            Kind::Duration,
            "how long a statement waits for a lock before it is retried",
        ),
    ),
    flagged(
        "--statement-timeout",
        setting(
            "migrations.statement_timeout",
            Some("XTASK_DB_STATEMENT_TIMEOUT"),
            "",
            Kind::Duration,
            "how long a statement may run; not set: as the server says",
        ),
    ),
    flagged(
        "--retries",
        setting(
            "migrations.retries",
            Some("XTASK_DB_RETRIES"),
            "10",
            Kind::Number,
            "how often a lock timeout, a deadlock or a lost connection is retried",
        ),
    ),
    flagged(
        "--lock-wait",
        setting("migrations.lock_wait", Some("XTASK_DB_LOCK_WAIT"), "10min", Kind::Duration, "how long to wait for another runner"),
    ),
    flagged(
        "--wait",
        setting("migrations.wait", Some("XTASK_DB_WAIT"), "0s", Kind::Duration, "how long to wait for a server that is starting"),
    ),
    setting(
        "server.way",
        Some("XTASK_DB_SERVER"),
        "auto",
        Kind::Choice(&["auto", "docker", "local", "download", "none"]),
        "where the development server comes from; none: it is never started",
    ),
    setting("server.image", Some("XTASK_DB_IMAGE"), "postgres:18-alpine", Kind::Text, "the image of the development server"),
    setting("server.database", None, "dev", Kind::Text, "the database on the development server"),
    setting("server.pull_timeout", None, "2min", Kind::Duration, "how long pulling the image may take"),
    setting(
        "server.download_url",
        Some("XTASK_DB_DOWNLOAD_URL"),
        "",
        Kind::Text,
        "where to download PostgreSQL from; not set: its publisher",
    ),
    setting(
        "scratch.url",
        Some("XTASK_DB_SCRATCH_URL"),
        "",
        Kind::Text,
        "the server for throw-away databases; not set: the database's own where that is on this machine, else the development server",
    ),
    setting("scratch.extensions", None, "", Kind::List, "extensions that a throw-away database gets before the first migration"),
    setting(
        "ci.steps",
        None,
        "files,lint,replay,upgrade,drift,trace,rerun,data,workflows",
        Kind::List,
        "the steps of `cargo xtask ci`; others: fmt, clippy, tests, docs",
    ),
    setting("ci.setup", None, "", Kind::Text, "a command that GitHub runs before fmt, clippy, tests and docs"),
    setting("scratch.roles", None, "", Kind::List, "roles that a throw-away database's server gets before the first migration"),
];

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag.
    Flag(&'static str),
    /// An environment variable.
    Environment(&'static str),
    /// `xtask.toml`, with the line.
    File(usize),
    /// Nobody said anything.
    Default,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Flag(flag) => write!(f, "flag {flag}"),
            Origin::Environment(variable) => write!(f, "environment {variable}"),
            Origin::File(line) => write!(f, "xtask.toml:{line}"),
            Origin::Default => f.write_str("default"),
        }
    }
}

/// A database with a name in `xtask.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its address, in which `${NAME}` stands for an environment variable.
    pub url: String,
    /// Never reset, pushed to or used as scratch.
    pub protected: bool,
    /// Others work on it while it is migrated: generated migrations keep nobody waiting long.
    pub online: bool,
}

/// All settings with their values.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder that holds `xtask.toml`, or would.
    pub root: PathBuf,
    /// The named databases.
    pub targets: BTreeMap<String, Target>,
    values: BTreeMap<&'static str, (String, Origin)>,
}

impl Config {
    /// Puts the layers together. `flags` gives what a flag was set to, `variable` an environment variable.
    ///
    /// # Errors
    /// Everything in `xtask.toml` that is unknown or malformed, with its place, and values that their setting does not take.
    pub fn load(root: &Path, flags: &dyn Fn(&str) -> Option<String>, variable: &dyn Fn(&str) -> Option<String>) -> Result<Config, Failure> {
        let file = file::read(root).map_err(|diagnostics| Failure { exit: Exit::Usage, diagnostics })?;
        Config::layered(root, file, flags, variable)
    }

    /// What the text of an `xtask.toml` says of the repository at `root`, without flags or environment.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn of_file(root: &Path, text: &str) -> Result<Config, Failure> {
        let file = file::parse(text).map_err(|diagnostics| Failure { exit: Exit::Usage, diagnostics })?;
        Config::layered(root, file, &|_| None, &|_| None)
    }

    fn layered(
        root: &Path,
        file: file::File,
        flags: &dyn Fn(&str) -> Option<String>,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Config, Failure> {
        let usage = |diagnostics| Failure { exit: Exit::Usage, diagnostics };
        let mut values = BTreeMap::new();
        for setting in SETTINGS {
            let value = layered(setting, flags, variable, &file);
            check(setting, &value).map_err(|diagnostic| usage(vec![diagnostic]))?;
            values.insert(setting.key, value);
        }
        Ok(Config { root: root.to_owned(), targets: file.targets, values })
    }

    /// The value of `key`, one of [`SETTINGS`]; empty where it is not set.
    #[must_use]
    pub fn text(&self, key: &str) -> &str {
        &self.values[key].0
    }

    /// Where the value of `key` came from.
    #[must_use]
    pub fn origin(&self, key: &str) -> &Origin {
        &self.values[key].1
    }

    /// A duration; nothing where it is not set.
    #[must_use]
    pub fn duration(&self, key: &str) -> Option<Duration> {
        parse_duration(self.text(key))
    }

    /// A number.
    #[must_use]
    pub fn number(&self, key: &str) -> u32 {
        self.text(key).parse().expect("checked when it was loaded")
    }

    /// A list of names.
    #[must_use]
    pub fn list(&self, key: &str) -> Vec<String> {
        self.text(key).split(',').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
    }

    /// A folder: a flag's is relative to the current folder, any other to the root.
    #[must_use]
    pub fn folder(&self, key: &str) -> PathBuf {
        match self.origin(key) {
            Origin::Flag(_) | Origin::Environment(_) => PathBuf::from(self.text(key)),
            _ => self.root.join(self.text(key)),
        }
    }
}

fn layered(
    setting: &Setting,
    flags: &dyn Fn(&str) -> Option<String>,
    variable: &dyn Fn(&str) -> Option<String>,
    file: &file::File,
) -> (String, Origin) {
    if let Some((flag, value)) = setting.flag.and_then(|flag| Some((flag, flags(flag)?))) {
        return (value, Origin::Flag(flag));
    }
    if let Some((name, value)) = setting.variable.and_then(|name| Some((name, variable(name)?))) {
        return (value, Origin::Environment(name));
    }
    match file.values.get(setting.key) {
        Some((value, line)) => (value.clone(), Origin::File(*line)),
        None => (setting.default.to_owned(), Origin::Default),
    }
}

fn check(setting: &Setting, (value, origin): &(String, Origin)) -> Result<(), Diagnostic> {
    let expected = match setting.kind {
        Kind::Duration if !value.is_empty() && parse_duration(value).is_none() => "a duration like 500ms, 2s or 5min".to_owned(),
        Kind::Number if value.parse::<u32>().is_err() => "a whole number".to_owned(),
        Kind::Choice(choices) if !choices.contains(&value.as_str()) => format!("one of {}", choices.join(", ")),
        _ => return Ok(()),
    };
    Err(Diagnostic::error("bad-setting", format!("{} takes {expected}, not `{value}`", setting.key)).note(format!("set by {origin}")))
}

#[cfg(test)]
mod tests;
