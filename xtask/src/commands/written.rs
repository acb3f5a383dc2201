//! Files that come to be together or not at all, with the lines of the migrations among them in `migrations.lock`.

use super::files;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::migration::{SourceFile, checksum, lockfile};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What was written, and how it was before.
#[derive(Debug)]
pub(super) struct Written {
    /// The new files.
    pub paths: Vec<PathBuf>,
    folder: PathBuf,
    lock: Option<SourceFile>,
}

/// Writes `migrations`, whose folder is `folder`, and `others`; none of them is there yet.
///
/// # Errors
/// A file that cannot be written; then none is left, and the lock is as it was.
pub(super) fn write(folder: &Path, migrations: &[SourceFile], others: &[SourceFile]) -> Result<Written, Failure> {
    let mut written = Written { paths: Vec::new(), folder: folder.to_owned(), lock: files::read_lock(folder) };
    let added = migrations.iter().chain(others).try_for_each(|file| written.add(file));
    let added = added.and_then(|()| {
        files::update_lock(folder, |lock| {
            migrations.iter().for_each(|it| lock.set(stem(it), &checksum(&String::from_utf8_lossy(&it.bytes))));
        })
    });
    match added {
        Ok(()) => Ok(written),
        Err(failure) => {
            written.undo();
            Err(failure)
        }
    }
}

impl Written {
    fn add(&mut self, file: &SourceFile) -> Result<(), Failure> {
        let path = PathBuf::from(&file.path);
        let mut create = || {
            std::fs::create_dir_all(path.parent().unwrap_or(&path))?;
            let mut new = std::fs::File::create_new(&path)?;
            // From here on it is ours to remove.
            self.paths.push(path.clone());
            new.write_all(&file.bytes)
        };
        create().map_err(|error| unwritable(&files::shown(&path), &error))
    }

    /// Takes everything back.
    pub(super) fn undo(&self) {
        self.paths.iter().for_each(|path| drop(std::fs::remove_file(path)));
        if let Some(lock) = &self.lock {
            drop(std::fs::write(self.folder.join(lockfile::NAME), &lock.bytes));
        }
    }
}

/// A file cannot be written, and so nothing was.
pub(super) fn unwritable(path: &str, error: &std::io::Error) -> Failure {
    let diagnostic = Diagnostic::error("unwritable-file", format!("failed to write `{path}`: {error}")).note("nothing was kept");
    Failure::new(Exit::Usage, diagnostic.hint("make the folder writable, or name another with `--migrations DIR`"))
}

/// A migration's full name.
fn stem(file: &SourceFile) -> &str {
    file.path.rsplit('/').next().unwrap_or(&file.path).trim_end_matches(".sql")
}
