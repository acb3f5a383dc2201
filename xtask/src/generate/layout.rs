//! A whole schema as files: one for each table with all that belongs to it, one for each view, and one for each topic of the rest.

use crate::catalog::model::Id;
use crate::catalog::{Catalog, Changes, Kind, Step};
use std::collections::BTreeMap;

/// The files by name, each with its text, of the steps that make `catalog` out of nothing.
#[must_use]
pub fn layout(catalog: &Catalog, changes: &Changes) -> Vec<(String, String)> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for step in &changes.steps {
        let text = files.entry(place(catalog, step)).or_default();
        let gap = if text.is_empty() || is_short(step) && text.ends_with(";\n") && !text.ends_with("\n);\n") && !text.contains("\n\n") {
            ""
        } else {
            "\n"
        };
        text.push_str(gap);
        for statement in &step.statements {
            text.push_str(statement.trim_end());
            text.push_str(";\n");
        }
    }
    files.into_iter().collect()
}

fn is_short(step: &Step) -> bool {
    step.statements.len() == 1 && !step.statements[0].contains('\n')
}

/// The file of a step: of its table where it belongs to one.
fn place(catalog: &Catalog, step: &Step) -> String {
    let id = &step.id;
    let owner = owner(catalog, id);
    match owner.kind {
        Kind::Table | Kind::ForeignTable => format!("tables/{}.sql", file_name(&owner.name)),
        Kind::View | Kind::MaterializedView => format!("views/{}.sql", file_name(&owner.name)),
        Kind::Schema
        | Kind::Extension
        | Kind::Language
        | Kind::ForeignDataWrapper
        | Kind::Server
        | Kind::UserMapping
        | Kind::DefaultPrivileges => "00_foundation.sql".to_owned(),
        Kind::Function | Kind::Procedure | Kind::Aggregate => "functions.sql".to_owned(),
        kind if kind.is_type() || matches!(kind, Kind::DomainConstraint | Kind::Attribute | Kind::ShellType | Kind::Collation) => {
            "types.sql".to_owned()
        }
        Kind::Sequence => "sequences.sql".to_owned(),
        _ => "other.sql".to_owned(),
    }
}

/// What an object belongs to: the table of a column or trigger, the table whose column owns a sequence.
fn owner(catalog: &Catalog, id: &Id) -> Id {
    let named = |name: &str| {
        let kinds = [Kind::Table, Kind::ForeignTable, Kind::View, Kind::MaterializedView];
        kinds.into_iter().find_map(|kind| catalog.find(kind, "", name)).map(|it| it.id.clone())
    };
    if id.kind == Kind::Sequence || id.kind == Kind::SequenceOwner {
        let sequence = if id.kind == Kind::Sequence { &id.name } else { &id.of };
        let owners = catalog.objects.iter().filter(|it| it.id.kind == Kind::SequenceOwner && it.id.of == *sequence);
        let mut tables = owners.filter_map(|it| named(it.get("column").rsplit_once('.')?.0));
        return tables.next_back().unwrap_or_else(|| id.clone());
    }
    if id.of.is_empty() { id.clone() } else { named(&id.of).unwrap_or_else(|| id.clone()) }
}

/// A file's name for an object: its name without quotes, the schema before it unless that is `public`.
fn file_name(name: &str) -> String {
    let plain = name.replace('"', "");
    let plain = plain.strip_prefix("public.").unwrap_or(&plain);
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' };
    plain.trim_start_matches('.').chars().map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_of_files_are_harmless() {
        let check = |name: &str, expected: &str| assert_eq!(file_name(name), expected);
        check("public.users", "users");
        check("app.users", "app.users");
        check("app.\"../Übel x\"", "app..._Übel_x");
        check("\"..\".t", "t");
    }
}
