//! A real pgbouncer in transaction mode in front of a server.

use crate::account;
use crate::home::{Folder, say};
use crate::server::{Server, free_port};
use crate::wait::until;
use migrate_first::db::Url;
use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Stdio};

/// A running pgbouncer; it ends when it is dropped.
#[derive(Debug)]
pub struct Bouncer {
    child: Child,
    port: u16,
    _folder: Folder,
}

impl Bouncer {
    /// In front of `server`; where none is installed it says so.
    pub fn start(server: &Server) -> Option<Bouncer> {
        let Some(program) = find() else {
            say("NOT RUN through pgbouncer: it is not installed (Debian: `apt-get install pgbouncer`)");
            return None;
        };
        let (folder, account, port) = (Folder::new("pgbouncer"), account::of_servers(), free_port());
        let path = |name: &str| folder.path().join(name);
        fs::write(path("users.txt"), format!("\"postgres\" \"{}\"\n", server.password)).expect("the folder is ours");
        let users = path("users.txt");
        let ini = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = scram-sha-256\nauth_file = {}\npool_mode = transaction\ndefault_pool_size = 20\nmax_client_conn = 200\n",
            server.port,
            users.display()
        );
        fs::write(path("pgbouncer.ini"), ini).expect("the folder is ours");
        let mut command = account::command(&program, account.as_ref());
        command.arg("--quiet").arg(path("pgbouncer.ini")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("pgbouncer can be run");
        fs::write(path("process.pid"), child.id().to_string()).expect("the folder is ours");
        until("pgbouncer listens", || {
            assert!(child.try_wait().is_ok_and(|it| it.is_none()), "pgbouncer ended at once");
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        Some(Bouncer { child, port, _folder: folder })
    }

    /// `url`, by way of it.
    pub fn url(&self, url: &Url) -> Url {
        let mut url = url.clone();
        url.set("port", self.port.to_string()).expect("a known keyword");
        url
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        // It may have ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join("pgbouncer")).find(|it| it.is_file())
}
