//! Histories to crash.

use std::fs;
use std::path::{Path, PathBuf};
use support::{Sandbox, say};

/// A history.
pub struct Story {
    /// Its name, for people.
    pub name: &'static str,
    files: Vec<(String, Vec<u8>)>,
}

impl Story {
    /// `sandbox` with its files.
    pub fn sandbox(&self, sandbox: Sandbox) -> Sandbox {
        self.files.iter().fold(sandbox, |sandbox, (name, text)| sandbox.migration(name, text))
    }
}

/// The repository's own.
pub fn exemplar() -> Story {
    Story { name: "exemplar", files: read(&repository().join("migrations")).expect("the repository has migrations") }
}

/// The real one, where the folder with real histories is; without it the tests say so.
pub fn real() -> Option<Story> {
    let folder = std::env::var_os("MIGRATE_FIRST_TEST_CORPORA").map_or_else(|| repository().join("../shared/corpora"), PathBuf::from);
    let files = read(&folder.join("minder"));
    if files.is_none() {
        say("NOT RUN: crashes of a real history, because there is no folder ../shared/corpora/minder");
    }
    files.map(|files| Story { name: "minder", files })
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package is in the repository").to_owned()
}

fn read(folder: &Path) -> Option<Vec<(String, Vec<u8>)>> {
    let entries = fs::read_dir(folder).ok()?.flatten().filter(|it| it.path().is_file());
    let file = |it: fs::DirEntry| (it.file_name().to_string_lossy().into_owned(), fs::read(it.path()).expect("a readable file"));
    let files: Vec<_> = entries.map(file).collect();
    (!files.is_empty()).then_some(files)
}

/// A small one with a file for each way to run, whose every statement leaves a trace when it runs twice.
pub fn all_ways() -> Story {
    let files = [
        ("0001_whole.sql", "CREATE TABLE t (n int); INSERT INTO t VALUES (1);"),
        ("0002_own_transaction.sql", "BEGIN; INSERT INTO t VALUES (2); COMMIT;"),
        ("0003_copy.sql", "CREATE TABLE c (n int);\nCOPY c FROM stdin;\n1\n2\n\\.\nINSERT INTO t VALUES (3);\n"),
        ("0004_sections.sql", "INSERT INTO t VALUES (4); BEGIN; INSERT INTO t VALUES (5); COMMIT; INSERT INTO t VALUES (6);"),
        (
            "0005_bare.sql",
            "-- xtask: no-transaction\nINSERT INTO t VALUES (7); CREATE INDEX CONCURRENTLY t_n ON t (n); INSERT INTO t VALUES (8);",
        ),
        ("0006_unmarked.sql", "CREATE INDEX CONCURRENTLY ON t (n); DROP INDEX CONCURRENTLY t_n; VACUUM t;"),
        ("0007_whole.sql", "INSERT INTO t VALUES (9);"),
    ];
    Story { name: "all ways", files: files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).to_vec() }
}
