//! `cargo xtask db renumber`: after a merge, the migrations that the base branch does not have move behind those that it has.

use super::{files, git};
use crate::cli::Format;
use crate::cli::db::Renumber;
use crate::context::Context;
use crate::diagnostic::{Diagnostic, Level};
use crate::exit::{Exit, Failure};
use crate::migration::Name;
use serde_json::json;
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};

pub(super) fn run(ctx: &Context, args: &Renumber) -> anyhow::Result<Exit> {
    let folder = ctx.config.folder("migrations.dir");
    let base = args.base.as_deref().unwrap_or_else(|| ctx.config.text("migrations.base"));
    let theirs = git::names(&folder, base).map_err(|why| Failure::new(Exit::Usage, Diagnostic { level: Level::Error, ..why }))?;
    let renames = renames(&local_names(&folder)?, &theirs);
    if renames.is_empty() {
        ctx.ui.say(&format!("nothing to renumber: what {base} does not have already stands behind what it has"));
    }
    for (from, to) in &renames {
        match ctx.ui.format {
            Format::Json => ctx.ui.json(&json!({"type": "renamed", "from": from, "to": to})),
            Format::Human => ctx.ui.data(&format!("{from} -> {to}")),
        }
    }
    if !args.dry_run {
        rename_all(&folder, &renames)?;
        let stem = |file: &str| file.trim_end_matches(".sql").to_owned();
        files::update_lock(&folder, |lock| renames.iter().for_each(|(from, to)| lock.rename(&stem(from), &stem(to))))?;
        if !renames.is_empty() {
            ctx.ui.say("a database that has one under its old name takes the new one with `cargo xtask db repair OLD_NAME`");
        }
    }
    Ok(Exit::Done)
}

fn local_names(folder: &Path) -> anyhow::Result<Vec<Name>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.extend(Name::parse(&entry?.file_name().to_string_lossy()));
    }
    names.sort();
    Ok(names)
}

/// Old and new file names, in the order in which they can be renamed: the highest first, so that no name is taken.
fn renames(local: &[Name], theirs: &[Name]) -> Vec<(String, String)> {
    let newest = theirs.iter().map(|name| name.number).max().unwrap_or(0);
    let ours: Vec<&Name> = local.iter().filter(|name| !theirs.contains(name)).collect();
    // They stay where they are when they already stand behind the base's, each with a number of its own and without a gap.
    let mut next = newest;
    let mut renames = Vec::new();
    for name in ours {
        let is_timestamp = name.number > 9_999_999_999;
        next = if is_timestamp && name.number > next { name.number } else { next + 1 };
        if name.number != next {
            renames.push((format!("{name}.sql"), renumbered(name, next)));
        }
    }
    renames.reverse();
    renames
}

/// The file name of `name` with another number, as wide as before.
fn renumbered(name: &Name, number: u64) -> String {
    let width = name.stem.find('_').unwrap_or(4);
    format!("{number:0width$}_{}.sql", name.title())
}

/// Renames by way of names that nobody has, so that two that swap numbers do not meet; through git where it knows the file.
fn rename_all(folder: &Path, renames: &[(String, String)]) -> anyhow::Result<()> {
    let sh = Shell::new()?;
    sh.change_dir(folder);
    let rename = |from: &Path, to: &Path| -> anyhow::Result<()> {
        if cmd!(sh, "git mv {from} {to}").quiet().ignore_stderr().ignore_stdout().run().is_err() {
            std::fs::rename(folder.join(from), folder.join(to))?;
        }
        Ok(())
    };
    let aside = |to: &str| PathBuf::from(format!(".renumber-{to}"));
    for (from, to) in renames {
        rename(Path::new(from), &aside(to))?;
    }
    renames.iter().try_for_each(|(_, to)| rename(&aside(to), Path::new(to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(local: &[&str], theirs: &[&str], expected: &[&str]) {
        let names = |files: &[&str]| files.iter().filter_map(|file| Name::parse(file)).collect::<Vec<_>>();
        let actual: Vec<String> = renames(&names(local), &names(theirs)).iter().map(|(from, to)| format!("{from} {to}")).collect();
        assert_eq!(actual, expected);
    }

    #[test]
    fn ours_move_behind_theirs() {
        check(&["0001_a.sql", "0002_b.sql", "0002_x.sql"], &["0001_a.sql", "0002_b.sql"], &["0002_x.sql 0003_x.sql"]);
        check(
            &["0001_a.sql", "0002_b.sql", "0002_x.sql", "0003_y.sql"],
            &["0001_a.sql", "0002_b.sql"],
            &["0003_y.sql 0004_y.sql", "0002_x.sql 0003_x.sql"],
        );
        check(&["0001_a.sql", "0002_x.sql"], &["0001_a.sql"], &[]);
        check(&["0001_a.sql", "0004_x.sql"], &["0001_a.sql"], &["0004_x.sql 0002_x.sql"]);
        check(
            &["20260101000000_a.sql", "20260102000000_x.sql", "20260103000000_b.sql"],
            &["20260101000000_a.sql", "20260103000000_b.sql"],
            &["20260102000000_x.sql 20260103000001_x.sql"],
        );
    }
}
