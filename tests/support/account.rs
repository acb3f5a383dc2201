//! Runs programs that refuse root (PostgreSQL, pgbouncer) as another user of this machine.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

/// A user of this machine.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its name.
    pub name: String,
    uid: u32,
    gid: u32,
}

/// Whether the tests run as root.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Who runs servers: nobody else unless this is root, else `postgres`, else `nobody`.
pub fn of_servers() -> Option<Account> {
    let passwd = fs::read_to_string("/etc/passwd").expect("root's machine has users");
    let find = |name: &str| passwd.lines().filter_map(parse).find(|it| it.name == name);
    is_root().then(|| find("postgres").or_else(|| find("nobody")).expect("a user `postgres` or `nobody` to run servers as"))
}

fn parse(line: &str) -> Option<Account> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    Some(Account { name, uid: fields.nth(1)?.parse().ok()?, gid: fields.next()?.parse().ok()? })
}

/// `program`, run as `account`, with nothing of our environment that PostgreSQL would read.
pub fn command(program: &Path, account: Option<&Account>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("LC_ALL", "C").current_dir("/");
    if let Some(account) = account {
        command.uid(account.uid).gid(account.gid);
    }
    command
}

/// Makes `path` theirs.
pub fn give(path: &Path, account: Option<&Account>) {
    if let Some(account) = account {
        chown(path, Some(account.uid), Some(account.gid)).expect("root may give files away");
    }
}
