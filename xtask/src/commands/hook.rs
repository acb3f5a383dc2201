//! `cargo xtask hook pre-commit`, which the shim calls: `db check --staged`, and a word on what to do when it says no.

use crate::context::Context;
use crate::exit::Exit;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a commit waits for: what takes well under a second. The rest is for `cargo xtask ci`.
const ARGUMENTS: &[&str] = &["db", "check", "--staged", "--only", "files,lint,drift"];

pub(super) fn run(ctx: &Context) -> anyhow::Result<Exit> {
    let mut check = Command::new(std::env::current_exe()?);
    check.args(ARGUMENTS).current_dir(&ctx.config.root);
    // Git tells its hooks where it works relative to the top of the work tree; from another folder these would lead astray.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX"] {
        check.env_remove(name);
    }
    if let Some(index) = std::env::var_os("GIT_INDEX_FILE") {
        check.env("GIT_INDEX_FILE", top(&ctx.config.root).join(index));
    }
    let status = check.status()?;
    if status.success() {
        return Ok(Exit::Done);
    }
    ctx.ui.say("nothing was committed; `cargo xtask db check --staged` shows this again, `git commit --no-verify` passes it by");
    let all = [Exit::No, Exit::Usage, Exit::NoServer, Exit::Failed, Exit::LockBusy, Exit::Interrupted];
    Ok(all.into_iter().find(|exit| status.code() == Some(i32::from(exit.code()))).unwrap_or(Exit::Usage))
}

/// The top of the work tree: the nearest folder that has a `.git`.
fn top(root: &Path) -> PathBuf {
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    root.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(&root).to_owned()
}
