//! `cargo xtask db shell`: psql on the database.

use super::database;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::server;
use std::process::Command;

pub(super) fn run(ctx: &Context, arguments: &[String]) -> anyhow::Result<Exit> {
    let mut command = match database::named(ctx)? {
        Some(database) => psql(&database)?,
        None => {
            database::resolve(ctx)?;
            server::shell_command(&database::server_settings(ctx))?.ok_or_else(no_psql)?
        }
    };
    let status = command.args(arguments).status().map_err(|_| no_psql())?;
    Ok(match status.code() {
        Some(0) => Exit::Done,
        Some(2) => Exit::NoServer,
        _ => Exit::No,
    })
}

/// psql with the password in its environment, where other users of the machine cannot read it.
fn psql(database: &database::Database) -> Result<Command, Failure> {
    let program = server::find_psql().ok_or_else(no_psql)?;
    let mut command = Command::new(program);
    if let Some(password) = database.url.get("password") {
        command.env("PGPASSWORD", password);
    }
    command.arg(database.url.without_password().reveal());
    Ok(command)
}

fn no_psql() -> Failure {
    let diagnostic = Diagnostic::error("no-psql", "no psql on this machine")
        .hint("install PostgreSQL's client (`postgresql-client`, `brew install libpq`)");
    Failure::new(Exit::Usage, diagnostic)
}
