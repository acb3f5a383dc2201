//! Reading the folder of the desired state.

use super::files::shown;
use crate::context::Context;
use crate::desired::Desired;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::migration::SourceFile;
use std::path::{Path, PathBuf};

/// The desired state as the files say.
pub(super) fn load(ctx: &Context) -> Result<Desired, Failure> {
    Desired::read(read(ctx)?).map_err(|diagnostics| Failure { exit: Exit::Usage, diagnostics })
}

/// Every SQL file of the folder, those of folders in it included.
pub(super) fn read(ctx: &Context) -> Result<Vec<SourceFile>, Failure> {
    let folder = ctx.config.folder("schema.dir");
    let mut paths = Vec::new();
    collect(&folder, &mut paths).map_err(|error| unreadable(&folder, &error))?;
    paths.sort();
    let read = |path: &PathBuf| {
        let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
        Ok(SourceFile { path: shown(path), bytes })
    };
    paths.iter().map(read).collect()
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let hint = "write the desired state there as SQL files (`cargo xtask db dump` does it from a database), or name the folder with `[schema] dir` in xtask.toml";
    let message = format!("failed to read `{}`: {error}", shown(path));
    Failure::new(Exit::Usage, Diagnostic::error("no-schema", message).hint(hint))
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !is_hidden {
            collect(&path, paths)?;
        } else if !is_hidden && path.extension().is_some_and(|it| it == "sql") {
            paths.push(path);
        }
    }
    Ok(())
}
