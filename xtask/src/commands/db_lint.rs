//! `cargo xtask db lint`

use super::{base, files};
use crate::cli::Format;
use crate::cli::db::Lint;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic, Level};
use crate::exit::{Exit, Failure};
use crate::lint::{self, Scope, lint};
use crate::migration::MigrationSet;
use crate::units::count;
use serde_json::json;
use std::collections::BTreeSet;

pub(super) fn run(ctx: &Context, args: &Lint) -> anyhow::Result<Exit> {
    if let Some(rule) = &args.explain {
        return explain(ctx, rule);
    }
    let (set, mut found) = MigrationSet::from_readable_files(files::read(ctx)?, files::numbering(ctx));
    let scope = Scope {
        judged: judged(ctx, args, &set)?,
        lock_timeout: ctx.config.duration("migrations.lock_timeout").filter(|timeout| !timeout.is_zero()),
        server_version: version_of(ctx.config.text("server.image")),
        complete: found.is_empty(),
    };
    found.extend(lint(&set, &scope));
    match ctx.ui.format {
        Format::Json => ctx.ui.json(&json!({"type": "lint", "diagnostics": found.iter().map(diagnostic::json).collect::<Vec<_>>()})),
        Format::Human => found.iter().for_each(|diagnostic| ctx.ui.diagnostic(diagnostic)),
    }
    ctx.ui.say(&summary(&found, scope.judged.as_ref().map_or(set.migrations.len(), BTreeSet::len)));
    Ok(if found.iter().any(|it| it.level == Level::Error) { Exit::No } else { Exit::Done })
}

/// PostgreSQL's major version in the name of an image: 18 in `postgres:18-alpine`.
fn version_of(image: &str) -> Option<u32> {
    let tag = image.rsplit_once(':')?.1;
    tag.split(|it: char| !it.is_ascii_digit()).next()?.parse().ok()
}

fn explain(ctx: &Context, word: &str) -> anyhow::Result<Exit> {
    let rule = lint::find(word).ok_or_else(|| {
        let known: Vec<&str> = lint::RULES.iter().map(|rule| rule.id).collect();
        let hint = format!("name one of {}", known.join(", "));
        Failure::new(Exit::Usage, Diagnostic::error("no-such-rule", format!("there is no rule `{word}`")).hint(hint))
    })?;
    ctx.ui.data(lint::explain(rule).trim_end());
    Ok(Exit::Done)
}

/// The full names of the migrations to judge; nothing for all, which is said where git could not tell.
fn judged(ctx: &Context, args: &Lint, set: &MigrationSet) -> anyhow::Result<Option<BTreeSet<String>>> {
    if !args.files.is_empty() {
        return args.files.iter().map(|word| named(word, set)).collect::<anyhow::Result<_>>().map(Some);
    }
    let base = args.base.as_deref().unwrap_or_else(|| ctx.config.text("migrations.base"));
    let Some(theirs) = base::names(&ctx.config.folder("migrations.dir"), base)? else {
        ctx.ui.say(&format!("git does not know the files of {base}: every migration is judged"));
        return Ok(None);
    };
    Ok(Some(set.migrations.iter().filter(|it| !theirs.contains(&it.name)).map(|it| it.name.stem.clone()).collect()))
}

fn named(word: &str, set: &MigrationSet) -> anyhow::Result<String> {
    let stem = word.rsplit('/').next().unwrap_or(word).trim_end_matches(".sql");
    // A file that cannot be read is no part of the set, and has its finding already.
    Ok(set.find(word).map_or(stem, |it| &it.name.stem).to_owned())
}

fn summary(found: &[Diagnostic], n_judged: usize) -> String {
    let at = |level| found.iter().filter(|it| it.level == level).count();
    let (errors, warnings, infos) = (at(Level::Error), at(Level::Warning), at(Level::Info));
    let counts = [count(errors, "error"), count(warnings, "warning"), count(infos, "note")].join(", ");
    format!("{} judged: {counts}", count(n_judged, "migration"))
}

#[cfg(test)]
mod tests {
    use super::version_of;

    #[test]
    fn images_name_versions() {
        assert_eq!(
            ["postgres:15", "registry:5000/postgres:18.1-alpine", "postgres", "postgres:latest"].map(version_of),
            [Some(15), Some(18), None, None]
        );
    }
}
