//! `cargo xtask init DIR`

use super::files::shown;
use crate::cli::{Format, Init};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::init::{Facts, Library, NewFile, alias, files};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What is to be done about one file.
enum State {
    Missing,
    Same,
    /// There is another text in it, which stays.
    Other,
}

pub(super) fn run(ctx: &Context, args: &Init) -> anyhow::Result<Exit> {
    let root = repository(&args.dir)?;
    let facts = Facts {
        library: library(&root, args.library.as_deref())?,
        has_manifest: has_foreign_manifest(&root),
        image: ctx.config.text("server.image").to_owned(),
    };
    let planned: Vec<(NewFile, State)> =
        files(&facts).into_iter().map(|file| (state(&root, &file), file)).map(|(state, file)| (file, state)).collect();
    refuse_other_xtask(&root, &planned)?;
    planned.iter().for_each(|(file, state)| tell(ctx, file, state, args.dry_run));
    if !args.dry_run {
        planned.iter().filter(|(_, state)| matches!(state, State::Missing)).try_for_each(|(file, _)| write(&root, file))?;
    }
    say_what_is_next(ctx, &facts, &planned, args.dry_run);
    Ok(Exit::Done)
}

/// The root of the git repository that `dir` is.
fn repository(dir: &Path) -> Result<PathBuf, Failure> {
    let refuse = |message: String, hint: &str| Failure::new(Exit::Usage, Diagnostic::error("no-repository", message).hint(hint));
    let root =
        dir.canonicalize().map_err(|error| refuse(format!("failed to enter `{}`: {error}", dir.display()), "name a folder that exists"))?;
    if root.join(".git").exists() {
        return Ok(root);
    }
    let above = root.ancestors().skip(1).find(|it| it.join(".git").exists());
    Err(match above {
        Some(above) => refuse(
            format!("`{}` is not the root of its git repository", dir.display()),
            &format!("name the root: `cargo xtask init {}`", above.display()),
        ),
        None => refuse(
            format!("`{}` is no git repository", dir.display()),
            "run `git init` there first: migrations are compared with what git has",
        ),
    })
}

/// How to depend on this library: as told, else in the way that this program itself was built from.
fn library(root: &Path, told: Option<&str>) -> Result<Library, Failure> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let told = told.map(Library::parse);
    let path = match told {
        Some(Library::Path(path)) => PathBuf::from(path),
        Some(library) => return Ok(library),
        // A copy of the registry's or of git's that cargo keeps: no place to depend on.
        None if !here.join("Cargo.toml").is_file()
            || here.ancestors().any(|it| it.ends_with("registry/src") || it.ends_with("git/checkouts")) =>
        {
            return Ok(Library::Version(env!("CARGO_PKG_VERSION").to_owned()));
        }
        None => here.to_owned(),
    };
    let package = path
        .canonicalize()
        .ok()
        .filter(|it| std::fs::read_to_string(it.join("Cargo.toml")).is_ok_and(|it| it.contains("name = \"migrate-first\"")));
    let package = package.ok_or_else(|| {
        let diagnostic = Diagnostic::error("no-library", format!("`{}` does not hold the package migrate-first", path.display()));
        Failure::new(Exit::Usage, diagnostic.hint("name the folder of its Cargo.toml, a git address or a version with `--library`"))
    })?;
    Ok(Library::Path(relative(&root.join("xtask"), &package)))
}

/// The way from one folder to another, both absolute.
fn relative(from: &Path, to: &Path) -> String {
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.components().count() - common);
    let down = to.components().skip(common).map(|it| it.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// Whether the repository has a `Cargo.toml` that is not the one of an earlier `init`.
fn has_foreign_manifest(root: &Path) -> bool {
    let ours = "[workspace]\nmembers = [\"xtask\"]\nresolver = \"3\"\n";
    std::fs::read_to_string(root.join("Cargo.toml")).is_ok_and(|text| !text.starts_with(ours))
}

fn state(root: &Path, file: &NewFile) -> State {
    match std::fs::read_to_string(root.join(file.path)) {
        Ok(text) if text == file.text => State::Same,
        Ok(_) => State::Other,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => State::Missing,
        Err(_) => State::Other,
    }
}

/// A repository that has an `xtask` of its own keeps it: whoever wrote it adds one line there.
fn refuse_other_xtask(root: &Path, planned: &[(NewFile, State)]) -> Result<(), Failure> {
    let is_ours = |text: &str| text.contains("migrate-first") || text.contains("migrate_first");
    let other = planned.iter().filter(|(file, state)| file.path.starts_with("xtask/") && matches!(state, State::Other));
    let foreign: Vec<&str> =
        other.map(|(file, _)| file.path).filter(|path| !std::fs::read_to_string(root.join(path)).is_ok_and(|it| is_ours(&it))).collect();
    if foreign.is_empty() {
        return Ok(());
    }
    let diagnostic = Diagnostic::error("has-xtask", format!("this repository has an xtask of its own: {}", foreign.join(", ")))
        .note("nothing was written")
        .hint("add `migrate-first` to its dependencies and call `migrate_first::main_with`, which takes its commands beside ours");
    Err(Failure::new(Exit::Usage, diagnostic))
}

fn tell(ctx: &Context, file: &NewFile, state: &State, dry_run: bool) {
    let word = match state {
        State::Missing if dry_run => "would write",
        State::Missing => "writes",
        State::Same => "is there",
        State::Other => "stays",
    };
    match ctx.ui.format {
        Format::Json => ctx.ui.json(&json!({"type": "file", "file": file.path, "state": word, "text": file.text})),
        _ => ctx.ui.data(&format!("{word:<11}  {}", file.path)),
    }
}

fn write(root: &Path, file: &NewFile) -> Result<(), Failure> {
    let path = root.join(file.path);
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, &file.text));
    made.map_err(|error| {
        let diagnostic = Diagnostic::error("cannot-write", format!("failed to write `{}`: {error}", shown(&path)));
        Failure::new(Exit::Usage, diagnostic.hint("make the folder writable and run `cargo xtask init` again: it goes on where it stopped"))
    })
}

fn say_what_is_next(ctx: &Context, facts: &Facts, planned: &[(NewFile, State)], dry_run: bool) {
    let stays = |path: &str| planned.iter().any(|(file, state)| file.path == path && matches!(state, State::Other));
    if stays(".cargo/config.toml") {
        ctx.ui.say(&format!(".cargo/config.toml stays as it is; put this below its [alias]: xtask = \"{}\"", alias(facts)));
    }
    if dry_run {
        ctx.ui.say("nothing was written");
    } else if planned.iter().any(|(_, state)| matches!(state, State::Missing)) {
        ctx.ui.say("next: `cargo xtask db new create_something`, or `cargo xtask db adopt` with another tool's migrations");
    } else {
        ctx.ui.say("nothing to do: everything is there");
    }
}
