//! `cargo xtask init DIR`

mod facts;

use super::files::shown;
use crate::cli::{Format, Init};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::init::{Facts, Library, NewFile, alias, files};
use serde_json::json;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// What is to be done about one file.
enum State {
    Missing,
    Same,
    /// There is another text in it, which stays.
    Other,
    /// The repository has the same under another name.
    Elsewhere(&'static str),
}

pub(super) fn run(ctx: &Context, args: &Init) -> anyhow::Result<Exit> {
    let root = facts::repository(&args.dir)?;
    let facts = facts::of(&root, args)?;
    let planned: Vec<(NewFile, State)> = files(&facts).into_iter().map(|file| (state(&root, &file), file)).map(|(a, b)| (b, a)).collect();
    refuse_other_xtask(&root, &planned)?;
    planned.iter().for_each(|(file, state)| tell(ctx, file, state, args.dry_run));
    if !args.dry_run {
        planned.iter().filter(|(_, state)| matches!(state, State::Missing)).try_for_each(|(file, _)| write(&root, file))?;
    }
    say_what_stays(ctx, &facts, &planned);
    say_what_is_next(ctx, &planned, args.dry_run);
    Ok(Exit::Done)
}

fn state(root: &Path, file: &NewFile) -> State {
    if let Some(other) = file.also.iter().find(|it| root.join(it).exists()) {
        return State::Elsewhere(other);
    }
    match std::fs::read_to_string(root.join(&file.path)) {
        Ok(text) if text == file.text => State::Same,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => State::Missing,
        _ => State::Other,
    }
}

/// A repository that has an `xtask` of its own keeps it: whoever wrote it adds one line there.
fn refuse_other_xtask(root: &Path, planned: &[(NewFile, State)]) -> Result<(), Failure> {
    let is_ours = |text: &str| text.contains("migrate-first") || text.contains("migrate_first");
    let is_crate = |path: &str| ["xtask/Cargo.toml", "xtask/src/main.rs"].contains(&path);
    let other = planned.iter().filter(|(file, state)| is_crate(&file.path) && matches!(state, State::Other));
    let foreign: Vec<&str> = other
        .map(|(file, _)| file.path.as_str())
        .filter(|path| !std::fs::read_to_string(root.join(path)).is_ok_and(|it| is_ours(&it)))
        .collect();
    if foreign.is_empty() {
        return Ok(());
    }
    let diagnostic = Diagnostic::error("has-xtask", format!("this repository has an xtask of its own: {}", foreign.join(", ")))
        .note("nothing was written")
        .hint("add `migrate-first` to its dependencies and call `migrate_first::main_with`, which takes its commands beside ours");
    Err(Failure::new(Exit::Usage, diagnostic))
}

fn tell(ctx: &Context, file: &NewFile, state: &State, dry_run: bool) {
    let (word, path) = match state {
        State::Missing if dry_run => ("would write", file.path.as_str()),
        State::Missing => ("writes", file.path.as_str()),
        State::Same => ("is there", file.path.as_str()),
        State::Other => ("stays", file.path.as_str()),
        State::Elsewhere(other) => ("stays", *other),
    };
    match ctx.ui.format {
        Format::Json => ctx.ui.json(&json!({"type": "file", "file": path, "state": word, "text": file.text})),
        _ => ctx.ui.data(&format!("{word:<11}  {path}")),
    }
}

fn write(root: &Path, file: &NewFile) -> Result<(), Failure> {
    let path = root.join(&file.path);
    let create = || {
        std::fs::create_dir_all(path.parent().unwrap_or(root))?;
        std::fs::File::create_new(&path)?.write_all(file.text.as_bytes())?;
        let mode = if file.executable { 0o755 } else { 0o644 };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))
    };
    create().map_err(|error| {
        let diagnostic = Diagnostic::error("cannot-write", format!("failed to write `{}`: {error}", shown(&path)));
        Failure::new(Exit::Usage, diagnostic.hint("make the folder writable and run `cargo xtask init` again: it goes on where it stopped"))
    })
}

/// What the user has to do by hand where a file of theirs stays.
fn say_what_stays(ctx: &Context, facts: &Facts, planned: &[(NewFile, State)]) {
    let stays = |path: &str| planned.iter().find(|(file, state)| file.path == path && matches!(state, State::Other | State::Elsewhere(_)));
    if stays(".cargo/config.toml").is_some() {
        ctx.ui.say(&format!(".cargo/config.toml stays as it is; put this below its [alias]: xtask = \"{}\"", alias(facts)));
    }
    if stays(".gitignore").is_some() {
        ctx.ui.say(".gitignore stays as it is; put this into it, for what cargo builds: target");
    }
    if stays("docker-compose.yml").is_some() {
        ctx.ui.say(
            "your Compose file stays as it is; for `cargo xtask docker` it needs a service `migrate` as docs/adopting.md of migrate-first shows it, \
             and the name docker-compose.yml",
        );
    }
    if matches!(&facts.library, Library::Path(path) if path.starts_with("../..")) {
        ctx.ui.say("an image is built from this repository alone: before `cargo xtask docker build`, give xtask/Cargo.toml the library by git or version");
    }
}

fn say_what_is_next(ctx: &Context, planned: &[(NewFile, State)], dry_run: bool) {
    if dry_run {
        ctx.ui.say("nothing was written");
    } else if planned.iter().any(|(_, state)| matches!(state, State::Missing)) {
        ctx.ui.say("next: `cargo xtask hooks install` lets git check migrations before each commit");
        ctx.ui.say(
            "      `cargo xtask db new create_something`, or with what there is: `cargo xtask db adopt DIR`, `cargo xtask db baseline`",
        );
        ctx.ui.say("      `cargo xtask ci` runs what a change must pass");
    } else {
        ctx.ui.say("nothing to do: everything is there");
    }
}
