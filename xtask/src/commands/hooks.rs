//! `cargo xtask hooks install|uninstall|status`

use crate::cli::hooks::Hooks;
use crate::config::Config;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::hooks::{KEPT, KNOWN, MARK, OURS, WAS, kept, shim};
use anyhow::Context as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use xshell::{Cmd, Shell, cmd};

/// Where the shims are, below `xtask.toml`.
const FOLDER: &str = ".github/hooks";

/// The git repository around the migrations.
struct Repository {
    sh: Shell,
    top: PathBuf,
    /// From the top to the folder of `xtask.toml`: nothing, or `sub/`.
    prefix: String,
    /// Git's own folder, which all worktrees share.
    common: PathBuf,
    /// What the shims watch, below the folder of `xtask.toml`.
    watched: Vec<String>,
}

pub(super) fn run(ctx: &Context, verb: Hooks) -> anyhow::Result<Exit> {
    let repository = Repository::open(ctx)?;
    match verb {
        Hooks::Install => repository.install(ctx),
        Hooks::Uninstall => repository.uninstall(ctx),
        Hooks::Status => Ok(repository.status(ctx)),
    }
}

impl Repository {
    fn open(ctx: &Context) -> anyhow::Result<Repository> {
        let sh = Shell::new()?;
        sh.change_dir(&ctx.config.root);
        let Some(top) = read(cmd!(sh, "git rev-parse --show-toplevel")) else {
            let message = format!("`{}` is in no git repository", ctx.config.root.display());
            let diagnostic = Diagnostic::error("no-git", message).note("nothing was changed");
            return Err(
                Failure::new(Exit::Usage, diagnostic.hint("run `git init` first, or work without hooks: `cargo xtask db check`")).into()
            );
        };
        let prefix = read(cmd!(sh, "git rev-parse --show-prefix")).unwrap_or_default();
        let common = sh.current_dir().join(read(cmd!(sh, "git rev-parse --git-common-dir")).unwrap_or_default());
        let common = common.canonicalize().with_context(|| format!("failed to find git's folder `{}`", common.display()))?;
        Ok(Repository { sh, top: PathBuf::from(top), prefix, common, watched: watched(&ctx.config) })
    }

    fn folder(&self) -> String {
        format!("{}{FOLDER}", self.prefix)
    }

    fn setting(&self, name: &str) -> Option<String> {
        read(cmd!(self.sh, "git config --get {name}")).filter(|value| !value.is_empty())
    }

    fn set(&self, name: &str, value: Option<&str>) -> anyhow::Result<()> {
        match value {
            Some(value) => cmd!(self.sh, "git config --local {name} {value}").quiet().run()?,
            // It may not be there.
            None => drop(read(cmd!(self.sh, "git config --local --unset-all {name}"))),
        }
        Ok(())
    }

    fn is_installed(&self) -> bool {
        self.setting("core.hooksPath").as_deref() == Some(&self.folder())
    }

    /// The shims with their text: ours, and one for each other hook that was there before.
    fn shims(&self) -> Vec<(&'static str, String)> {
        let kept_folder = self.setting(KEPT).map(PathBuf::from);
        let is_kept = |hook: &str| kept_folder.as_ref().is_some_and(|folder| is_executable(&folder.join(hook)));
        let ours = OURS.iter().map(|hook| (*hook, shim(hook, &self.prefix, &self.watched)));
        let others = KNOWN.iter().filter(|hook| !OURS.contains(hook) && is_kept(hook)).map(|hook| (*hook, kept(hook)));
        ours.chain(others).collect()
    }

    fn install(&self, ctx: &Context) -> anyhow::Result<Exit> {
        if !self.is_installed() {
            let local = read(cmd!(self.sh, "git config --local --get core.hooksPath")).filter(|it| !it.is_empty());
            self.set(WAS, local.as_deref())?;
            let before =
                self.setting("core.hooksPath").map_or_else(|| self.common.join("hooks"), |path| self.top.join(home_expanded(&path)));
            self.set(KEPT, Some(&before.display().to_string()))?;
        }
        let folder = self.top.join(self.folder());
        std::fs::create_dir_all(&folder).with_context(|| format!("failed to make `{}`", folder.display()))?;
        for (hook, text) in self.shims() {
            self.write(&folder.join(hook), &text)?;
            if !OURS.contains(&hook) {
                self.exclude(&format!("/{}/{hook}", self.folder()))?;
                ctx.ui.say(&format!("  kept       {hook}"));
            }
        }
        self.set("core.hooksPath", Some(&self.folder()))?;
        ctx.ui.say(&format!("  installed  {}; `git commit --no-verify` passes them by", OURS.join(", ")));
        Ok(Exit::Done)
    }

    fn write(&self, path: &Path, text: &str) -> anyhow::Result<()> {
        let shown = path.strip_prefix(&self.top).unwrap_or(path).display();
        if std::fs::read_to_string(path).is_ok_and(|old| !old.contains(MARK)) {
            let diagnostic =
                Diagnostic::error("foreign-hook", format!("`{shown}` is there and not written by this tool")).note("it was left as it is");
            return Err(Failure::new(
                Exit::Usage,
                diagnostic.hint("move it to .git/hooks, where it is kept and called, and install again"),
            )
            .into());
        }
        std::fs::write(path, text).with_context(|| format!("failed to write `{shown}`"))?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
            .with_context(|| format!("failed to make `{shown}` executable"))
    }

    /// A shim for a hook that only this clone has is nothing to commit.
    fn exclude(&self, line: &str) -> anyhow::Result<()> {
        let path = self.common.join("info/exclude");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        if text.lines().all(|it| it != line) {
            std::fs::create_dir_all(self.common.join("info"))?;
            let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            std::fs::write(&path, format!("{text}{gap}{line}\n")).with_context(|| format!("failed to write `{}`", path.display()))?;
        }
        Ok(())
    }

    fn uninstall(&self, ctx: &Context) -> anyhow::Result<Exit> {
        if !self.is_installed() {
            ctx.ui.say("nothing to do: the hooks are not installed");
            return Ok(Exit::Done);
        }
        let folder = self.top.join(self.folder());
        for (hook, _) in self.shims() {
            let path = folder.join(hook);
            let is_tracked = read(cmd!(self.sh, "git ls-files --error-unmatch {path}")).is_some();
            if !is_tracked && std::fs::read_to_string(&path).is_ok_and(|text| text.contains(MARK)) {
                std::fs::remove_file(&path).with_context(|| format!("failed to remove `{}`", path.display()))?;
            }
        }
        self.set("core.hooksPath", self.setting(WAS).as_deref())?;
        self.set(WAS, None)?;
        self.set(KEPT, None)?;
        ctx.ui.say("uninstalled; the hooks that were there before are git's again");
        Ok(Exit::Done)
    }

    fn status(&self, ctx: &Context) -> Exit {
        if !self.is_installed() {
            ctx.ui.data("not installed: `cargo xtask hooks install` lets git check migrations before each commit");
            return Exit::No;
        }
        let folder = self.top.join(self.folder());
        let old = |(hook, text): &(&'static str, String)| std::fs::read_to_string(folder.join(hook)).ok().as_ref() != Some(text);
        let mut exit = Exit::Done;
        for shim in self.shims() {
            let state = if old(&shim) { "missing or old: run `cargo xtask hooks install`" } else { "installed" };
            if old(&shim) {
                exit = Exit::No;
            }
            ctx.ui.data(&format!("{:<16}  {state}", shim.0));
        }
        if let Some(kept) = self.setting(KEPT) {
            ctx.ui.say(&format!("hooks that were there before are called from {kept}"));
        }
        exit
    }
}

/// What is looked at before a commit, below the folder of `xtask.toml`.
pub(super) fn watched(config: &Config) -> Vec<String> {
    let mut paths: Vec<String> =
        ["migrations.dir", "schema.dir"].iter().map(|key| config.text(key).trim_end_matches('/').to_owned()).collect();
    paths.push("xtask.toml".to_owned());
    paths
}

fn read(command: Cmd<'_>) -> Option<String> {
    command.quiet().ignore_stderr().read().ok()
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

/// Git allows `~/hooks` here.
fn home_expanded(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(path),
    }
}
