//! Which database a command works on, and the way to it.

use super::files::shown;
use crate::context::Context;
use crate::db::url::UrlError;
use crate::db::{DbError, Session, Url, connect};
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::server;
use std::time::{Duration, Instant};

/// A database, and how it came to be meant.
#[derive(Debug, Clone)]
pub(super) struct Database {
    pub url: Url,
    /// Which one and why, for people.
    pub why: String,
    /// Must not be dropped, pushed to or used as scratch, and why.
    pub protected: Option<String>,
}

/// The database that the command line, the environment or `.env` name; without any, nothing.
pub(super) fn named(ctx: &Context) -> Result<Option<Database>, Failure> {
    if let Some(text) = &ctx.global.database_url {
        return database(text, "--database-url", false).map(Some);
    }
    if let Some(name) = &ctx.global.target {
        return target(ctx, name).map(Some);
    }
    if let Some(text) = variable("DATABASE_URL") {
        return database(&text, "DATABASE_URL", false).map(Some);
    }
    if let Some((text, path)) = from_dot_env(ctx)? {
        return database(&text, &format!("DATABASE_URL in {path}"), false).map(Some);
    }
    match ["PGHOST", "PGHOSTADDR", "PGDATABASE"].into_iter().find(|name| variable(name).is_some()) {
        Some(name) => database("", name, false).map(Some),
        None => Ok(None),
    }
}

/// The database at an address that `flag` gives.
pub(super) fn at(text: &str, flag: &str) -> Result<Database, Failure> {
    database(text, flag, false)
}

/// The database to work on; without a name the development server's, which is started where it does not run.
pub(super) fn resolve(ctx: &Context) -> anyhow::Result<Database> {
    match named(ctx)? {
        Some(database) => Ok(database),
        None => development(ctx),
    }
}

/// The development server's database; the server is started where it does not run.
pub(super) fn development(ctx: &Context) -> anyhow::Result<Database> {
    let settings = server_settings(ctx);
    if settings.way == server::Way::None {
        return Err(no_database(ctx).into());
    }
    let running = server::start(&settings, &mut |line| ctx.ui.say(&format!("  {line}"))).map_err(unstartable)?;
    if running.started {
        ctx.ui.say(&format!("started {}", running.why));
    }
    Ok(Database { url: Url::parse(&running.url)?, why: running.why, protected: None })
}

/// The database to work on, if it is there without anything being started for it, and a developer's own.
pub(super) fn at_hand(ctx: &Context) -> Option<Database> {
    match named(ctx).ok()? {
        Some(database) => Some(database).filter(|it| it.protected.is_none()),
        None => {
            let running = server::remembered(&server_settings(ctx))?;
            Some(Database { url: Url::parse(&running.url).ok()?, why: running.why, protected: None })
        }
    }
}

fn no_database(ctx: &Context) -> Failure {
    let origin = ctx.config.origin("server.way");
    let diagnostic = Diagnostic::error("no-database", "nobody said which database: DATABASE_URL is not set")
        .note(format!("no development server is started here: server.way is none ({origin})"))
        .hint("set DATABASE_URL=postgres://USER:PASSWORD@HOST:5432/DATABASE (in a container: `docker run --env DATABASE_URL=…`), or give `--database-url`");
    Failure::new(Exit::Usage, diagnostic)
}

/// What keeps a server from being looked for, said to somebody who may have meant another one.
fn unstartable(error: anyhow::Error) -> anyhow::Error {
    if error.is::<Failure>() || error.is::<server::NoServer>() {
        return error;
    }
    let message = format!("no database is named (DATABASE_URL is not set), and the development server cannot be started: {error:#}");
    let hint = "set DATABASE_URL or give `--database-url` to use a database that runs elsewhere";
    Failure::new(super::exit_of(&error), Diagnostic::error("no-database", message).hint(hint)).into()
}

/// What the development server is made from.
pub(super) fn server_settings(ctx: &Context) -> server::Settings {
    let config = &ctx.config;
    server::Settings {
        root: config.root.clone(),
        way: config.text("server.way").parse().expect("checked when it was loaded"),
        image: config.text("server.image").to_owned(),
        pull_timeout: config.duration("server.pull_timeout").unwrap_or_default(),
        download_url: Some(config.text("server.download_url").to_owned()).filter(|url| !url.is_empty()),
        archive: None,
        cache: None,
        database: config.text("server.database").to_owned(),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn from_dot_env(ctx: &Context) -> Result<Option<(String, String)>, Failure> {
    let path = ctx.config.root.join(".env");
    let bad = |error: dotenvy::Error| {
        let cause = match error {
            // The line may hold a secret.
            dotenvy::Error::LineParse(_, column) => format!("a line cannot be read, near its column {}", column + 1),
            other => other.to_string(),
        };
        let diagnostic = Diagnostic::error("bad-config", format!("failed to read `{}`: {cause}", shown(&path)));
        Failure::new(Exit::Usage, diagnostic.hint("write lines like `DATABASE_URL=postgres://…`, a value with blanks in quotes"))
    };
    if !path.is_file() {
        return Ok(None);
    }
    for pair in dotenvy::from_path_iter(&path).map_err(bad)? {
        let (name, value) = pair.map_err(bad)?;
        if name == "DATABASE_URL" && !value.is_empty() {
            return Ok(Some((value, shown(&path))));
        }
    }
    Ok(None)
}

/// The database that `xtask.toml` calls `name`.
pub(super) fn target(ctx: &Context, name: &str) -> Result<Database, Failure> {
    let usage = |diagnostic| Failure::new(Exit::Usage, diagnostic);
    let target = ctx.config.targets.get(name).ok_or_else(|| {
        let known: Vec<&str> = ctx.config.targets.keys().map(String::as_str).collect();
        let hint = if known.is_empty() {
            format!("write `[targets.{name}]` with `url = \"…\"` into xtask.toml")
        } else {
            format!("name one of {}", known.join(", "))
        };
        usage(Diagnostic::error("no-such-target", format!("xtask.toml has no target `{name}`")).hint(hint))
    })?;
    let url = expand(&target.url).map_err(|variable| {
        let message = format!("target `{name}` needs the environment variable {variable}");
        usage(Diagnostic::error("variable-not-set", message).hint(format!("set {variable} to the database's URL")))
    })?;
    database(&url, &format!("target {name}"), target.protected)
}

/// Puts environment variables in the place of `${NAME}`; the name of one that is not set is the error.
fn expand(text: &str) -> Result<String, String> {
    let mut pieces = text.split("${");
    let mut expanded = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once('}').ok_or_else(|| piece.to_owned())?;
        expanded.push_str(&variable(name).ok_or_else(|| name.to_owned())?);
        expanded.push_str(rest);
    }
    Ok(expanded)
}

fn database(text: &str, origin: &str, marked: bool) -> Result<Database, Failure> {
    let bad = |error: UrlError| {
        Failure::new(
            Exit::Usage,
            Diagnostic::error("bad-url", error.message).note(format!("in the address from {origin}")).hint(error.hint),
        )
    };
    let url = Url::parse(text).map_err(bad)?.with_environment(variable);
    let protected = match (marked, url.is_loopback()) {
        (true, _) => Some("xtask.toml marks it protected".to_owned()),
        (false, false) => Some("it is not on this machine".to_owned()),
        (false, true) => None,
    };
    Ok(Database { why: format!("{url} ({origin})"), url, protected })
}

/// Connects, and keeps trying for `wait` while the server is starting.
pub(super) fn connect_to(database: &Database, wait: Duration) -> Result<Session, Failure> {
    let began = Instant::now();
    loop {
        match connect(&database.url) {
            Ok(session) => return Ok(session),
            Err(error) if began.elapsed() < wait && may_pass(&error) => std::thread::sleep(Duration::from_millis(100)),
            Err(error) => return Err(cannot_connect(database, &error)),
        }
    }
}

/// Whether waiting may help: nobody answers yet, or the server says that it is starting.
fn may_pass(error: &anyhow::Error) -> bool {
    match error.downcast_ref::<DbError>() {
        Some(DbError::Connection(message)) => !message.contains("TLS") && !message.contains("certificate"),
        Some(DbError::Server(server)) => server.sqlstate == "57P03",
        _ => false,
    }
}

fn cannot_connect(database: &Database, error: &anyhow::Error) -> Failure {
    let url = &database.url;
    let (exit, message, sqlstate, hint) = match (error.downcast_ref::<DbError>(), error.downcast_ref::<UrlError>()) {
        (Some(DbError::Server(server)), _) => {
            (Exit::NoServer, server.message.clone(), Some(server.sqlstate.clone()), server_hint(&server.sqlstate).to_owned())
        }
        // The address itself makes no sense: nobody was asked.
        (None, Some(bad)) => (Exit::Usage, bad.message.clone(), None, bad.hint.clone()),
        (database, _) => {
            let message = format!("{error:#}");
            let hint = network_hint(&message).to_owned();
            (if database.is_some() { Exit::NoServer } else { Exit::Usage }, message, None, hint)
        }
    };
    let mut diagnostic = Diagnostic::error("cannot-connect", format!("cannot connect to {url}: {message}")).hint(hint);
    diagnostic.sqlstate = sqlstate;
    Failure::new(exit, diagnostic)
}

/// What the server said against something asked of it.
pub(super) fn refused(database: &Database, error: &DbError) -> Failure {
    let mut diagnostic = Diagnostic::error("refused", format!("{}: {error}", database.url)).hint("grant this user what is missing");
    diagnostic.sqlstate = error.sqlstate().map(str::to_owned);
    Failure::new(Exit::NoServer, diagnostic)
}

fn server_hint(sqlstate: &str) -> &'static str {
    match sqlstate {
        "28P01" | "28000" => "check the user and the password: in the URL (percent-encoded), in PGPASSWORD or in ~/.pgpass",
        "3D000" => "create the database with `createdb`, or correct its name in the URL",
        "53300" => "wait until a connection is free, or raise max_connections",
        "57P03" => "wait for the server: `--wait 60s`",
        _ => "see the server's log for more",
    }
}

fn network_hint(message: &str) -> &'static str {
    if message.contains("TLS") || message.contains("certificate") || message.contains("handshake") {
        "check `sslmode` and `sslrootcert`, or use `sslmode=disable` on this machine"
    } else if message.contains("password") {
        "give a password: in the URL (percent-encoded), in PGPASSWORD or in ~/.pgpass"
    } else if message.contains("lookup") || message.contains("resolve") {
        "check the host's name in the URL"
    } else {
        "see whether the server runs and listens there; `--wait 60s` waits for one that is starting"
    }
}
