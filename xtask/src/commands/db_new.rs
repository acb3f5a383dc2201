//! `cargo xtask db new`: the file of the next migration, by flags or by questions.

use super::{enum_change, files, guide};
use crate::cli::db::{New, NewKind};
use crate::cli::{Cli, Format};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::migration::{MigrationSet, Numbering, checksum};
use anyhow::Context as _;
use clap::Parser as _;
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};

pub(super) fn run(ctx: &Context, args: &New) -> anyhow::Result<Exit> {
    let Some(name) = &args.name else {
        // Whatever the flags say is not asked again.
        return run(ctx, &guide::complete(ctx, args)?);
    };
    let title = title(name)?;
    let path = match kind(args) {
        NewKind::Schema => return generated(ctx, &["db", "generate", &title], args),
        NewKind::Reverse => {
            let migration = args.reverse.as_deref().ok_or_else(|| incomplete("which migration it undoes", "--reverse N"))?;
            return generated(ctx, &["db", "reverse", migration], args);
        }
        NewKind::Enum => {
            let sql = enum_change::sql(ctx, args)?;
            let allowed = enum_change::acknowledge(ctx, &sql)?;
            write(ctx, &title, &format!("{}\n{allowed}\n{sql}", header(name).trim_end()))?
        }
        NewKind::Data => {
            let path = write(ctx, &title, &format!("{}{DATA}", header(name)))?;
            write_test(ctx, &path)?;
            path
        }
        NewKind::Plain => write(ctx, &title, &header(name))?,
    };
    if args.edit {
        edit(&path)?;
    }
    finish(ctx, args, &path)
}

/// The kind that was named, or that the other flags belong to.
pub(super) fn kind(args: &New) -> NewKind {
    args.kind.unwrap_or(match args {
        New { enum_type: Some(_), .. } => NewKind::Enum,
        New { reverse: Some(_), .. } => NewKind::Reverse,
        _ => NewKind::Plain,
    })
}

/// What a flag would have said.
pub(super) fn incomplete(what: &str, flag: &str) -> Failure {
    let diagnostic = Diagnostic::error("incomplete", format!("nobody said {what}, and there is nobody to ask"));
    Failure::new(Exit::Usage, diagnostic.note("nothing was written").hint(format!("give `{flag}`, or run it on a terminal")))
}

/// Writes the next file.
fn write(ctx: &Context, title: &str, text: &str) -> anyhow::Result<PathBuf> {
    let folder = ctx.config.folder("migrations.dir");
    std::fs::create_dir_all(&folder).with_context(|| format!("failed to make the folder `{}`", files::shown(&folder)))?;
    let set = files::load(ctx)?;
    let stem = format!("{}_{title}", next_number(&set, files::numbering(ctx)));
    let path = folder.join(format!("{stem}.sql"));
    create(ctx, &path, text)?;
    files::update_lock(&folder, |lock| lock.set(&stem, &checksum(text)))?;
    Ok(path)
}

fn create(ctx: &Context, path: &Path, text: &str) -> anyhow::Result<()> {
    let shown = files::shown(path);
    let mut file = std::fs::File::create_new(path).with_context(|| format!("failed to make `{shown}`"))?;
    file.write_all(text.as_bytes()).with_context(|| format!("failed to write `{shown}`"))?;
    match ctx.ui.format {
        Format::Human => ctx.ui.data(&shown),
        _ => ctx.ui.json(&json!({"type": "created", "file": shown})),
    }
    Ok(())
}

/// The test of a data migration, to be filled in.
fn write_test(ctx: &Context, migration: &Path) -> anyhow::Result<()> {
    let stem = migration.file_stem().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = ctx.config.folder("migrations.tests").join(stem.split('_').next().unwrap_or_default());
    std::fs::create_dir_all(&folder).with_context(|| format!("failed to make the folder `{}`", files::shown(&folder)))?;
    create(ctx, &folder.join("before.sql"), "-- The rows that are there before the migration runs.\n")?;
    create(ctx, &folder.join("after.sql"), "-- Each of these queries returns what is wrong behind it: no row is the expectation.\n")
}

/// The other command writes, proves and names its files itself.
fn generated(ctx: &Context, words: &[&str], args: &New) -> anyhow::Result<Exit> {
    match follow(ctx, words)? {
        Exit::Done if args.apply => follow(ctx, &["db", "migrate"]),
        exit => Ok(exit),
    }
}

fn finish(ctx: &Context, args: &New, path: &Path) -> anyhow::Result<Exit> {
    let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    if args.check {
        let exit = follow(ctx, &["db", "check", &name])?;
        if exit != Exit::Done {
            ctx.ui.say(&format!("the file is written; correct it and run `cargo xtask db check {name}` again"));
            return Ok(exit);
        }
    }
    if args.apply { follow(ctx, &["db", "migrate"]) } else { Ok(Exit::Done) }
}

/// Another command with the flags of this one.
fn follow(ctx: &Context, words: &[&str]) -> anyhow::Result<Exit> {
    let cli = Cli::try_parse_from(["cargo xtask"].iter().chain(words))?;
    super::run(&cli, ctx)
}

const DATA: &str = "-- Rows in their own file: no lock of a change to the schema is held while they are read and written.
";

/// `Add invoices` becomes `add_invoices`; what no file name should hold is refused.
pub(super) fn title(words: &str) -> Result<String, Failure> {
    let title: String = words.trim().to_lowercase().chars().map(|it| if it == ' ' || it == '-' { '_' } else { it }).collect();
    if !title.is_empty() && title.chars().all(|it| it.is_ascii_alphanumeric() || it == '_') {
        return Ok(title);
    }
    let diagnostic = Diagnostic::error("bad-name", format!("`{words}` makes no migration's name"))
        .hint("use letters, digits and `_`, like `add_invoices`; the number comes by itself");
    Err(Failure::new(Exit::Usage, diagnostic))
}

/// The number of the next migration.
pub(super) fn next_number(set: &MigrationSet, numbering: Numbering) -> String {
    let newest = set.head().map_or(0, |it| it.name.number);
    match numbering {
        Numbering::Sequential => {
            let width = set.head().and_then(|it| it.name.stem.find('_')).unwrap_or(4);
            format!("{:0width$}", newest + 1)
        }
        Numbering::Timestamp => {
            let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |it| it.as_secs());
            timestamp(seconds).max(newest + 1).to_string()
        }
    }
}

/// Seconds since 1970 as `YYYYMMDDhhmmss` in UTC.
fn timestamp(seconds: u64) -> u64 {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (mut year, mut day) = (1970, days);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while day >= lengths[month] {
        day -= lengths[month];
        month += 1;
    }
    let date = year * 10_000 + (month as u64 + 1) * 100 + day + 1;
    date * 1_000_000 + rest / 3600 * 10_000 + rest % 3600 / 60 * 100 + rest % 60
}

fn header(words: &str) -> String {
    let sentence = words.trim().replace(['_', '-'], " ");
    format!("-- {sentence}: why, and what to know when it runs.\n\n")
}

/// Opens the user's editor and waits for it.
fn edit(path: &Path) -> anyhow::Result<()> {
    let editor = ["VISUAL", "EDITOR"].iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()));
    let editor = editor.ok_or_else(|| {
        let diagnostic =
            Diagnostic::error("no-editor", "neither VISUAL nor EDITOR is set").hint("set EDITOR, for example to `vi` or `code --wait`");
        Failure::new(Exit::Usage, diagnostic)
    })?;
    // The variable may hold arguments, so a shell reads it, as git does.
    let status = std::process::Command::new("sh").arg("-c").arg(format!("{editor} \"$@\"")).arg("sh").arg(path).status()?;
    anyhow::ensure!(status.success(), "the editor `{editor}` ended with {status}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles() {
        assert_eq!(title(" Add invoices-2 ").ok().as_deref(), Some("add_invoices_2"));
        assert!(title("../x").is_err() && title("").is_err() && title("a.b").is_err());
    }

    #[test]
    fn timestamps_are_civil_dates() {
        assert_eq!(timestamp(0), 19_700_101_000_000);
        assert_eq!(timestamp(951_827_696), 20_000_229_123_456);
        assert_eq!(timestamp(1_795_392_000), 20_261_123_000_000);
    }
}
