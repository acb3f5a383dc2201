//! Knows how to reach a server with `psql`: the one beside the binaries, the one in the container, or one on this machine.
use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use xshell::cmd;

use super::process;
use super::site::Site;
use super::state::{Server, Source, USER};
use crate::db::Url;

/// Runs SQL as the superuser in the database `postgres` and returns what it prints.
/// The SQL travels on standard input, so that it may hold a password.
pub(super) fn execute(site: &Site, server: &Server, sql: &str) -> Result<String> {
    let mut command: Command = match &server.source {
        Source::Container { name, .. } => cmd!(site.shell, "docker exec --interactive {name} psql --username {USER}").into(),
        Source::Folder { bin, .. } => local(bin.join("psql"), server),
    };
    command.args(["--dbname", "postgres", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set", "ON_ERROR_STOP=1"]);
    process::feed(command, process::SHORT, sql).context("failed to run SQL on the development server")
}

/// The version without the packager's words after it: 18.6 of `18.6 (Debian 18.6-1)`.
pub(super) fn version(site: &Site, server: &Server) -> Result<String> {
    let said = execute(site, server, "SHOW server_version;\n")?;
    Ok(said.split(' ').next().unwrap_or_default().to_owned())
}

/// Creates `database` where it is missing.
pub(super) fn ensure_database(site: &Site, server: &Server, database: &str) -> Result<()> {
    let name = literal(database);
    let sql =
        format!("SELECT format('CREATE DATABASE %I', {name}) WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = {name})\n\\gexec\n");
    execute(site, server, &sql).map(drop).with_context(|| format!("failed to create the database `{database}`"))
}

/// A shell on `database`, ready to run: where this machine has no `psql`, the one in the container.
pub(super) fn shell(server: &Server, database: &str) -> Command {
    let mut command = match (&server.source, find(server)) {
        (_, Some(psql)) => local(psql, server),
        (Source::Container { name, .. }, None) => in_container(name),
        (Source::Folder { bin, .. }, None) => local(bin.join("psql"), server),
    };
    command.args(["--dbname", database]);
    command
}

fn in_container(name: &str) -> Command {
    let terminal = if std::io::stdin().is_terminal() { "--interactive --tty" } else { "--interactive" };
    let mut command = Command::new("docker");
    command.arg("exec").args(terminal.split(' ')).args([name, "psql", "--username", USER]);
    command
}

/// The `pg_dump` that belongs to `server`.
pub(super) fn dump(server: &Server, url: &Url) -> Option<Command> {
    match &server.source {
        Source::Folder { bin, .. } => {
            let program = bin.join("pg_dump");
            program.is_file().then(|| at(Command::new(program), url))
        }
        Source::Container { name, .. } => {
            let mut command = Command::new("docker");
            command.args(["exec", name, "pg_dump", "--username", USER, "--dbname", url.get("dbname")?]);
            Some(command)
        }
    }
}

/// The variables by which libpq's programs take what an address says; no password stands in a command line.
const VARIABLES: &[(&str, &str)] = &[
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("port", "PGPORT"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
    ("dbname", "PGDATABASE"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
];

/// `command`, told where the database is.
pub(super) fn at(mut command: Command, url: &Url) -> Command {
    without_pg_variables(&mut command);
    for (keyword, variable) in VARIABLES {
        if let Some(value) = url.get(keyword) {
            command.env(variable, value);
        }
    }
    command
}

fn find(server: &Server) -> Option<PathBuf> {
    let beside = match &server.source {
        Source::Folder { bin, .. } => Some(bin.join("psql")).filter(|it| it.is_file()),
        Source::Container { .. } => None,
    };
    beside.or_else(super::find_psql)
}

fn local(psql: PathBuf, server: &Server) -> Command {
    let mut command = Command::new(psql);
    without_pg_variables(&mut command);
    command.args(["--host", "127.0.0.1", "--port", &server.port.to_string(), "--username", USER]).env("PGPASSWORD", &server.password);
    command
}

/// PGOPTIONS, PGSERVICE and the like are meant for other servers.
pub(super) fn without_pg_variables(command: &mut Command) {
    for (key, _) in std::env::vars_os().filter(|(key, _)| is_pg_variable(key)) {
        command.env_remove(key);
    }
}

fn is_pg_variable(key: &OsString) -> bool {
    key.as_encoded_bytes().starts_with(b"PG")
}

/// `text` as an SQL string, whatever `standard_conforming_strings` says.
fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', r"\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_holds_any_name() {
        assert_eq!(literal(r"o'n\e"), r"E'o''n\\e'");
    }

    #[test]
    fn only_variables_of_libpq_are_removed() {
        assert!(is_pg_variable(&"PGSERVICE".into()));
        assert!(!is_pg_variable(&"PATH".into()));
    }
}
