//! `cargo xtask docs`: the pages that come from the code are written, or compared with what is there.

use crate::cli::{Docs, Format};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic, Location};
use crate::docs::{Page, WHOLLY_OURS, pages};
use crate::exit::Exit;
use crate::units::count;
use anyhow::Context as _;
use serde_json::json;
use std::path::Path;

pub(super) fn run(ctx: &Context, args: &Docs) -> anyhow::Result<Exit> {
    let root = &ctx.config.root;
    let pages = pages();
    let stale: Vec<&Page> =
        pages.iter().filter(|(path, text)| std::fs::read_to_string(root.join(path)).ok().as_ref() != Some(text)).collect();
    let strays = strays(root, &pages)?;
    if args.check {
        return Ok(check(ctx, root, &stale, &strays));
    }
    for (path, text) in &stale {
        let full = root.join(path);
        if let Some(folder) = full.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("failed to make the folder of `{path}`"))?;
        }
        std::fs::write(&full, text).with_context(|| format!("failed to write `{path}`"))?;
        tell(ctx, "written", path);
    }
    for path in &strays {
        std::fs::remove_file(root.join(path)).with_context(|| format!("failed to remove `{path}`"))?;
        tell(ctx, "removed", path);
    }
    ctx.ui.say(&format!("{}: {} written, {} removed", count(pages.len(), "page"), stale.len(), strays.len()));
    Ok(Exit::Done)
}

fn tell(ctx: &Context, what: &str, path: &str) {
    match ctx.ui.format {
        Format::Json => ctx.ui.json(&json!({"type": what, "path": path})),
        Format::Human => ctx.ui.data(path),
    }
}

fn check(ctx: &Context, root: &Path, stale: &[&Page], strays: &[String]) -> Exit {
    let wrong = |path: &str, what: &str| {
        Diagnostic::error("stale-docs", what).at(Location::file(path)).hint("run `cargo xtask docs` and commit what it writes")
    };
    let word = |path: &str| if root.join(path).exists() { "this page is not as the code says" } else { "this page is missing" };
    let stale = stale.iter().map(|(path, _)| wrong(path, word(path)));
    let found: Vec<Diagnostic> = stale.chain(strays.iter().map(|path| wrong(path, "nothing makes this page any more"))).collect();
    match ctx.ui.format {
        Format::Json => ctx.ui.json(&json!({"type": "docs", "diagnostics": found.iter().map(diagnostic::json).collect::<Vec<_>>()})),
        Format::Human => found.iter().for_each(|it| ctx.ui.diagnostic(it)),
    }
    if found.is_empty() { Exit::Done } else { Exit::No }
}

/// Pages in a folder of ours that nothing makes.
fn strays(root: &Path, pages: &[Page]) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for folder in WHOLLY_OURS {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        for entry in entries {
            let path = format!("{folder}/{}", entry?.file_name().to_string_lossy());
            if path.ends_with(".md") && pages.iter().all(|(it, _)| *it != path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
