//! Knows where PostgreSQL's programs are on a machine.
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, bail};

use super::process;
use super::user::{self, Account};

/// What a server needs; `psql` creates the database.
const PROGRAMS: [&str; 4] = ["initdb", "pg_ctl", "postgres", "psql"];

/// Folders with one sub-folder a version, and what follows the version.
const INSTALLATIONS: [(&str, &str, &str); 4] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/opt/homebrew/opt", "postgresql", "bin"),
    ("/usr/local/opt", "postgresql", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// The binaries of one PostgreSQL, found to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binaries {
    pub(super) bin: PathBuf,
    pub(super) major: u32,
}

/// Every folder with a whole PostgreSQL: what is on the PATH first, then the newest.
pub(super) fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = places().into_iter().filter(|bin| PROGRAMS.iter().all(|it| bin.join(it).is_file())).collect();
    let mut seen = Vec::new();
    folders.retain(|bin| {
        let real = bin.canonicalize().unwrap_or_else(|_| bin.clone());
        let new = !seen.contains(&real);
        seen.push(real);
        new
    });
    folders
}

/// The first `psql` of this machine.
pub(super) fn psql() -> Option<PathBuf> {
    places().into_iter().map(|bin| bin.join("psql")).find(|it| it.is_file())
}

/// A `pg_dump` of this machine that can read a server of version `major`: one of the same version, else the oldest that is newer.
pub(super) fn pg_dump(major: u32) -> Option<PathBuf> {
    let fit = dumps().iter().filter(|(it, _)| *it >= major);
    fit.min_by_key(|(it, _)| *it).map(|(_, program)| program.clone())
}

/// Every `pg_dump` of this machine with its version. They are asked once a command, all at a time: some are scripts that take a while to say it.
fn dumps() -> &'static [(u32, PathBuf)] {
    static DUMPS: OnceLock<Vec<(u32, PathBuf)>> = OnceLock::new();
    DUMPS.get_or_init(|| {
        let mut known = HashSet::new();
        let programs = places().into_iter().map(|bin| bin.join("pg_dump"));
        // `/bin` is often `/usr/bin`.
        let programs: Vec<PathBuf> = programs.filter(|it| it.canonicalize().is_ok_and(|real| known.insert(real))).collect();
        std::thread::scope(|scope| {
            let asked: Vec<_> = programs.iter().map(|program| scope.spawn(|| dump_version(program))).collect();
            let versions: Vec<Option<u32>> = asked.into_iter().map(|it| it.join().expect("asking does not panic")).collect();
            versions.into_iter().zip(&programs).filter_map(|(version, program)| Some((version?, program.clone()))).collect()
        })
    })
}

fn dump_version(program: &Path) -> Option<u32> {
    let mut command = std::process::Command::new(program);
    command.arg("--version");
    major(&process::run(command, process::SHORT).ok()?)
}

/// Asks the binaries for their version as the one who is to run them: then they are there, whole, and allowed.
pub(super) fn inspect(bin: &Path, account: Option<&Account>) -> Result<Binaries> {
    let mut command = user::command(&bin.join("postgres"), account, Path::new("/"));
    command.arg("--version");
    let said = process::run(command, process::SHORT)?;
    let major = major(&said).with_context(|| format!("`{}` says `{said}`, not a version", bin.join("postgres").display()))?;
    if major < 12 {
        bail!("`{}` is PostgreSQL {major}; install 12 or newer", bin.display());
    }
    Ok(Binaries { bin: bin.to_owned(), major })
}

fn places() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    on_path(&path).into_iter().chain(INSTALLATIONS.into_iter().flat_map(installed)).collect()
}

fn on_path(path: &OsStr) -> Vec<PathBuf> {
    std::env::split_paths(path).filter(|it| it.is_absolute()).collect()
}

fn installed((folder, prefix, bin): (&str, &str, &str)) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|it| it.file_name().to_string_lossy().into_owned()).filter(|it| it.starts_with(prefix)).collect();
    newest_first(names).into_iter().map(|name| Path::new(folder).join(name).join(bin)).collect()
}

fn newest_first(mut names: Vec<String>) -> Vec<String> {
    names.sort_by_key(|name| std::cmp::Reverse((numbers(name), name.clone())));
    names
}

fn numbers(name: &str) -> Vec<u32> {
    name.split(|it: char| !it.is_ascii_digit()).filter_map(|it| it.parse().ok()).collect()
}

/// 18 of `postgres (PostgreSQL) 18.6 (Debian 18.6-1)`.
fn major(version: &str) -> Option<u32> {
    numbers(version.split(") ").nth(1)?).first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_comes_first_and_numbers_are_numbers() {
        let names = ["9.6", "15", "latest", "100", "18"].map(String::from).to_vec();
        assert_eq!(newest_first(names), ["100", "18", "15", "9.6", "latest"]);
        let names = ["postgresql", "postgresql@9.6", "postgresql@17"].map(String::from).to_vec();
        assert_eq!(newest_first(names), ["postgresql@17", "postgresql@9.6", "postgresql"]);
    }

    #[test]
    fn the_major_version_is_read() {
        assert_eq!(major("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 19devel"), Some(19));
        assert_eq!(major("cannot execute"), None);
    }

    #[test]
    fn relative_folders_on_the_path_are_not_trusted() {
        assert_eq!(on_path(OsStr::new("/a:.:b:/c")), [PathBuf::from("/a"), PathBuf::from("/c")]);
    }
}
