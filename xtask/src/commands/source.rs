//! What a schema can be read from: the migrations, `schema/`, a database, a target, a dump.

use super::database::{self, Database};
use super::{files, schema, scratch};
use crate::catalog::{self, Catalog};
use crate::context::Context;
use crate::db::Session;
use crate::desired::Script;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::scratch::Server;
use std::path::Path;
use std::time::Duration;

/// A schema that has been named and not been read yet.
pub(super) enum Source {
    /// What the migrations give.
    Migrations,
    /// What `schema/` says.
    Schema,
    /// A script.
    Script(Box<Script>),
    /// A database.
    Database(Box<Database>),
}

impl Source {
    /// What `word`, the value of `flag`, means.
    pub(super) fn parse(ctx: &Context, word: &str, flag: &str) -> anyhow::Result<Source> {
        let is_file = Path::new(word).extension().is_some_and(|it| it.eq_ignore_ascii_case("sql")) || Path::new(word).is_file();
        Ok(match word {
            "migrations" => Source::Migrations,
            "schema" => Source::Schema,
            _ if ctx.config.targets.contains_key(word) => Source::Database(Box::new(database::target(ctx, word)?)),
            _ if is_file => Source::Script(Box::new(script(word)?)),
            _ if word.contains("://") || word.contains('=') => Source::Database(Box::new(database::at(word, flag)?)),
            _ => return Err(unknown(ctx, word, flag).into()),
        })
    }

    /// Reads it. `server` gives the scratch server, for what has to be made first.
    pub(super) fn catalog(&self, ctx: &Context, server: &dyn Fn() -> anyhow::Result<Server>) -> anyhow::Result<Catalog> {
        let scratch = match self {
            Source::Database(database) => return read(database::connect_to(database, Duration::ZERO)?, &database.why),
            Source::Migrations => {
                let set = files::load(ctx)?;
                server()?.migrated(&set, set.migrations.len(), &mut |_| ())?
            }
            Source::Schema => {
                let desired = schema::load(ctx)?;
                desired.database(&server()?)?
            }
            Source::Script(script) => script.database(&server()?)?,
        };
        read(scratch.connect()?, "the scratch database")
    }
}

/// The catalog of the scratch server, shared by the sources that need one and opened by the first.
pub(super) fn server(ctx: &Context) -> impl Fn() -> anyhow::Result<Server> + Sync + '_ {
    let opened: std::sync::Mutex<Option<Server>> = std::sync::Mutex::new(None);
    move || {
        let mut opened = opened.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match &*opened {
            Some(server) => Ok(server.clone()),
            None => Ok(opened.insert(scratch::server(ctx)?).clone()),
        }
    }
}

/// The catalog behind a session.
pub(super) fn read(mut session: Session, of: &str) -> anyhow::Result<Catalog> {
    let catalog = catalog::load(&mut session).map_err(|error| unreadable(error, of))?;
    session.close();
    Ok(catalog)
}

/// What the server says against reading its catalog.
fn unreadable(error: anyhow::Error, of: &str) -> anyhow::Error {
    let Some(server) = error.downcast_ref::<crate::db::DbError>().and_then(|it| it.server()) else { return error };
    let hint = match server.sqlstate.as_str() {
        "42501" => "connect as a role that may read the system catalogs, such as the owner of the database",
        _ => "try again; what the server says names the object",
    };
    let message = format!("failed to read the schema of {of}: {}", server.message);
    let diagnostic =
        Diagnostic::error("unreadable-catalog", message).sqlstate(server.sqlstate.clone()).note(format!("{error:#}")).hint(hint);
    Failure::new(Exit::NoServer, diagnostic).into()
}

fn script(path: &str) -> Result<Script, Failure> {
    let bytes = std::fs::read(path).map_err(|error| {
        let diagnostic = Diagnostic::error("unreadable-file", format!("failed to read `{path}`: {error}"));
        Failure::new(Exit::Usage, diagnostic.hint("name a script such as `pg_dump --schema-only` writes"))
    })?;
    Script::read(path, bytes).map_err(|diagnostic| Failure::new(Exit::Usage, diagnostic))
}

fn unknown(ctx: &Context, word: &str, flag: &str) -> Failure {
    let targets: Vec<&str> = ctx.config.targets.keys().map(String::as_str).collect();
    let targets = if targets.is_empty() { String::new() } else { format!(", a target ({})", targets.join(", ")) };
    let known = ["migrations", "schema"].into_iter().chain(ctx.config.targets.keys().map(String::as_str));
    let near = known.map(|it| (strsim::jaro_winkler(it, word), it)).filter(|it| it.0 > 0.75).max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = match near {
        Some((_, near)) => format!("write `{near}`, if that is meant"),
        None => format!("name `migrations`, `schema`{targets}, a database's URL, or a dump `….sql`"),
    };
    Failure::new(Exit::Usage, Diagnostic::error("no-such-source", format!("`{word}` ({flag}) is no schema")).hint(hint))
}
