//! Knows the repository's own development server: finds it, starts it, stops it, and says why it is the one it is.
//!
//! Three ways lead to one, tried in this order: a container, PostgreSQL's binaries on this machine, downloaded binaries.
//! What is remembered between two commands is a cache: every answer is verified on the server itself, and what cannot be
//! verified is found again by the container's label and by the files that PostgreSQL keeps in its data folder.
mod binaries;
mod cluster;
mod docker;
mod download;
mod engine;
mod local;
mod probe;
mod process;
mod psql;
mod site;
mod state;
mod user;
mod way;

use std::fmt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::db::Url;
use site::Site;
use state::Server;

pub use download::Archive;
pub use engine::compose;
pub use way::{NoServer, Way, WayReport};

/// What a development server is made from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The repository that the server belongs to.
    pub root: PathBuf,
    /// How to get a server.
    pub way: Way,
    /// The image of a container, such as `postgres:18-alpine`.
    pub image: String,
    /// How long an image may take to be pulled.
    pub pull_timeout: Duration,
    /// A mirror of the binaries; None: the address they are published at. May be `file://`.
    pub download_url: Option<String>,
    /// Another archive than the pinned one of this platform.
    pub archive: Option<Archive>,
    /// Where downloaded binaries are kept, as an absolute path; None: the user's cache folder.
    pub cache: Option<PathBuf>,
    /// The database that the URL names; `start` creates it.
    pub database: String,
}

/// A server that accepts connections.
#[derive(Clone)]
pub struct Running {
    /// The URL with its password: show it only where it was asked for.
    pub url: String,
    /// The way that was taken.
    pub way: Way,
    /// Which way was taken and why, in one line.
    pub why: String,
    /// Whether this call started it.
    pub started: bool,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL holds a password.
        f.debug_struct("Running").field("way", &self.way).field("why", &self.why).field("started", &self.started).finish_non_exhaustive()
    }
}

/// The server, found running or started. `say` is told what takes time, and which ways were passed over.
///
/// # Errors
/// [`NoServer`] with the cause of every way that failed, or what is wrong with the repository's `target` folder.
pub fn start(settings: &Settings, say: &mut dyn FnMut(&str)) -> Result<Running> {
    let site = Site::new(&settings.root)?;
    if let Some(server) = quick(&site, settings).filter(|it| it.database == settings.database) {
        return Ok(running(&server, settings, false));
    }
    let _lock = site.lock(say)?;
    let found = look(&site, settings);
    let started = found.is_none();
    let mut server = match found {
        Some(server) => server,
        None => begin(&site, settings, say)?,
    };
    if server.database != settings.database {
        psql::ensure_database(&site, &server, &settings.database)?;
        server.database.clone_from(&settings.database);
    }
    state::save(&site, &server)?;
    Ok(running(&server, settings, started))
}

/// The server, if it runs. Never starts one; its database exists if `start` was called for it.
///
/// # Errors
/// The repository's folder cannot be read.
pub fn find(settings: &Settings) -> Result<Option<Running>> {
    let site = Site::new(&settings.root)?;
    Ok(look(&site, settings).map(|it| running(&it, settings, false)))
}

/// The server, if the last command remembered one that runs: asked of it alone, in one short exchange.
#[must_use]
pub fn remembered(settings: &Settings) -> Option<Running> {
    let site = Site::new(&settings.root).ok()?;
    let server = quick(&site, settings).filter(|it| it.database == settings.database)?;
    Some(running(&server, settings, false))
}

/// Stops the server and keeps its data. False: none was running.
///
/// # Errors
/// The server is there and cannot be stopped.
pub fn stop(settings: &Settings, say: &mut dyn FnMut(&str)) -> Result<bool> {
    let site = Site::new(&settings.root)?;
    let _lock = site.lock(say)?;
    stop_all(&site, say)
}

/// Stops the server and removes its data, and nothing that is not of this repository. False: there were none.
///
/// # Errors
/// Something of it cannot be removed.
pub fn remove_data(settings: &Settings, say: &mut dyn FnMut(&str)) -> Result<bool> {
    let site = Site::new(&settings.root)?;
    let _lock = site.lock(say)?;
    stop_all(&site, &mut |_| ())?;
    let removed = [with_docker(&site, || docker::remove_data(&site, say))?, local::remove_data(&site, say)?];
    state::forget(&site);
    Ok(removed.contains(&true))
}

/// Every way, with why it can or cannot be used. Starts and changes nothing.
#[must_use]
pub fn survey(settings: &Settings) -> Vec<WayReport> {
    let report = |way: Way| {
        let why = Site::new(&settings.root).and_then(|site| way::survey(&site, settings, way));
        WayReport { way, usable: why.is_ok(), why: why.unwrap_or_else(|error| format!("{error:#}")) }
    };
    Way::EACH.into_iter().map(report).collect()
}

/// An SQL shell on the server that runs: with a `psql` of this machine, else with the one in the container.
/// None: no server runs.
///
/// # Errors
/// The repository's folder cannot be read.
pub fn shell_command(settings: &Settings) -> Result<Option<Command>> {
    let site = Site::new(&settings.root)?;
    Ok(look(&site, settings).map(|it| psql::shell(&it, &settings.database)))
}

/// A `psql` of this machine: on the PATH, else beside an installed server.
#[must_use]
pub fn find_psql() -> Option<PathBuf> {
    binaries::psql()
}

/// A `pg_dump` for the database at `url` on a server of version `major`: one of this machine that is not older, else the one of the
/// development server, where the address is its. What it dumps is left to the caller.
#[must_use]
pub fn dump_command(settings: &Settings, url: &Url, major: u32) -> Option<Command> {
    if let Some(program) = binaries::pg_dump(major) {
        return Some(psql::at(Command::new(program), url));
    }
    let site = Site::new(&settings.root).ok()?;
    let server = state::load(&site).filter(|it| url.get("port") == Some(&it.port.to_string()))?;
    psql::dump(&server, url)
}

/// The folders of this machine that hold a whole PostgreSQL server.
#[must_use]
pub fn binaries() -> Vec<PathBuf> {
    binaries::folders()
}

/// What was remembered, if it still holds: one short exchange with the server, and no other program.
fn quick(site: &Site, settings: &Settings) -> Option<Server> {
    let server = state::load(site).filter(|it| way::fits(it, settings))?;
    match probe::ask(server.port) {
        probe::Answer::Up { salt } if salt == server.salt && !salt.is_empty() => Some(server),
        _ => None,
    }
}

/// The server, remembered or looked for.
fn look(site: &Site, settings: &Settings) -> Option<Server> {
    quick(site, settings).or_else(|| way::order(settings.way).into_iter().find_map(|it| way::find(site, settings, it)))
}

/// Starts a server by the first way that works.
fn begin(site: &Site, settings: &Settings, say: &mut dyn FnMut(&str)) -> Result<Server> {
    let mut failed: Vec<(Way, anyhow::Error)> = Vec::new();
    let before = state::load(site);
    // A server that was started another way would go on unseen beside the new one.
    if before.as_ref().is_some_and(|it| !way::fits(it, settings)) {
        stop_all(site, say).unwrap_or_else(|error| {
            say(&first_line(&error));
            false
        });
    }
    let order = way::order(settings.way);
    for &it in &order {
        match way::start(site, settings, it, say) {
            Ok(mut server) => {
                if let Some(before) = before.filter(|it| it.way != server.way) {
                    say(&format!("the server before this one was {}; its data stay there", before.way));
                }
                for (way, error) in &failed {
                    server.why.push_str(&format!("; {way} passed over: {}", first_line(error)));
                }
                return Ok(server);
            }
            Err(error) => {
                if order.last() != Some(&it) {
                    say(&format!("{it} passed over: {}", first_line(&error)));
                }
                failed.push((it, error));
            }
        }
    }
    Err(NoServer::new(failed).into())
}

fn stop_all(site: &Site, say: &mut dyn FnMut(&str)) -> Result<bool> {
    let stopped = [with_docker(site, || docker::stop(site, say))?, local::stop(site, say)?];
    Ok(stopped.contains(&true))
}

/// Without an engine there is nothing of ours in it, unless the last server was.
fn with_docker(site: &Site, act: impl FnOnce() -> Result<bool>) -> Result<bool> {
    let ours = state::load(site).is_some_and(|it| it.way == Way::Docker);
    match engine::answers(site) {
        Err(_) if !ours => Ok(false),
        Err(error) => Err(error.context("the development server is a container; start Docker")),
        Ok(_) => act(),
    }
}

fn running(server: &Server, settings: &Settings, started: bool) -> Running {
    Running { url: server.url(&settings.database), way: server.way, why: server.why.clone(), started }
}

/// The first line of an error, with its causes: enough for one line of a list.
fn first_line(error: &anyhow::Error) -> String {
    format!("{error:#}").lines().next().unwrap_or_default().to_owned()
}
