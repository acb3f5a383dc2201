//! All migrations apply from nothing; what was applied once is a template.

use super::{Stage, Subject};
use crate::diagnostic::{Diagnostic, Hazard};
use crate::exit::{Exit, Failure};
use crate::scratch::{Database, Server};

/// The migrations apply; what is wrong with them is reported for all sources at once.
#[expect(clippy::unnecessary_wraps, reason = "a source")]
pub(super) fn check(stage: &Stage<'_>) -> Result<Vec<Diagnostic>, Failure> {
    if !stage.is_applied() {
        stage.head();
    }
    Ok(Vec::new())
}

/// Keeps a template of what stands before the judged migrations, so that an edit of the last file replays that file.
pub(super) fn prefix(subject: &Subject, server: &Server, n: usize) -> Result<(), Failure> {
    let before = subject.n_before(n);
    if before == 0 || before == n {
        return Ok(());
    }
    server.keep(&subject.set, before, &mut |_| ()).map_err(with_cures)
}

/// A database with the first `n` migrations; it becomes a template when everybody is done with it, so that a second check replays nothing.
pub(super) fn head(subject: &Subject, server: &Server, n: usize) -> Result<Database, Failure> {
    server.fresh(&subject.set, n, &mut |_| ()).map_err(with_cures)
}

/// The runner's words, with what to do where only the scratch server lacks something.
fn with_cures(failure: Failure) -> Failure {
    let Failure { exit, diagnostics } = failure;
    let diagnostics = if exit == Exit::Failed { diagnostics.into_iter().map(with_cure).collect() } else { diagnostics };
    Failure { exit, diagnostics }
}

fn with_cure(mut diagnostic: Diagnostic) -> Diagnostic {
    diagnostic.hazards = match diagnostic.sqlstate.as_deref() {
        // Refused in a transaction: a statement that cannot run in one, a value of an enum that was just added, a COMMIT in code.
        Some("25001" | "55P04" | "2D000") => &[Hazard::FailsTxn],
        _ => &[Hazard::FailsAlways],
    };
    diagnostic.hint = Some(match missing(&diagnostic) {
        Some(Missing::Role(role)) => format!(
            "if an administrator makes the role `{role}`, add it to `roles` below `[scratch]` in xtask.toml; scratch servers get it before the first migration"
        ),
        Some(Missing::Extension(name)) => format!(
            "if an administrator makes the extension `{name}`, add it to `extensions` below `[scratch]` in xtask.toml; scratch databases get it before the first migration"
        ),
        Some(Missing::Files(name)) => format!(
            "install the extension `{name}` on the scratch server, or name a server or an image that has it with `[scratch] url` or `[server] image` in xtask.toml"
        ),
        None => "correct the file and run `cargo xtask db check` again".to_owned(),
    });
    diagnostic
}

/// What an administrator makes where the migrations are applied for good.
enum Missing {
    Role(String),
    Extension(String),
    /// The extension's files are not on the server.
    Files(String),
}

/// PostgreSQL's extensions whose types and functions carry their own names, by what a migration that takes them for granted names.
const OBJECTS: &[(&str, &str)] = &[
    ("citext", "citext"),
    ("hstore", "hstore"),
    ("ltree", "ltree"),
    ("cube", "cube"),
    ("vector", "vector"),
    ("geometry", "postgis"),
    ("geography", "postgis"),
    ("gin_trgm_ops", "pg_trgm"),
    ("gist_trgm_ops", "pg_trgm"),
    ("uuid_generate_v4", "uuid-ossp"),
    ("uuid_generate_v1", "uuid-ossp"),
    ("gen_random_bytes", "pgcrypto"),
    ("crypt", "pgcrypto"),
    ("unaccent", "unaccent"),
];

fn missing(diagnostic: &Diagnostic) -> Option<Missing> {
    let message = diagnostic.message.as_str();
    let named = |prefix: &str| Some(message.split_once(prefix)?.1.split_once('"')?.0.to_owned());
    match diagnostic.sqlstate.as_deref()? {
        "0A000" | "58P01" => named("extension \"").filter(|_| message.contains("not available")).map(Missing::Files),
        "42704" | "22023" if message.contains("role \"") => named("role \"").map(Missing::Role),
        "42704" if message.contains("extension \"") => named("extension \"").map(Missing::Extension),
        "42501" if message.contains("create extension") => named("extension \"").map(Missing::Extension),
        "42704" | "42883" => {
            let word = |it: &str| message.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == it);
            OBJECTS.iter().find(|(object, _)| word(object)).map(|(_, extension)| Missing::Extension((*extension).to_owned()))
        }
        _ => None,
    }
}
