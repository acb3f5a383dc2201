//! `cargo xtask db new NAME`

use super::files;
use crate::cli::Format;
use crate::cli::db::New;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::migration::{MigrationSet, Numbering, checksum};
use anyhow::Context as _;
use serde_json::json;
use std::io::Write;
use std::path::Path;

pub(super) fn run(ctx: &Context, args: &New) -> anyhow::Result<Exit> {
    let title = title(&args.name)?;
    let folder = ctx.config.folder("migrations.dir");
    std::fs::create_dir_all(&folder).with_context(|| format!("failed to make the folder `{}`", files::shown(&folder)))?;
    let set = files::load(ctx)?;
    let name = format!("{}_{title}.sql", next_number(&set, files::numbering(ctx)));
    let path = folder.join(&name);
    let shown = files::shown(&path);
    let mut file = std::fs::File::create_new(&path).with_context(|| format!("failed to make `{shown}`"))?;
    let text = header(&args.name);
    file.write_all(text.as_bytes()).with_context(|| format!("failed to write `{shown}`"))?;
    files::update_lock(&folder, |lock| lock.set(name.trim_end_matches(".sql"), &checksum(&text)))?;
    match ctx.ui.format {
        Format::Json => ctx.ui.json(&json!({"type": "created", "file": shown})),
        Format::Human => ctx.ui.data(&shown),
    }
    if args.edit {
        edit(&path)?;
    }
    Ok(Exit::Done)
}

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
