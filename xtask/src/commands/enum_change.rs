//! Other values for an enum: the schema that the migrations give, the same with the new values, and the SQL between the two.

use super::{files, scratch};
use crate::catalog::model::{Catalog, Kind, Object};
use crate::catalog::{self, Options, enum_labels};
use crate::cli::db::New;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::lint::{self, Scope};
use crate::migration::{MigrationSet, SourceFile};
use crate::sql::quote::literal;
use std::collections::BTreeMap;

/// What the flags ask for, as SQL.
pub(super) fn sql(ctx: &Context, args: &New) -> anyhow::Result<String> {
    let from = current(ctx)?;
    let wanted = args.enum_type.as_deref().unwrap_or_default();
    let object = find(&from, wanted)?;
    let values = change(object, &args.values, &args.map)?;
    let labels = args.values.iter().map(|it| literal(it)).collect::<Vec<_>>().join(", ");
    let to = with_labels(&from, object, &labels);
    let sql = catalog::render(&catalog::diff(&from, &to, &Options { values, ..Options::default() }));
    ctx.ui.say(&format!("schema/ should say the same: CREATE TYPE {} AS ENUM ({labels})", object.bare_name()));
    Ok(sql)
}

/// What lint says against every such script, with why it is meant here.
const MEANT: &[(&str, &str)] = &[
    ("drop-default", "it steps aside for the new type and comes back below"),
    ("change-type", "the enum gets other values; the table is locked while its rows are converted"),
];

/// The lines of the header that say so, of the rules that do find something.
pub(super) fn acknowledge(ctx: &Context, sql: &str) -> Result<String, Failure> {
    let (mut all, numbering) = (files::read(ctx)?, files::numbering(ctx));
    let set = MigrationSet::from_files(all.clone(), numbering).map_err(|diagnostics| Failure { exit: Exit::Usage, diagnostics })?;
    let stem = format!("{}_draft", super::db_new::next_number(&set, numbering));
    all.push(SourceFile { path: format!("{stem}.sql"), bytes: sql.as_bytes().to_vec() });
    let (set, _) = MigrationSet::from_readable_files(all, numbering);
    let scope = Scope { judged: Some([stem].into()), lock_timeout: None, server_version: None, complete: true };
    let found = lint::lint(&set, &scope);
    let lines = MEANT.iter().filter(|(rule, _)| found.iter().any(|it| it.rule == *rule));
    Ok(lines.map(|(rule, why)| format!("-- xtask: allow {rule}: {why}\n")).collect())
}

/// The schema that the migrations give.
pub(super) fn current(ctx: &Context) -> anyhow::Result<Catalog> {
    let set = files::load(ctx)?;
    let database = scratch::server(ctx)?.migrated(&set, set.migrations.len(), &mut |_| ())?;
    let mut session = database.connect()?;
    let catalog = catalog::load(&mut session)?;
    session.close();
    Ok(catalog)
}

/// Its enums.
pub(super) fn enums(catalog: &Catalog) -> Vec<&Object> {
    catalog.objects.iter().filter(|it| it.id.kind == Kind::Enum).collect()
}

/// The values of one, as they are.
pub(super) fn values(object: &Object) -> Vec<String> {
    let plain = |label: &str| label.trim_start_matches('E').trim_matches('\'').replace("''", "'");
    enum_labels(object.get("labels")).into_iter().map(plain).collect()
}

fn find<'a>(catalog: &'a Catalog, wanted: &str) -> Result<&'a Object, Failure> {
    let enums = enums(catalog);
    enums.iter().find(|it| it.id.name == wanted || it.bare_name() == wanted).copied().ok_or_else(|| {
        let names: Vec<&str> = enums.iter().map(|it| it.bare_name()).collect();
        bad(format!("the migrations make no enum `{wanted}`"), format!("name one of {}", names.join(", ")))
    })
}

/// What was said about the values that go, checked.
fn change(object: &Object, kept: &[String], map: &[String]) -> Result<BTreeMap<(String, String), String>, Failure> {
    let old = values(object);
    if let Some(twice) = kept.iter().enumerate().find(|(index, it)| kept[..*index].contains(it)) {
        return Err(bad(format!("`{}` is named twice", twice.1), "name each value once".to_owned()));
    }
    if kept == old.as_slice() {
        return Err(bad(format!("{} has these values already", object.bare_name()), "name the values that it should have".to_owned()));
    }
    let mut answers = BTreeMap::new();
    for pair in map {
        let (from, to) = pair.split_once('=').ok_or_else(|| bad(format!("`{pair}` maps nothing"), "write it as old=new".to_owned()))?;
        if !old.iter().any(|it| it == from) || kept.iter().any(|it| it == from) {
            return Err(bad(
                format!("`{from}` is none of the values that go"),
                "map a value that the enum has and that --values leaves out".to_owned(),
            ));
        }
        if !kept.iter().any(|it| it == to) {
            return Err(bad(format!("`{to}` is none of the values that stay"), format!("map it to one of {}", kept.join(", "))));
        }
        answers.insert((object.id.name.clone(), literal(from)), literal(to));
    }
    Ok(answers)
}

fn with_labels(catalog: &Catalog, object: &Object, labels: &str) -> Catalog {
    let mut catalog = catalog.clone();
    let changed = catalog.objects.iter_mut().filter(|it| it.id == object.id).flat_map(|it| &mut it.attributes);
    changed.filter(|(name, _)| *name == "labels").for_each(|(_, value)| labels.clone_into(value));
    catalog
}

fn bad(message: String, hint: String) -> Failure {
    Failure::new(Exit::Usage, Diagnostic::error("bad-enum-change", message).note("nothing was written").hint(hint))
}
