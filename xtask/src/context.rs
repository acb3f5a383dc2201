//! What every command gets first: where it runs, what it was told, and how to talk.

use crate::cli::Global;
use crate::cli::db::Limits;
use crate::config::Config;
use crate::exit::Failure;
use crate::ui::Ui;
use std::path::{Path, PathBuf};

/// The world of one command.
#[derive(Debug)]
pub struct Context {
    /// The settings.
    pub config: Config,
    /// How to talk.
    pub ui: Ui,
    /// The flags that hold for every command.
    pub global: Global,
}

impl Context {
    /// From the command line, the environment and `xtask.toml`.
    ///
    /// # Errors
    /// What is wrong with a setting.
    pub fn new(global: &Global, limits: &Limits) -> Result<Context, Failure> {
        let flags = |flag: &str| match flag {
            "--migrations" => global.migrations.as_ref().map(|path| path.display().to_string()),
            "--lock-timeout" => limits.lock_timeout.clone(),
            "--statement-timeout" => limits.statement_timeout.clone(),
            "--retries" => limits.retries.clone(),
            "--lock-wait" => limits.lock_wait.clone(),
            "--wait" => limits.wait.clone(),
            _ => None,
        };
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let config = Config::load(&root(), &flags, &variable)?;
        Ok(Context { config, ui: Ui::new(global), global: global.clone() })
    }
}

/// The repository's root: the nearest folder with an `xtask.toml`, seen from the package that cargo runs or from here; else the package's
/// workspace, else the current folder.
fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let start = package.clone().unwrap_or_else(|| here.clone());
    let found = start.ancestors().find(|folder| folder.join("xtask.toml").is_file()).map(Path::to_owned);
    found.or_else(|| package?.parent().map(Path::to_owned)).unwrap_or(here)
}
