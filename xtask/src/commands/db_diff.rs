//! `cargo xtask db diff`

use super::source::{self, Source};
use crate::catalog::{self, Catalog, Changes, Kind, Options, Precision};
use crate::cli::Format;
use crate::cli::db::Diff;
use crate::context::Context;
use crate::exit::Exit;
use serde_json::json;
use std::collections::BTreeMap;

/// Prints the SQL that makes of the one schema what the other is; reads both, writes neither.
pub(super) fn run(ctx: &Context, args: &Diff) -> anyhow::Result<Exit> {
    let (from, to) = (Source::parse(ctx, &args.from, "--from")?, Source::parse(ctx, &args.to, "--to")?);
    let (from, to) = both(ctx, &from, &to)?;
    for what in from.unread.iter().chain(&to.unread) {
        ctx.ui.say(&format!("not compared: {what}"));
    }
    // Whoever compares two databases wants to know of every difference, the order of columns included.
    let options = Options { precision: Precision::Exact, ..Options::default() };
    let changes = catalog::diff(&from, &to, &options);
    let summary = summary(&from, &to, &changes);
    if ctx.ui.format == Format::Json {
        let objects = |which: Fate| summary.iter().filter(|it| *it.1 == which).map(|it| it.0.clone()).collect::<Vec<_>>();
        let losses: Vec<&String> = changes.steps.iter().flat_map(|it| &it.loses).collect();
        ctx.ui.json(&json!({
            "type": "diff", "sql": catalog::render(&changes), "added": objects(Fate::Added), "changed": objects(Fate::Changed),
            "dropped": objects(Fate::Dropped), "loses": losses,
        }));
    } else if changes.steps.is_empty() {
        ctx.ui.say("nothing to do: both are the same");
    } else if args.summary {
        summary.iter().for_each(|(object, fate)| ctx.ui.data(&format!("{:<8} {object}", fate.word())));
    } else {
        ctx.ui.data(catalog::render(&changes).trim_end());
    }
    Ok(Exit::Done)
}

/// Both catalogs, read at the same time: two databases, or two processes of one server.
pub(super) fn both(ctx: &Context, from: &Source, to: &Source) -> anyhow::Result<(Catalog, Catalog)> {
    let server = source::server(ctx);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| to.catalog(ctx, &server));
        let from = from.catalog(ctx, &server);
        Ok((from?, other.join().expect("reading a catalog does not panic")?))
    })
}

/// What becomes of an object, for a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Added,
    Changed,
    Dropped,
}

impl Fate {
    pub(super) fn word(self) -> &'static str {
        match self {
            Fate::Added => "added",
            Fate::Changed => "changed",
            Fate::Dropped => "dropped",
        }
    }
}

/// The objects that the changes are about. What belongs to a table or type (columns, defaults) is a change of that, where it has both.
pub(super) fn summary(from: &Catalog, to: &Catalog, changes: &Changes) -> BTreeMap<String, Fate> {
    let mut found = BTreeMap::new();
    for step in &changes.steps {
        let (was, is) = (from.position(&step.id).is_some(), to.position(&step.id).is_some());
        let part =
            matches!(step.id.kind, Kind::Default | Kind::SequenceOwner | Kind::ViewColumn | Kind::ViewDefault | Kind::IndexPartition);
        let fate = match (was, is) {
            _ if part => Fate::Changed,
            (false, _) => Fate::Added,
            (true, true) => Fate::Changed,
            (true, false) => Fate::Dropped,
        };
        found.insert(word(&step.id.to_string()), fate);
    }
    found
}

fn word(id: &str) -> String {
    match id.split_once(' ') {
        Some((kind, name)) => format!("{} {name}", kind.to_lowercase()),
        None => id.to_owned(),
    }
}
