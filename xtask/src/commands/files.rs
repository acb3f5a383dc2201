//! Reading the migrations folder.

use crate::context::Context;
use crate::diagnostic::{Diagnostic, Location};
use crate::exit::{Exit, Failure};
use crate::migration::set::is_other_file;
use crate::migration::{Lockfile, MigrationSet, Numbering, SourceFile, lockfile};
use std::path::Path;

/// All migrations.
pub(super) fn load(ctx: &Context) -> Result<MigrationSet, Failure> {
    MigrationSet::from_files(read(ctx)?, numbering(ctx)).map_err(|diagnostics| Failure { exit: Exit::Usage, diagnostics })
}

/// The files that should be migrations.
pub(super) fn read(ctx: &Context) -> Result<Vec<SourceFile>, Failure> {
    read_folder(&ctx.config.folder("migrations.dir"), ctx.config.text("migrations.seeds"))
}

/// How migrations are numbered here.
pub(super) fn numbering(ctx: &Context) -> Numbering {
    if ctx.config.text("migrations.numbering") == "timestamp" { Numbering::Timestamp } else { Numbering::Sequential }
}

/// The files of `folder` that may be migrations; a folder in it is none, the seeds' and hidden ones are expected.
pub(super) fn read_folder(folder: &Path, seeds: &str) -> Result<Vec<SourceFile>, Failure> {
    let shown = shown(folder);
    let unreadable = |path: &str, error: std::io::Error| {
        let hint = "name the folder with `--migrations DIR` or `[migrations] dir` in xtask.toml, or make it with `cargo xtask db new NAME`";
        Failure::new(Exit::Usage, Diagnostic::error("unreadable-file", format!("failed to read `{path}`: {error}")).hint(hint))
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(&shown, error))? {
        let entry = entry.map_err(|error| unreadable(&shown, error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_other_file(&name) || name == seeds {
            continue;
        }
        names.push((name, entry.path()));
    }
    names.sort();
    let read = |(name, path): (String, std::path::PathBuf)| {
        let shown = format!("{}/{name}", shown.trim_end_matches('/'));
        match std::fs::read(&path) {
            Ok(bytes) => Ok(SourceFile { path: shown, bytes }),
            Err(_) if path.is_dir() => Err(stray_folder(&shown)),
            Err(error) => Err(unreadable(&shown, error)),
        }
    };
    names.into_iter().map(read).collect()
}

/// Every file below `folder`, hidden folders left out.
pub(super) fn read_tree(folder: &Path) -> Result<Vec<SourceFile>, Failure> {
    let unreadable = |path: &Path, error: std::io::Error| {
        let message = format!("failed to read `{}`: {error}", shown(path));
        Failure::new(Exit::Usage, Diagnostic::error("unreadable-file", message).hint("make it readable, or move it elsewhere"))
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !is_hidden {
            files.extend(read_tree(&path)?);
        } else if path.is_file() {
            let bytes = std::fs::read(&path).map_err(|error| unreadable(&path, error))?;
            files.push(SourceFile { path: shown(&path), bytes });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// `migrations.lock` of `folder`, where there is one.
pub(super) fn read_lock(folder: &Path) -> Option<SourceFile> {
    let path = folder.join(lockfile::NAME);
    let bytes = std::fs::read(&path).ok()?;
    Some(SourceFile { path: shown(&path), bytes })
}

/// Changes the lines of `migrations.lock`, where there is one.
pub(super) fn update_lock(folder: &Path, change: impl FnOnce(&mut Lockfile)) -> Result<(), Failure> {
    let Some(file) = read_lock(folder) else { return Ok(()) };
    let mut lock = Lockfile::parse(&String::from_utf8_lossy(&file.bytes));
    change(&mut lock);
    std::fs::write(folder.join(lockfile::NAME), lock.render()).map_err(|error| {
        let diagnostic = Diagnostic::error("unwritable-file", format!("failed to write `{}`: {error}", file.path));
        Failure::new(Exit::Usage, diagnostic.hint("make it writable, then run `cargo xtask db check --write`"))
    })
}

/// Whether `folder` is not there, or holds nothing but hidden files.
pub(super) fn is_vacant(folder: &Path) -> bool {
    let is_hidden = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with('.');
    !folder.exists() || std::fs::read_dir(folder).is_ok_and(|mut entries| entries.all(|it| it.is_ok_and(is_hidden)))
}

fn stray_folder(path: &str) -> Failure {
    let diagnostic = Diagnostic::error("bad-name", "a folder is no migration")
        .at(Location::file(path))
        .hint("put its SQL into a file `NNNN_words.sql`, or move the folder elsewhere");
    Failure::new(Exit::Usage, diagnostic)
}

/// A path as the user would name it: relative to where they are, if it lies below.
pub(super) fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let relative = path.strip_prefix(&here).unwrap_or(path);
    if relative.as_os_str().is_empty() { ".".to_owned() } else { relative.display().to_string() }
}
