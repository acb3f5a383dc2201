//! The server goes away in the middle, or its disk is full.

use std::fs;
use std::path::Path;
use std::process::Command;
use support::account::{self, is_root};
use support::database::rows;
use support::program::try_output;
use support::server::installed;
use support::{LocalServer, Sandbox, say, until};

/// A migration that waits until the test's own session is gone, as it is after a restart.
fn waiting(server: &LocalServer) -> Sandbox {
    Sandbox::new()
        .at(&server.url("postgres"))
        .migration("0001_kept.sql", "CREATE TABLE kept ();")
        .migration("0002_waits.sql", "CREATE TABLE t ();\nSELECT pg_advisory_xact_lock(1);\nINSERT INTO t DEFAULT VALUES;")
}

const WAITING: &str = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'migrate-first' AND wait_event = 'advisory'";

/// Restarts the server while a run with `arguments` waits in the middle, and gives its exit code.
fn restarted(server: &LocalServer, sandbox: &Sandbox, arguments: &[&str]) -> i32 {
    let mut session = server.connect("postgres");
    rows(&mut session, "SELECT pg_advisory_lock(1)");
    let mut running = sandbox.spawn([&["db", "migrate", "--lock-timeout", "0"], arguments].concat());
    until("the migration waits", || {
        assert!(running.is_running(), "it ended early: {}", running.stderr_so_far());
        rows(&mut session, WAITING) == "1"
    });
    server.crash_and_restart();
    running.wait().exit_code()
}

#[test]
fn server_restarted_in_the_middle() {
    for binaries in installed() {
        let server = LocalServer::start(binaries);
        let sandbox = waiting(&server);
        assert_eq!(restarted(&server, &sandbox, &["--retries", "0"]), 3);
        let mut session = server.connect("postgres");
        // A commit inside of a run need not be on disk yet when the server crashes; but then it is gone with its history row.
        let agrees = "(SELECT count(*) FROM xtask.history) = (to_regclass('kept') IS NOT NULL)::int";
        let agrees =
            if rows(&mut session, "SELECT to_regclass('xtask.history') IS NULL") == "t" { "to_regclass('kept') IS NULL" } else { agrees };
        assert_eq!(rows(&mut session, &format!("SELECT {agrees}, to_regclass('t') IS NULL")), "t|t");
        assert_eq!(restarted(&server, &sandbox, &[]), 0);
        let mut session = server.connect("postgres");
        assert_eq!(rows(&mut session, "SELECT count(*) FROM t"), "1");
        assert_eq!(rows(&mut session, "SELECT count(finished_at) FROM xtask.history"), "2");
    }
    if installed().is_empty() {
        say("NOT RUN: a restart in the middle, because there are no binaries of PostgreSQL here");
    }
}

#[test]
fn server_that_is_gone() {
    let Some(binaries) = installed().first() else { return say("NOT RUN: a server that is gone, because there are no binaries here") };
    let server = LocalServer::start(binaries);
    server.stop();
    waiting(&server).migrate().code(3).says(&["cannot connect", "127.0.0.1", "hint"]);
}

/// A small file system of its own.
struct Disk<'a>(&'a Path);

impl Disk<'_> {
    fn mount(folder: &Path) -> Option<Disk<'_>> {
        fs::create_dir(folder).expect("the folder is ours");
        let mounted = try_output(Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m,mode=777", "tmpfs"]).arg(folder));
        mounted.map_err(|why| say(&format!("NOT RUN: a full disk, because none can be mounted here: {why}"))).ok()?;
        Some(Disk(folder))
    }

    fn grow(&self) {
        try_output(Command::new("mount").args(["-o", "remount,size=256m"]).arg(self.0)).expect("what was mounted can grow");
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        drop(try_output(Command::new("umount").arg("--lazy").arg(self.0)));
    }
}

#[test]
fn disk_full_in_the_middle() {
    let Some(binaries) = installed().first().filter(|_| is_root()) else {
        return say("NOT RUN: a full disk, because that needs root and PostgreSQL's binaries");
    };
    let server = LocalServer::start(binaries);
    let folder = server.folder().join("mount");
    let Some(disk) = Disk::mount(&folder) else { return };
    account::give(&folder, server.account());
    let mut session = server.connect("postgres");
    rows(&mut session, &format!("CREATE TABLESPACE small LOCATION '{}'", folder.display()));
    let sandbox = Sandbox::new().at(&server.url("postgres")).migration("0001_kept.sql", "CREATE TABLE kept ();").migration(
        "0002_big.sql",
        "CREATE TABLE gone ();\nCREATE TABLE big TABLESPACE small AS SELECT repeat('x', 1000) FROM generate_series(1, 20000);",
    );
    sandbox.migrate().code(4).says(&["53100", "0002_big.sql:2", "free disk space", "0001_kept"]);
    assert_eq!(
        rows(&mut session, "SELECT to_regclass('kept') IS NOT NULL, to_regclass('gone') IS NULL, to_regclass('big') IS NULL"),
        "t|t|t"
    );
    disk.grow();
    sandbox.migrate().code(0);
    assert_eq!(rows(&mut session, "SELECT count(*) FROM big"), "20000");
    server.stop();
}
