//! `cargo xtask db dump`: a live database as files of `schema/`, the way in for a project that has a database and no files.

use super::source::{self, Source};
use super::{database, files, scratch};
use crate::catalog::{self, Catalog, Options, Precision};
use crate::cli::Format;
use crate::cli::db::Dump;
use crate::context::Context;
use crate::desired::Desired;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::generate::layout;
use crate::migration::SourceFile;
use crate::scratch::Server;
use anyhow::Context as _;
use serde_json::json;
use std::path::Path;

pub(super) fn run(ctx: &Context, args: &Dump) -> anyhow::Result<Exit> {
    let folder = args.out.clone().unwrap_or_else(|| ctx.config.folder("schema.dir"));
    if !args.dry_run {
        refuse_to_overwrite(&folder)?;
    }
    let source = match &args.from {
        Some(word) => Source::parse(ctx, word, "--from")?,
        None => Source::Database(Box::new(database::resolve(ctx)?)),
    };
    let catalog = source.catalog(ctx, &source::server(ctx))?;
    for what in &catalog.unread {
        ctx.ui.say(&format!("not written down: {what}"));
    }
    let server = scratch::server(ctx)?;
    let empty = source::read(server.empty()?.connect()?, "an empty database")?;
    let (dumped, desired) = written(&folder, &empty, &catalog)?;
    prove(&server, &desired, &catalog)?;
    for file in dumped.iter().filter(|_| !args.dry_run) {
        let path = Path::new(&file.path);
        std::fs::create_dir_all(path.parent().unwrap_or(path)).with_context(|| format!("failed to make the folder of `{}`", file.path))?;
        std::fs::write(path, &file.bytes).with_context(|| format!("failed to write `{}`", file.path))?;
    }
    match ctx.ui.format {
        Format::Json => {
            ctx.ui
                .json(&json!({"type": "dumped", "files": dumped.iter().map(|it| &it.path).collect::<Vec<_>>(), "written": !args.dry_run}));
        }
        Format::Human => dumped.iter().for_each(|it| ctx.ui.data(&it.path)),
    }
    ctx.ui.say("proved: loaded into a scratch database, the files give the same schema");
    Ok(Exit::Done)
}

/// The files, and what they say when they are read again.
pub(super) fn written(folder: &Path, empty: &Catalog, catalog: &Catalog) -> Result<(Vec<SourceFile>, Desired), Failure> {
    let changes = catalog::diff(empty, catalog, &Options::default());
    let shown = files::shown(folder);
    let file = |(name, text): (String, String)| SourceFile { path: format!("{shown}/{name}"), bytes: text.into_bytes() };
    let files: Vec<SourceFile> = layout(catalog, &changes).into_iter().map(file).collect();
    let desired = Desired::read(files.clone()).map_err(|diagnostics| Failure { exit: Exit::Failed, diagnostics })?;
    Ok((files, desired))
}

fn refuse_to_overwrite(folder: &Path) -> Result<(), Failure> {
    if files::is_vacant(folder) || !folder.is_dir() {
        return Ok(());
    }
    let message = format!("`{}` is there and holds something; a dump overwrites nothing", files::shown(folder));
    let hint = "name another folder with `--out DIR`, or move that one away; to see what differs, run `cargo xtask db diff --from schema --to URL`";
    Err(Failure::new(Exit::Usage, Diagnostic::error("not-empty", message).hint(hint)))
}

/// Loaded again, the files must give the same catalog.
pub(super) fn prove(server: &Server, desired: &Desired, catalog: &Catalog) -> anyhow::Result<()> {
    let database = desired.database(server)?;
    let again = source::read(database.connect()?, "the files")?;
    let options = Options { precision: Precision::Exact, ..Options::default() };
    let left = catalog::render(&catalog::diff(&again, catalog, &options));
    if left.trim().is_empty() {
        return Ok(());
    }
    let diagnostic = Diagnostic::error("not-proved", "the files do not give the same schema when they are loaded")
        .note(format!("nothing was written; this is left to do:\n{}", left.trim_end()))
        .hint("see whether the scratch server is of the same version as the database, and has its extensions (`[scratch] url`)");
    Err(Failure::new(Exit::Failed, diagnostic).into())
}
