//! Knows as whom a server runs: PostgreSQL refuses root, so root runs it as another user of this machine.
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use xshell::cmd;

use super::process;
use super::psql::without_pg_variables;
use super::site::Site;

/// A user of this machine that is not root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) name: String,
    uid: u32,
    gid: u32,
}

/// As whom the server runs; None: as the one who runs this command. `homes` are where its data may be already: root then
/// acts as their owner, or it would take a user's data away by one `sudo`.
pub(super) fn account(site: &Site, homes: &[PathBuf]) -> Result<Option<Account>> {
    if process::run(cmd!(site.shell, "id -u"), process::SHORT)? != "0" {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd").context("failed to read `/etc/passwd`")?;
    let mut owners = homes.iter().filter_map(|home| Some(fs::metadata(home).ok()?.uid())).filter(|uid| *uid != 0);
    let owner = owners.find_map(|uid| find(&passwd, |it| it.uid == uid));
    let server = || ["postgres", "nobody"].iter().find_map(|name| find(&passwd, |it| it.name == *name));
    owner
        .or_else(server)
        .map(Some)
        .context("PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody`; run this as another user")
}

fn find(passwd: &str, wanted: impl Fn(&Account) -> bool) -> Option<Account> {
    passwd.lines().filter_map(parse).find(wanted)
}

fn parse(line: &str) -> Option<Account> {
    let fields: Vec<&str> = line.split(':').collect();
    Some(Account { name: (*fields.first()?).to_owned(), uid: id(fields.get(2)?)?, gid: id(fields.get(3)?)? })
}

/// macOS writes nobody's id as -2.
fn id(text: &str) -> Option<u32> {
    text.parse().ok().or_else(|| text.parse::<i32>().ok().map(i32::cast_unsigned))
}

/// `program`, to run as `account` in `folder`, free of the variables that are meant for other servers.
pub(super) fn command(program: &Path, account: Option<&Account>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    without_pg_variables(&mut command);
    command.current_dir(folder).env("LC_ALL", "C");
    if let Some(account) = account {
        command.uid(account.uid).gid(account.gid);
    }
    command
}

/// Makes `folder` the account's own; nobody else may look into it.
pub(super) fn own(folder: &Path, account: Option<&Account>) -> Result<()> {
    let what = || format!("failed to prepare the folder `{}`; remove it, or make it yours", folder.display());
    fs::create_dir_all(folder).with_context(what)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).with_context(what)?;
    give(folder, account)
}

/// Makes one file the account's own.
pub(super) fn give(path: &Path, account: Option<&Account>) -> Result<()> {
    let Some(account) = account else { return Ok(()) };
    chown(path, Some(account.uid), Some(account.gid))
        .with_context(|| format!("failed to give `{}` to the user {}", path.display(), account.name))
}

/// Whether the account can enter `folder`: the system is asked by doing it, so that every rule of it counts.
pub(super) fn can_enter(folder: &Path, account: Option<&Account>) -> bool {
    account.is_none() || process::run(command(Path::new("true"), account, folder), process::SHORT).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_name_or_number() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\npostgres2:x:5:6::/:\nnobody:*:-2:-2:Nobody:/:/bin/false\npostgres:x:101:104::/:\n";
        let found = |name: &str| find(passwd, |it| it.name == name).map(|it| (it.uid, it.gid));
        assert_eq!(found("postgres"), Some((101, 104)));
        assert_eq!(found("nobody"), Some((4_294_967_294, 4_294_967_294)));
        assert_eq!(found("post"), None);
        assert_eq!(find(passwd, |it| it.uid == 5).map(|it| it.name), Some("postgres2".into()));
    }
}
