//! Knows the data of a local server: where they are, who owns them, how they are made, and what runs on them.
//!
//! A home holds one folder per major version, named by its number, so that data are never given to binaries that cannot
//! read them; beside them the superuser's password and the log.
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use xshell::cmd;

use super::binaries::Binaries;
use super::process;
use super::site::Site;
use super::state::{self, USER};
use super::user::{self, Account};

/// Where homes are that cannot be in their repository, because the server's user cannot enter it.
const ELSEWHERE: &str = "/var/lib/migrate-first";

/// One data folder, and what PostgreSQL wrote about the server that runs, or ran, on it.
pub(super) struct Cluster {
    pub(super) data: PathBuf,
    pub(super) bin: PathBuf,
    pub(super) pid: u32,
    pub(super) port: u16,
}

/// The homes that this repository may have.
pub(super) fn homes(site: &Site) -> [PathBuf; 2] {
    [site.folder().join("local"), Path::new(ELSEWHERE).join(&site.hash[..16])]
}

/// As whom a server of this repository runs.
pub(super) fn account(site: &Site) -> Result<Option<Account>> {
    user::account(site, &homes(site))
}

/// Removes the folder above a home elsewhere, if that was the last one.
pub(super) fn tidy(home: &Path) {
    if home.parent() == Some(Path::new(ELSEWHERE)) {
        // It stays while another repository has a home in it.
        let _ = fs::remove_dir(ELSEWHERE);
    }
}

/// A home that the account can enter, made where it is missing.
pub(super) fn home(site: &Site, account: Option<&Account>, say: &mut dyn FnMut(&str)) -> Result<PathBuf> {
    let [here, elsewhere] = homes(site);
    user::own(&here, account)?;
    if user::can_enter(&here, account) {
        return Ok(here);
    }
    // Only an empty folder goes away.
    let _ = fs::remove_dir(&here);
    user::own(&elsewhere, account)?;
    let name = account.map_or("this user", |it| it.name.as_str());
    say(&format!("the user {name} cannot enter `{}`: the data are in `{}`", site.root.display(), elsewhere.display()));
    Ok(elsewhere)
}

/// The major versions that have data in `home`.
pub(super) fn majors(home: &Path) -> Vec<u32> {
    let entries = fs::read_dir(home).into_iter().flatten().flatten();
    entries.filter_map(|it| it.file_name().to_str()?.parse().ok()).collect()
}

/// Every data folder of this repository on which a server runs, or ran until it ended without cleaning up.
pub(super) fn with_pid_file(site: &Site) -> Vec<Cluster> {
    let folders = homes(site).into_iter().flat_map(|home| majors(&home).into_iter().map(move |major| home.join(major.to_string())));
    folders.filter_map(|data| read(&data)).collect()
}

/// What runs on `data` according to PostgreSQL's own files.
pub(super) fn read(data: &Path) -> Option<Cluster> {
    let (pid, port) = parse_pid_file(&fs::read_to_string(data.join("postmaster.pid")).ok()?)?;
    let bin = parse_program(&options(data)?)?;
    Some(Cluster { data: data.to_owned(), bin, pid, port })
}

/// The process number and the port: the first and the fourth line.
fn parse_pid_file(text: &str) -> Option<(u32, u16)> {
    let mut lines = text.lines().map(str::trim);
    Some((lines.next()?.parse().ok()?, lines.nth(2)?.parse().ok()?))
}

/// The port of the last server on `data`, which a new one takes again, so that its URL stays the same.
pub(super) fn last_port(data: &Path) -> Option<u16> {
    parse_port(&options(data)?)
}

/// The command line of the last server, which PostgreSQL leaves in the data folder.
fn options(data: &Path) -> Option<String> {
    fs::read_to_string(data.join("postmaster.opts")).ok()
}

/// The folder of the program in `/usr/lib/postgresql/18/bin/postgres "-D" "…"`.
fn parse_program(options: &str) -> Option<PathBuf> {
    let program = options.split(" \"").next()?.trim();
    Some(Path::new(program).parent()?.to_owned())
}

fn parse_port(options: &str) -> Option<u16> {
    options.split_once("\"-p\" \"")?.1.split('"').next()?.parse().ok()
}

/// Whether the process of `postmaster.pid` is the server of this data folder, and not one that got its number later.
/// None: this machine does not tell.
pub(super) fn is_alive(site: &Site, cluster: &Cluster) -> Option<bool> {
    let pid = cluster.pid.to_string();
    match process::run(cmd!(site.shell, "ps -ww -o args= -p {pid}"), process::SHORT) {
        Ok(line) => Some(line.contains(&*cluster.data.to_string_lossy())),
        // A `ps` that knows the question and no such process says nothing; any other failure proves nothing.
        Err(error) => error.to_string().trim_end().ends_with("failed:").then_some(false),
    }
}

/// The superuser's password, made where it is missing. It lives with the data, so that a lost state loses nothing.
pub(super) fn password(home: &Path, account: Option<&Account>) -> Result<String> {
    let path = home.join("password");
    let what = || format!("failed to read `{}`", path.display());
    if !path.is_file() {
        state::write_private(&path, &state::new_password()?).with_context(what)?;
    }
    user::give(&path, account)?;
    Ok(fs::read_to_string(&path).with_context(what)?.trim().to_owned())
}

/// Makes a data folder, aside and then renamed: half of one is never mistaken for a whole one.
pub(super) fn init(home: &Path, binaries: &Binaries, account: Option<&Account>, say: &mut dyn FnMut(&str)) -> Result<PathBuf> {
    let data = home.join(binaries.major.to_string());
    if data.join("PG_VERSION").is_file() {
        return Ok(data);
    }
    say(&format!("making data for PostgreSQL {} in `{}`", binaries.major, data.display()));
    let aside = home.join("new");
    password(home, account)?;
    // C.UTF-8 knows letters beyond ASCII, but not every system has it.
    initdb(home, &aside, binaries, account, "C.UTF-8").or_else(|_| initdb(home, &aside, binaries, account, "C"))?;
    fs::rename(&aside, &data).with_context(|| format!("failed to rename `{}` to `{}`", aside.display(), data.display()))?;
    Ok(data)
}

fn initdb(home: &Path, data: &Path, binaries: &Binaries, account: Option<&Account>, locale: &str) -> Result<()> {
    if data.exists() {
        fs::remove_dir_all(data).with_context(|| format!("failed to remove `{}`", data.display()))?;
    }
    let mut command = user::command(&binaries.bin.join("initdb"), account, home);
    command.args(["--auth=scram-sha-256", "--encoding=UTF8", &format!("--locale={locale}"), &format!("--username={USER}")]);
    command.arg("--pwfile").arg(home.join("password")).arg("--pgdata").arg(data);
    process::run(command, Duration::from_secs(120)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pid_file_tells_process_and_port() {
        let text = "4711\n/repo/target/xtask/local/18\n1760000000\n40123\n\n127.0.0.1\n  5432001   1234\nready   \n";
        assert_eq!(parse_pid_file(text), Some((4711, 40123)));
        assert_eq!(parse_pid_file("4711\n/repo\n"), None);
    }

    #[test]
    fn the_options_tell_the_binaries_and_the_port() {
        let text = "/opt/my pg/bin/postgres \"-D\" \"/repo\" \"-p\" \"40123\" \"-c\" \"a=b\"\n";
        assert_eq!(parse_program(text), Some(PathBuf::from("/opt/my pg/bin")));
        assert_eq!(parse_port(text), Some(40123));
        assert_eq!(parse_port("/bin/postgres \"-D\" \"/repo\"\n"), None);
    }
}
