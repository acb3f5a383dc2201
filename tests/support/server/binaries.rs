//! PostgreSQL's programs on this machine.

use crate::program;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A folder with all programs of one version.
#[derive(Debug, Clone)]
pub struct Binaries {
    /// The folder.
    pub bin: PathBuf,
    /// The major version.
    pub major: u32,
}

impl Binaries {
    /// The path of one of the programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

/// One a major version, newest first: from `MIGRATE_FIRST_TEST_BINARIES`, the PATH, and where Debian puts them.
pub fn installed() -> &'static [Binaries] {
    static INSTALLED: OnceLock<Vec<Binaries>> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let mut all: Vec<Binaries> = folders().iter().filter_map(|bin| inspect(bin)).collect();
        // Stable: of one version the first found stays.
        all.sort_by_key(|it| std::cmp::Reverse(it.major));
        all.dedup_by_key(|it| it.major);
        all
    })
}

fn folders() -> Vec<PathBuf> {
    let listed = ["MIGRATE_FIRST_TEST_BINARIES", "PATH"].into_iter().filter_map(std::env::var_os);
    let mut folders: Vec<PathBuf> = listed.flat_map(|list| std::env::split_paths(&list).collect::<Vec<_>>()).collect();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(debian.map(|version| version.path().join("bin")));
    folders
}

fn inspect(bin: &Path) -> Option<Binaries> {
    if !["initdb", "postgres", "pg_ctl", "pg_dump"].iter().all(|name| bin.join(name).is_file()) {
        return None;
    }
    let said = program::try_output(Command::new(bin.join("postgres")).arg("--version")).ok()?;
    let major = said.split(") ").nth(1)?.split(|it: char| !it.is_ascii_digit()).next()?.parse().ok()?;
    Some(Binaries { bin: bin.to_owned(), major })
}
