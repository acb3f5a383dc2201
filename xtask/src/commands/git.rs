//! What git knows of a folder: its index, and the branch that migrations are merged into. Plumbing only, so that no setting of the user's
//! changes what is read.

use super::files::shown;
use crate::check::{Base, Branch, Edited};
use crate::diagnostic::{Diagnostic, Level};
use crate::exit::{Exit, Failure};
use crate::migration::{Name, SourceFile};
use std::path::Path;
use xshell::{Cmd, Shell, cmd};

/// The branch `base` beside `folder`, whose staged files are looked at instead of the work tree's where `staged` says so.
pub(super) fn base(folder: &Path, base: &str, staged: bool) -> Base {
    read_base(folder, base, staged).unwrap_or_else(|why| Base::Unknown(Box::new(why)))
}

fn read_base(folder: &Path, base: &str, staged: bool) -> Result<Base, Diagnostic> {
    let sh = shell(folder).map_err(|why| unknown(base, &why))?;
    if read(cmd!(sh, "git rev-parse --is-inside-work-tree")).is_none() {
        return Err(unknown(base, "the migrations are in no git repository"));
    }
    let commit = format!("{base}^{{commit}}");
    let Some(tip) = read(cmd!(sh, "git rev-parse --verify --quiet --end-of-options {commit}")) else {
        return Err(no_ref(&sh, base));
    };
    // Without a common ancestor (a shallow clone, a branch without commits) the tip itself is what there is to compare with.
    let fork = read(cmd!(sh, "git merge-base {tip} HEAD")).unwrap_or_else(|| tip.clone());
    let names = |commit: &str| names(&sh, commit);
    let now = names(&tip);
    let at_fork = if fork == tip { now.clone() } else { names(&fork) };
    let changed = changes(&sh, &fork, staged);
    let is_here = |name: &Name| changed.iter().all(|(status, it)| !(*status == 'D' && it == name));
    let removed = at_fork.iter().filter(|name| !is_here(name) && now.contains(name)).cloned().collect();
    let edits = changed.into_iter().filter(|(status, name)| *status != 'D' && at_fork.contains(name));
    let edited = edits.filter_map(|(_, name)| {
        let file = format!("{name}.sql");
        let before = read_raw(cmd!(sh, "git cat-file blob {tip}:./{file}"))?;
        Some(Edited { name, before })
    });
    Ok(Base::Known(Branch { name: base.to_owned(), edited: edited.collect(), removed, names: now }))
}

fn shell(folder: &Path) -> Result<Shell, String> {
    let sh = Shell::new().map_err(|error| format!("the current folder is gone: {error}"))?;
    sh.change_dir(folder);
    Ok(sh)
}

/// What a command prints, without the last line end; nothing where it fails.
fn read(command: Cmd<'_>) -> Option<String> {
    command.quiet().ignore_stderr().read().ok()
}

fn read_raw(command: Cmd<'_>) -> Option<String> {
    let output = command.quiet().ignore_stderr().output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn names(sh: &Shell, commit: &str) -> Vec<Name> {
    let listed = read(cmd!(sh, "git ls-tree -z --name-only {commit} ./")).unwrap_or_default();
    listed.split('\0').filter_map(Name::parse).collect()
}

/// What was done to the files of the folder since `commit`: a letter and a migration.
fn changes(sh: &Shell, commit: &str, staged: bool) -> Vec<(char, Name)> {
    let cached = staged.then_some("--cached");
    let listed = read(cmd!(sh, "git diff-index -z --name-status --no-renames --relative {cached...} {commit} -- ./")).unwrap_or_default();
    let mut words = listed.split('\0');
    let mut found = Vec::new();
    while let (Some(status), Some(file)) = (words.next(), words.next()) {
        found.extend(status.chars().next().zip(Name::parse(file)));
    }
    found
}

fn unknown(base: &str, why: &str) -> Diagnostic {
    Diagnostic::error("no-base", format!("{why}: nothing is compared with {base}")).level(Level::Info)
}

fn no_ref(sh: &Shell, base: &str) -> Diagnostic {
    let is_shallow = read(cmd!(sh, "git rev-parse --is-shallow-repository")).as_deref() == Some("true");
    let (why, cure) = if is_shallow {
        (
            format!("git does not know `{base}` in this shallow clone"),
            "fetch it (`git fetch --unshallow`, or `fetch-depth: 0` in the workflow)",
        )
    } else {
        (
            format!("git does not know `{base}`"),
            "fetch it (`git fetch origin main`), name another with `--base REF`, or set `[migrations] base` in xtask.toml",
        )
    };
    unknown(base, &why).hint(cure)
}

/// The staged files below `folder`, straight in it or also in its folders, with paths as the user would name them.
///
/// # Errors
/// Git does not answer, or a file is in conflict.
pub(super) fn staged(folder: &Path, deep: bool) -> Result<Vec<SourceFile>, Failure> {
    let no_git = |why: String| {
        let hint = "run it inside of a git repository, or without `--staged`";
        Failure::new(Exit::Usage, Diagnostic::error("no-git", format!("cannot read what is staged: {why}")).hint(hint))
    };
    let sh = shell(folder).map_err(no_git)?;
    let listed = cmd!(sh, "git ls-files --stage -z ./").quiet().ignore_stderr().read().map_err(|error| no_git(error.to_string()))?;
    let entries: Vec<(&str, &str)> = listed.split('\0').filter_map(|line| line.split_once('\t')).collect();
    let prefix = shown(folder);
    let mut objects = Vec::new();
    for (about, path) in entries.into_iter().filter(|(_, path)| deep || !path.contains('/')) {
        let path = format!("{}/{path}", prefix.trim_end_matches('/'));
        // Mode, object, stage; a stage other than 0 is one side of a conflict.
        let words: Vec<&str> = about.split(' ').collect();
        let [_, object, stage] = words.as_slice() else { continue };
        if *stage != "0" {
            let diagnostic = Diagnostic::error("unmerged-file", format!("`{path}` is in conflict")).hint("settle it and `git add` it");
            return Err(Failure::new(Exit::Usage, diagnostic));
        }
        objects.push(((*object).to_owned(), path));
    }
    let ids: String = objects.iter().map(|(object, _)| format!("{object}\n")).collect();
    let output = cmd!(sh, "git cat-file --batch").stdin(ids).quiet().ignore_stderr().output().map_err(|error| no_git(error.to_string()))?;
    Ok(blobs(&output.stdout).zip(objects).map(|(bytes, (_, path))| SourceFile { path, bytes: bytes.to_vec() }).collect())
}

/// The contents that `git cat-file --batch` prints: a line with the size, the bytes, a line end.
fn blobs(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let line_end = rest.iter().position(|byte| *byte == b'\n')?;
        let size: usize = std::str::from_utf8(&rest[..line_end]).ok()?.rsplit(' ').next()?.parse().ok()?;
        let blob = rest.get(line_end + 1..line_end + 1 + size)?;
        rest = rest.get(line_end + 2 + size..).unwrap_or_default();
        Some(blob)
    })
}
