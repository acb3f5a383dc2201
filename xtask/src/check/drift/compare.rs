//! Which objects differ between two catalogs, and in what.

use super::super::Subject;
use super::place;
use crate::catalog::model::{Id, Kind, Object};
use crate::catalog::{self, Catalog, Options};
use crate::diagnostic::Diagnostic;
use similar::TextDiff;
use std::collections::BTreeSet;

/// An object that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub id: Id,
    pub what: What,
    /// What would make of the migrations' object the desired one.
    pub sql: Vec<String>,
}

/// In what an object differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// Only the desired state has it.
    Missing,
    /// Only the migrations make it.
    Extra,
    /// Both have it; a line for each property that is not the same.
    Changed(Vec<String>),
}

/// The objects that differ. What the differ would not change (the order of columns, say) is no difference here.
pub(super) fn differences(migrated: &Catalog, desired: &Catalog) -> Vec<Difference> {
    let changes = catalog::diff(migrated, desired, &Options::default());
    let ids: BTreeSet<&Id> = migrated.objects.iter().chain(&desired.objects).map(|it| &it.id).collect();
    let touched: BTreeSet<&Id> = changes.steps.iter().map(|it| &it.id).collect();
    let is_touched = |id: &Id| touched.contains(id) || touched.iter().any(|it| it.name == id.of);
    let sql = |id: &Id| changes.steps.iter().filter(|it| it.id == *id).flat_map(|it| it.statements.clone()).collect();
    let all = ids.into_iter().filter_map(|id| Some((id, what(id, migrated, desired)?)));
    let mut found: Vec<Difference> = all
        .filter(|(id, _)| is_touched(id) && id.kind != Kind::ViewColumn)
        .map(|(id, what)| Difference { id: id.clone(), what, sql: sql(id) })
        .collect();
    if found.is_empty() {
        // What only shows in the statements.
        let step = |it: &catalog::Step| Difference { id: it.id.clone(), what: What::Changed(Vec::new()), sql: it.statements.clone() };
        found.extend(changes.steps.iter().map(step));
    }
    found
}

/// In what the object `id` differs; nothing where it does not, or goes along with the object that it belongs to.
fn what(id: &Id, migrated: &Catalog, desired: &Catalog) -> Option<What> {
    let at = |catalog: &Catalog| catalog.position(id).map(|it| catalog.objects[it].clone());
    let alone = |object: &Object, mine: &Catalog, other: &Catalog| {
        let parent = object.parent.map(|it| &mine.objects[it].id);
        parent.is_none_or(|parent| other.position(parent).is_some())
    };
    match (at(migrated), at(desired)) {
        (None, Some(object)) => alone(&object, desired, migrated).then_some(What::Missing),
        (Some(object), None) => alone(&object, migrated, desired).then_some(What::Extra),
        (Some(old), Some(new)) => Some(properties(&old, &new)).filter(|it| !it.is_empty()).map(What::Changed),
        (None, None) => None,
    }
}

fn properties(old: &Object, new: &Object) -> Vec<String> {
    let mut names: Vec<&str> = old.attributes.iter().chain(&new.attributes).map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    let mut lines: Vec<String> =
        names.into_iter().filter(|name| old.get(name) != new.get(name)).map(|name| line(name, old.get(name), new.get(name))).collect();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    if old.owner != new.owner {
        lines.push(line("owner", &text(&old.owner), &text(&new.owner)));
    }
    if old.comment != new.comment {
        lines.push(line("comment", &text(&old.comment), &text(&new.comment)));
    }
    if old.acl != new.acl {
        lines.push("privileges differ".to_owned());
    }
    if old.labels != new.labels {
        lines.push("security labels differ".to_owned());
    }
    lines
}

/// One property on both sides; of a long one, the lines that differ.
fn line(name: &str, old: &str, new: &str) -> String {
    let name = name.replace('_', " ");
    if old.contains('\n') || new.contains('\n') {
        let difference =
            TextDiff::from_lines(format!("{old}\n").as_str(), format!("{new}\n").as_str()).unified_diff().context_radius(1).to_string();
        let lines: Vec<&str> = difference.lines().filter(|it| !it.starts_with("@@")).collect();
        return format!("{name}: - by the migrations, + desired\n{}", lines.join("\n"));
    }
    let show = |text: &str| if text.is_empty() { "not there".to_owned() } else { format!("`{text}`") };
    format!("{name}: {} by the migrations, {} desired", show(old), show(new))
}

/// How many statements are shown of one difference.
const SHOWN: usize = 6;

impl Difference {
    pub(super) fn diagnostic(&self, subject: &Subject) -> Diagnostic {
        let id = &self.id;
        let (message, notes, location) = match &self.what {
            What::Missing => {
                let message = format!("{id} is desired, but no migration makes it");
                (message, Vec::new(), place::of(&subject.desired, id))
            }
            What::Extra => {
                let migrations = subject.files.iter().rev();
                (format!("{id} is made by the migrations, but is not desired"), Vec::new(), place::of(migrations, id))
            }
            What::Changed(lines) => (format!("{id} is not as it is desired"), lines.clone(), place::of(&subject.desired, id)),
        };
        let mut diagnostic = Diagnostic::error("drift", message);
        diagnostic.location = location;
        diagnostic.notes = notes;
        if !self.sql.is_empty() {
            let more = if self.sql.len() > SHOWN { format!("\n-- and {} more", self.sql.len() - SHOWN) } else { String::new() };
            let statements: Vec<String> = self.sql.iter().take(SHOWN).map(|it| format!("{it};")).collect();
            diagnostic.notes.push(format!("{}{more}", statements.join("\n")));
        }
        let schema = &subject.schema;
        diagnostic.hint(format!("run `cargo xtask db generate NAME` for a migration that mends it, or correct the files in `{schema}`"))
    }
}
