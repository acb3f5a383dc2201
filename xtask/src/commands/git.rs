//! What git knows of a folder: its index, and the branch that migrations are merged into. Plumbing only, so that no setting of the user's
//! changes what is read.

use super::files::shown;
use crate::check::{Base, Branch, BranchFiles, Edited};
use crate::diagnostic::{Diagnostic, Level};
use crate::exit::{Exit, Failure};
use crate::migration::set::is_other_file;
use crate::migration::{Name, SourceFile};
use std::path::Path;
use xshell::{Cmd, Shell, cmd};

/// The branch `base` beside `folder`, whose staged files are looked at instead of the work tree's where `staged` says so.
pub(super) fn base(folder: &Path, base: &str, staged: bool) -> Base {
    read_base(folder, base, staged).unwrap_or_else(|why| Base::Unknown(Box::new(why)))
}

/// The migrations that `folder` has on the branch `base`.
///
/// # Errors
/// Why git does not know them, as a note.
pub(super) fn names(folder: &Path, base: &str) -> Result<Vec<Name>, Diagnostic> {
    open(folder, base).map(|(sh, tip)| names_at(&sh, &tip))
}

/// The files of `folder` on `branch`: its migrations, and the sample data in its folder `seeds`.
///
/// # Errors
/// Git does not answer.
pub(super) fn files(folder: &Path, branch: &Branch, seeds: &str) -> Result<BranchFiles, Failure> {
    let no_git = |why: String| {
        let message = format!("cannot read the migrations of {}: {why}", branch.name);
        Failure::new(Exit::Usage, Diagnostic::error("no-git", message).hint("see what `git fsck` says, or fetch the branch anew"))
    };
    let sh = shell(folder).map_err(no_git)?;
    let tip = &branch.tip;
    let listed = cmd!(sh, "git ls-tree -r -z {tip} ./").quiet().ignore_stderr().read().map_err(|error| no_git(error.to_string()))?;
    let prefix = format!("{}:{}", branch.name, shown(folder).trim_end_matches('/'));
    // Mode, type, object; a tabulator; the path.
    let entry = |line: &str| {
        let (about, path) = line.split_once('\t')?;
        Some((about.split(' ').nth(2)?.to_owned(), format!("{prefix}/{path}")))
    };
    let below = |folder: &str, path: &str| {
        let rest = path.strip_prefix(folder)?.strip_prefix('/')?;
        (!rest.contains('/') && !is_other_file(rest)).then_some(())
    };
    let seeds = format!("{prefix}/{seeds}");
    let wanted = listed.split('\0').filter_map(entry).filter(|(_, path)| below(&prefix, path).or(below(&seeds, path)).is_some());
    let files = contents(&sh, wanted.collect()).map_err(no_git)?;
    let (seeds, migrations) = files.into_iter().partition(|it| below(&seeds, &it.path).is_some());
    Ok(BranchFiles { migrations, seeds })
}

fn read_base(folder: &Path, base: &str, staged: bool) -> Result<Base, Diagnostic> {
    let (sh, tip) = open(folder, base)?;
    let ancestor = read(cmd!(sh, "git merge-base {tip} HEAD"));
    let is_cut = ancestor.is_none() && is_shallow(&sh);
    // Without a common ancestor (a shallow clone, a branch without commits) the tip itself is what there is to compare with.
    let fork = ancestor.unwrap_or_else(|| tip.clone());
    let now = names_at(&sh, &tip);
    let at_fork = if fork == tip { now.clone() } else { names_at(&sh, &fork) };
    let changed = changes(&sh, &fork, staged);
    let is_here = |name: &Name| changed.iter().all(|(status, it)| !(*status == 'D' && it == name));
    // In a shallow clone, what the base branch got since looks as if it were removed here.
    let removed = at_fork.iter().filter(|name| !is_cut && !is_here(name) && now.contains(name)).cloned().collect();
    let edits = changed.into_iter().filter(|(status, name)| *status != 'D' && at_fork.contains(name));
    let edited = edits.filter_map(|(_, name)| {
        let file = format!("{name}.sql");
        let before = read_raw(cmd!(sh, "git cat-file blob {tip}:./{file}"))?;
        Some(Edited { name, before })
    });
    let remark = is_cut.then(|| Box::new(shallow(base)));
    Ok(Base::Known(Branch { name: base.to_owned(), edited: edited.collect(), removed, names: now, tip, remark }))
}

/// Git in `folder`, and the commit that `base` stands at.
fn open(folder: &Path, base: &str) -> Result<(Shell, String), Diagnostic> {
    let sh = shell(folder).map_err(|why| unknown(base, &why))?;
    let commit = format!("{base}^{{commit}}");
    if let Some(tip) = read(cmd!(sh, "git rev-parse --verify --quiet --end-of-options {commit}")) {
        return Ok((sh, tip));
    }
    Err(why_unknown(&sh, base))
}

/// What keeps git from knowing `base`.
fn why_unknown(sh: &Shell, base: &str) -> Diagnostic {
    match cmd!(sh, "git rev-parse --is-inside-work-tree").quiet().ignore_status().output() {
        Err(_) => unknown(base, "git cannot be run").hint("install git, or give its folder in PATH, to have them compared"),
        Ok(output) if !output.status.success() => no_repository(base, &String::from_utf8_lossy(&output.stderr)),
        Ok(_) => no_ref(sh, base),
    }
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

fn names_at(sh: &Shell, commit: &str) -> Vec<Name> {
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

fn is_shallow(sh: &Shell) -> bool {
    read(cmd!(sh, "git rev-parse --is-shallow-repository")).as_deref() == Some("true")
}

fn unknown(base: &str, why: &str) -> Diagnostic {
    Diagnostic::error("no-base", format!("{why}: nothing is compared with {base}")).level(Level::Info)
}

fn no_repository(base: &str, said: &str) -> Diagnostic {
    if said.contains("not a git repository") {
        let hint = "run it in a clone of the repository (`git init` makes one) to have them compared";
        return unknown(base, "the migrations are in no git repository").hint(hint);
    }
    // Such as a folder of another user's, which git refuses to read and says how to allow.
    let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let first = said.first().map_or("no reason given", |line| line.trim_start_matches("fatal: "));
    let diagnostic = unknown(base, &format!("git refuses to read the repository ({first})"));
    said.iter().skip(1).fold(diagnostic, |diagnostic, line| diagnostic.note(*line)).hint("do what git says, and run it again")
}

fn no_ref(sh: &Shell, base: &str) -> Diagnostic {
    let remotes = read(cmd!(sh, "git remote")).unwrap_or_default();
    let other = "name another with `--base REF`, or set `[migrations] base` in xtask.toml";
    let (what, hint) = match base.split_once('/') {
        Some((remote, branch)) if remotes.lines().all(|it| it != remote) => (
            format!("git does not know `{base}`, and this repository has no remote `{remote}`"),
            format!("add it and fetch (`git remote add {remote} URL`, `git fetch {remote} {branch}`), {other}"),
        ),
        // A clone of one branch fetches that one alone, unless it is told where another one goes.
        Some((remote, branch)) if is_shallow(sh) => (
            format!("git does not know `{base}` in this shallow clone"),
            format!("fetch it (`git fetch --unshallow {remote} +{branch}:refs/remotes/{base}`, or `fetch-depth: 0` in the workflow)"),
        ),
        Some((remote, branch)) => {
            (format!("git does not know `{base}`"), format!("fetch it (`git fetch {remote} +{branch}:refs/remotes/{base}`), {other}"))
        }
        None => (format!("git does not know `{base}`"), format!("fetch it (`git fetch origin {base}:{base}`), {other}")),
    };
    unknown(base, &what).hint(hint)
}

/// Said where the commit is not there at which this branch left the base branch.
fn shallow(base: &str) -> Diagnostic {
    let message = format!("this shallow clone ends before the commit at which this branch left {base}: compared with what {base} has now");
    Diagnostic::error("shallow-clone", message)
        .level(Level::Info)
        .note("whether a migration was removed here is not judged")
        .hint("fetch the rest (`git fetch --unshallow`, or `fetch-depth: 0` in the workflow)")
}

/// The staged files below `folder`, straight in it or also in its folders, with paths as the user would name them.
///
/// # Errors
/// Git does not answer, or a file is in conflict.
pub(super) fn staged(folder: &Path, deep: bool) -> Result<Vec<SourceFile>, Failure> {
    let no_git = |why: String| {
        let hint = "run it inside of a git repository, or `cargo xtask db check` without `--staged`";
        Failure::new(Exit::Usage, Diagnostic::error("no-git", format!("cannot read what is staged: {why}")).hint(hint))
    };
    let sh = shell(folder).map_err(no_git)?;
    let output = cmd!(sh, "git ls-files --stage -z ./").quiet().ignore_status().output();
    let output = output.map_err(|_| no_git("git cannot be run".to_owned()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(no_git(said.lines().next().unwrap_or("git gives no reason").trim_start_matches("fatal: ").to_owned()));
    }
    let listed = String::from_utf8_lossy(&output.stdout);
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
    contents(&sh, objects).map_err(no_git)
}

/// The files whose objects and paths are given, in one exchange with git.
fn contents(sh: &Shell, objects: Vec<(String, String)>) -> Result<Vec<SourceFile>, String> {
    let ids: String = objects.iter().map(|(object, _)| format!("{object}\n")).collect();
    let output = cmd!(sh, "git cat-file --batch").stdin(ids).quiet().ignore_stderr().output().map_err(|error| error.to_string())?;
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
