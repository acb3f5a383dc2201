//! Knows the development server as a process of this machine, from binaries that are there or were downloaded.
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};

use super::binaries::{self, Binaries};
use super::cluster::{self, Cluster};
use super::site::Site;
use super::state::{Server, Source};
use super::user::{self, Account};
use super::{Settings, Way, download, probe, process, psql};

/// A server that crashed reads its log again before it answers.
const READY: Duration = Duration::from_secs(60);

/// The server, if one runs on data of this repository and answers.
pub(super) fn running(site: &Site, settings: &Settings) -> Option<Server> {
    let found = cluster::with_pid_file(site).into_iter().find_map(|it| recognised(site, settings, &it));
    found.filter(|it| settings.way == Way::Auto || settings.way == it.way)
}

/// Starts a server from binaries of this machine.
pub(super) fn start(site: &Site, say: &mut dyn FnMut(&str)) -> Result<Server> {
    start_from(site, Way::Local, &binaries::folders(), say)
}

/// Starts a server from downloaded binaries.
pub(super) fn start_downloaded(site: &Site, settings: &Settings, say: &mut dyn FnMut(&str)) -> Result<Server> {
    let account = cluster::account(site)?;
    let bin = download::ensure(site, settings, account.as_ref(), say)?;
    start_from(site, Way::Download, &[bin], say)
}

/// Stops the server of every data folder; the data stay.
pub(super) fn stop(site: &Site, say: &mut dyn FnMut(&str)) -> Result<bool> {
    let running: Vec<Cluster> = cluster::with_pid_file(site).into_iter().filter(|it| cluster::is_alive(site, it) != Some(false)).collect();
    for it in &running {
        let account = cluster::account(site)?;
        let mut command = user::command(&it.bin.join("pg_ctl"), account.as_ref(), Path::new("/"));
        command.args(["stop", "--mode=fast", "--wait", "--timeout=30", "--pgdata"]).arg(&it.data);
        process::run(command, Duration::from_secs(40)).with_context(|| {
            format!("failed to stop the server on `{}`; stop its process yourself: `kill -INT {}`", it.data.display(), it.pid)
        })?;
        say(&format!("stopped the server on port {}; its data stay in `{}`", it.port, it.data.display()));
    }
    Ok(!running.is_empty())
}

/// Removes the local data of this repository.
pub(super) fn remove_data(site: &Site, say: &mut dyn FnMut(&str)) -> Result<bool> {
    let homes: Vec<PathBuf> = cluster::homes(site).into_iter().filter(|it| it.exists()).collect();
    for home in &homes {
        fs::remove_dir_all(home).with_context(|| format!("failed to remove `{}`; remove it as the user who owns it", home.display()))?;
        say(&format!("removed the data in `{}`", home.display()));
        cluster::tidy(home);
    }
    Ok(!homes.is_empty())
}

/// A server is ours when it takes our password and says that it works on our data.
fn recognised(site: &Site, settings: &Settings, cluster: &Cluster) -> Option<Server> {
    let probe::Answer::Up { salt } = probe::ask(cluster.port) else { return None };
    let home = cluster.data.parent()?;
    let password = fs::read_to_string(home.join("password")).ok()?.trim().to_owned();
    let downloaded = download::folders(settings).iter().any(|it| cluster.bin.starts_with(it));
    let way = if downloaded { Way::Download } else { Way::Local };
    let mut server = server(way, cluster, password);
    server.salt = salt;
    let said = psql::execute(site, &server, "SHOW data_directory;\n").ok()?;
    if Path::new(&said).canonicalize().ok()? != cluster.data.canonicalize().ok()? {
        return None;
    }
    server.why = describe(site, &server).ok()?;
    Some(server)
}

fn server(way: Way, cluster: &Cluster, password: String) -> Server {
    Server {
        way,
        port: cluster.port,
        password,
        salt: String::new(),
        database: String::new(),
        why: String::new(),
        source: Source::Folder { bin: cluster.bin.clone(), data: cluster.data.clone() },
    }
}

/// Starts from the binaries that already have data here, else from the first that run.
fn start_from(site: &Site, way: Way, folders: &[PathBuf], say: &mut dyn FnMut(&str)) -> Result<Server> {
    let account = cluster::account(site)?;
    let account = account.as_ref();
    let usable = usable(folders, account)?;
    let home = cluster::home(site, account, say)?;
    let majors = cluster::majors(&home);
    let binaries = usable.iter().find(|it| majors.contains(&it.major)).unwrap_or(&usable[0]);
    for other in majors.iter().filter(|&&it| it != binaries.major && !majors.contains(&binaries.major)) {
        say(&format!("the data of PostgreSQL {other} stay in `{}`; PostgreSQL {} gets its own", home.display(), binaries.major));
    }
    let data = cluster::init(&home, binaries, account, say)?;
    let password = cluster::password(&home, account)?;
    let (cluster, salt) = serve(site, &home, &data, binaries, account)?;
    let mut server = server(way, &cluster, password);
    server.salt = salt;
    server.why = describe(site, &server)?;
    Ok(server)
}

/// The binaries that run as the account; an error that tells why, where none do.
pub(super) fn usable(folders: &[PathBuf], account: Option<&Account>) -> Result<Vec<Binaries>> {
    let (found, broken): (Vec<_>, Vec<_>) = folders.iter().map(|bin| binaries::inspect(bin, account)).partition(Result::is_ok);
    let found: Vec<Binaries> = found.into_iter().flatten().collect();
    if found.is_empty() {
        let reasons: Vec<String> = broken.into_iter().filter_map(Result::err).map(|it| format!("{it:#}")).collect();
        let place = "no PostgreSQL (initdb, pg_ctl, postgres, psql) on PATH or in the usual folders";
        return Err(if reasons.is_empty() { anyhow!(place) } else { anyhow!("no PostgreSQL that runs: {}", reasons.join("; ")) });
    }
    Ok(found)
}

/// Runs a server on `data`, on the port it had where that is free; again on another one where somebody took it in between.
fn serve(site: &Site, home: &Path, data: &Path, binaries: &Binaries, account: Option<&Account>) -> Result<(Cluster, String)> {
    if let Some(old) = cluster::read(data)
        && let Some(up) = settle(site, old)?
    {
        return Ok(up);
    }
    let mut preferred = cluster::last_port(data);
    for _ in 0..4 {
        let port = probe::free_port(preferred.take())?;
        match launch(home, data, binaries, account, port) {
            Ok(()) => {
                let salt = probe::wait(port, READY, &mut || Ok(()))?;
                let cluster = cluster::read(data).with_context(|| format!("the server on `{}` left no postmaster.pid", data.display()))?;
                return Ok((cluster, salt));
            }
            Err(error) if error.to_string().contains("could not bind") => (),
            Err(error) => return Err(error),
        }
    }
    bail!("every free port was taken by another program before the server had it")
}

/// What an earlier `postmaster.pid` means: a server that still starts is waited for, one that is gone leaves the file behind.
fn settle(site: &Site, old: Cluster) -> Result<Option<(Cluster, String)>> {
    let gone = || cluster::is_alive(site, &old) == Some(false);
    if !gone() {
        let waited = probe::wait(old.port, READY, &mut || if gone() { Err(anyhow!("the server ended")) } else { Ok(()) });
        match waited {
            Ok(salt) => return Ok(Some((old, salt))),
            Err(error) if !gone() => {
                let (pid, data) = (old.pid, old.data.display());
                return Err(error.context(format!("process {pid} holds the data in `{data}`; stop it: `kill -INT {pid}`")));
            }
            Err(_) => (),
        }
    }
    // The number may belong to another program by now, which PostgreSQL would take for a server of ours.
    let _ = fs::remove_file(old.data.join("postmaster.pid"));
    Ok(None)
}

/// `pg_ctl` gives the server a session of its own, so that it outlives this command and its terminal.
fn launch(home: &Path, data: &Path, binaries: &Binaries, account: Option<&Account>, port: u16) -> Result<()> {
    let log = home.join("server.log");
    let _ = fs::remove_file(&log);
    let options =
        format!("-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c shared_buffers=32MB -c logging_collector=off");
    let mut command = user::command(&binaries.bin.join("pg_ctl"), account, home);
    command.args(["start", "--wait", "--silent", "--timeout=60", "--options", &options]).arg("--pgdata").arg(data).arg("--log").arg(&log);
    process::run(command, Duration::from_secs(70)).map(drop).map_err(|_| {
        let said = fs::read_to_string(&log).unwrap_or_else(|error| format!("(no log: {error})"));
        anyhow!(
            "the server on `{}` did not start; begin with new data by `cargo xtask db reset`, if they are the cause; `{}` ends with:\n{}",
            data.display(),
            log.display(),
            process::last_lines(&said, 8)
        )
    })
}

fn describe(site: &Site, server: &Server) -> Result<String> {
    let Source::Folder { bin, .. } = &server.source else { bail!("not a folder") };
    let account = cluster::account(site)?.map_or_else(String::new, |it| format!(", as user {}", it.name));
    let kind = if server.way == Way::Download { "downloaded binaries" } else { "binaries of this machine" };
    let version = psql::version(site, server)?;
    Ok(format!("PostgreSQL {version} from {kind} ({}, port {}{account})", bin.display(), server.port))
}
