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
    /// What kind of machine this is.
    pub surroundings: Surroundings,
}

/// What tells that this is not a developer's own machine. No setting and no flag changes it: it is what the machine says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The variable by which CI makes itself known.
    pub ci: Option<&'static str>,
    /// By what a container is known.
    pub container: Option<&'static str>,
}

impl Surroundings {
    /// Those of this process.
    #[must_use]
    pub fn read() -> Surroundings {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|it| !it.is_empty() && it != "false");
        Surroundings::told(&is_set, &|path| Path::new(path).exists())
    }

    /// Those that variables and files tell.
    fn told(is_set: &dyn Fn(&str) -> bool, exists: &dyn Fn(&str) -> bool) -> Surroundings {
        let container = ["/.dockerenv", "/run/.containerenv"].into_iter().find(|it| exists(it));
        Surroundings {
            ci: ["CI", "GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE"].into_iter().find(|it| is_set(it)),
            container: container.or_else(|| ["KUBERNETES_SERVICE_HOST", "container"].into_iter().find(|it| is_set(it))),
        }
    }
}

impl Context {
    /// From the command line, the environment and `xtask.toml`.
    ///
    /// # Errors
    /// What is wrong with a setting.
    pub fn new(global: &Global, limits: &Limits, surroundings: Surroundings) -> Result<Context, Failure> {
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
        Ok(Context { config, ui: Ui::new(global), global: global.clone(), surroundings })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_say_what_they_are() {
        let check = |set: &[&str], there: &[&str], ci, container| {
            let told = Surroundings::told(&|name| set.contains(&name), &|path| there.contains(&path));
            assert_eq!(told, Surroundings { ci, container });
        };
        check(&[], &[], None, None);
        check(&["CI"], &[], Some("CI"), None);
        check(&["GITLAB_CI"], &["/.dockerenv"], Some("GITLAB_CI"), Some("/.dockerenv"));
        check(&["KUBERNETES_SERVICE_HOST"], &[], None, Some("KUBERNETES_SERVICE_HOST"));
    }
}
