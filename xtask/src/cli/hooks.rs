//! `cargo xtask hooks …`, and `hook …` which the hooks call.

use clap::{Subcommand, ValueEnum};

/// The verbs.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Hooks {
    /// Let git check migrations before each commit; hooks that are there already are kept and called first
    Install,
    /// Give git back the hooks that were there before
    Uninstall,
    /// Say whether the hooks are installed; exit 1 when they are not, or not as this version writes them
    Status,
}

/// A hook of git's that has work for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Hook {
    /// Before a commit
    PreCommit,
    /// Before a merge makes its commit
    PreMergeCommit,
}
