//! Servers from binaries of this machine, as another user where the tests run as root.

use super::{Binaries, Server};
use crate::account::{self, Account};
use crate::home::Folder;
use crate::program;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// A server that the test may restart and configure; stopped when it is dropped.
#[derive(Debug)]
pub struct LocalServer {
    server: Server,
    binaries: Binaries,
    folder: Folder,
    account: Option<Account>,
}

impl std::ops::Deref for LocalServer {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

/// A password with signs that must be percent-encoded in a URL; another one in every process, so that finding it somewhere proves a leak.
pub(super) fn password() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.subsec_nanos());
    format!("geheim-{}@{now}/#x", std::process::id())
}

impl LocalServer {
    /// Makes a cluster of its own and starts it.
    pub fn start(binaries: &Binaries) -> LocalServer {
        let (folder, account, password) = (Folder::new("server"), account::of_servers(), password());
        account::give(folder.path(), account.as_ref());
        let secret = folder.path().join("password");
        fs::write(&secret, &password).expect("the folder is ours");
        let data = folder.path().join("data");
        let mut initdb = account::command(&binaries.program("initdb"), account.as_ref());
        initdb.args(["--no-sync", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--username=postgres", "--pwfile"]);
        program::output(initdb.arg(&secret).arg("--pgdata").arg(&data));
        let port = free_port();
        // Not `-F` or the like on the command line: a restart by pg_ctl alone must keep them.
        let settings = format!(
            "port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\nfsync = off\nmax_connections = 200\n",
            folder.path().display()
        );
        append(&data.join("postgresql.conf"), &settings);
        let origin = format!("binaries in {}", binaries.bin.display());
        pg_ctl(binaries, account.as_ref(), &folder, "start");
        let server = Server::new(binaries.major, origin, port, password, vec![binaries.program("pg_dump")]);
        LocalServer { server, binaries: binaries.clone(), folder, account }
    }

    /// Leaves the server to the end of the process.
    pub(super) fn leak(self) -> Server {
        let this = std::mem::ManuallyDrop::new(self);
        let Server { major, origin, port, password, pg_dump, .. } = &this.server;
        Server::new(*major, origin.clone(), *port, password.clone(), pg_dump.clone())
    }

    /// The folder with its socket, which also takes files that the server must be able to read.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Who runs it.
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// Adds lines to `postgresql.conf` or `pg_hba.conf`; they hold from the next restart on.
    pub fn configure(&self, file: &str, lines: &str) {
        append(&self.folder.path().join("data").join(file), lines);
    }

    /// Puts a text in the place of a file in the data folder.
    pub fn replace(&self, file: &str, text: &str) {
        fs::write(self.folder.path().join("data").join(file), text).expect("the data folder can be written to");
    }

    /// Stops it as a crash would, and starts it again.
    pub fn crash_and_restart(&self) {
        self.stop();
        self.start_again();
    }

    /// As [`LocalServer::crash_and_restart`], where it may not start with its new configuration.
    pub fn try_restart(&self) -> Result<(), String> {
        self.stop();
        let mut start = pg_ctl_command(&self.binaries, self.account.as_ref(), &self.folder, "start");
        program::try_output(&mut start).map(drop)
    }

    /// Starts it after a stop.
    pub fn start_again(&self) {
        pg_ctl(&self.binaries, self.account.as_ref(), &self.folder, "start");
    }

    /// Stops it as a crash would.
    pub fn stop(&self) {
        pg_ctl(&self.binaries, self.account.as_ref(), &self.folder, "stop");
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        // It may be stopped already.
        drop(program::try_output(&mut pg_ctl_command(&self.binaries, self.account.as_ref(), &self.folder, "stop")));
    }
}

fn append(path: &std::path::Path, text: &str) {
    let before = fs::read_to_string(path).expect("initdb wrote it");
    fs::write(path, before + "\n" + text).expect("the data folder can be written to");
}

fn pg_ctl(binaries: &Binaries, account: Option<&Account>, folder: &Folder, verb: &str) {
    program::output(&mut pg_ctl_command(binaries, account, folder, verb));
}

fn pg_ctl_command(binaries: &Binaries, account: Option<&Account>, folder: &Folder, verb: &str) -> Command {
    let mut command = account::command(&binaries.program("pg_ctl"), account);
    let log = folder.path().join("log");
    command.args([verb, "--wait", "--timeout=60", "--pgdata"]).arg(folder.path().join("data"));
    match verb {
        "start" => command.arg("--log").arg(log),
        _ => command.arg("--mode=immediate"),
    };
    command
}

/// A port that nobody has now. Somebody may take it before the server does; then the start fails and says so.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback interface");
    listener.local_addr().expect("it is bound").port()
}
