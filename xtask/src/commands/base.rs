//! What the base branch has, from git.

use crate::migration::Name;
use std::path::Path;
use xshell::{Shell, cmd};

/// The migrations that `folder` has on the branch `base`; nothing where git does not know it.
pub(super) fn names(folder: &Path, base: &str) -> anyhow::Result<Option<Vec<Name>>> {
    let sh = Shell::new()?;
    sh.change_dir(folder);
    let listed = cmd!(sh, "git ls-tree --name-only {base} ./").quiet().ignore_stderr().read();
    Ok(listed.ok().map(|listed| listed.lines().filter_map(Name::parse).collect()))
}
