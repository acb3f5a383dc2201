//! What is special about each kind of object: how it is created, dropped, and altered in place.

mod column;
mod constraint;
mod foreign;
mod options;
mod other;
mod partition;
mod publication;
mod relation;
mod routine;
mod sequence;
mod text;
mod types;
mod values;

use super::diff::Options;
use super::model::{Catalog, Id, Kind, Object};
use std::collections::BTreeSet;

/// Both catalogs, for what an object cannot say on its own.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    /// The schema that is.
    pub from: &'a Catalog,
    /// The schema that is wanted.
    pub to: &'a Catalog,
    /// What was asked for.
    pub options: &'a Options,
    /// The enums that are made anew although adding values would do.
    pub swapped: &'a BTreeSet<Id>,
}

/// How an object becomes what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// With these statements, and nothing that uses it notices.
    InPlace(Vec<String>),
    /// With these statements, for which what uses the column has to go and come back.
    Retype(Vec<String>),
    /// By dropping and creating it; it holds no data.
    Rebuild,
    /// By creating it anew beside the old one, moving what uses it over, and dropping the old one.
    Swap,
}

/// The statements that create `object`.
pub(super) fn create(scene: Scene<'_>, object: &Object) -> Vec<String> {
    match object.id.kind {
        Kind::Table | Kind::ForeignTable => relation::create_table(scene, object),
        Kind::View => vec![relation::create_view(object, "CREATE")],
        Kind::MaterializedView => relation::create_materialized_view(scene, object),
        Kind::Column => column::add(scene, object, ""),
        Kind::ViewColumn | Kind::Attribute => Vec::new(),
        Kind::Default | Kind::ViewDefault => vec![column::set_default(object)],
        Kind::Constraint => constraint::create(object),
        Kind::DomainConstraint => vec![constraint::create_on_domain(object)],
        Kind::Index => constraint::create_index(object),
        Kind::Partition => partition::attach(scene, object),
        Kind::IndexPartition => vec![format!("ALTER INDEX {} ATTACH PARTITION {}", object.get("parent"), object.id.of)],
        Kind::Sequence => vec![sequence::create(object)],
        Kind::SequenceOwner => vec![format!("ALTER SEQUENCE {} OWNED BY {}", object.id.of, object.get("column"))],
        Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range | Kind::BaseType | Kind::ShellType => types::create(object),
        Kind::Function | Kind::Procedure => vec![routine::create(object)],
        Kind::ForeignDataWrapper | Kind::Server | Kind::UserMapping => vec![foreign::create(object)],
        Kind::Publication | Kind::PublicationTable | Kind::PublicationSchema | Kind::Subscription => publication::create(object),
        Kind::DefaultPrivileges => other::default_privileges(scene.to, None, Some(object)),
        _ => other::create(object),
    }
}

/// The statements that drop `object`.
pub(super) fn drop(scene: Scene<'_>, object: &Object) -> Vec<String> {
    let id = &object.id;
    match id.kind {
        Kind::Column => vec![format!("ALTER TABLE {} DROP COLUMN {}", id.of, id.name)],
        Kind::ViewColumn | Kind::Attribute | Kind::IndexPartition => Vec::new(),
        Kind::Default | Kind::ViewDefault => vec![column::drop_default(object)],
        Kind::Constraint => vec![format!("ALTER TABLE {} DROP CONSTRAINT {}", id.of, id.name)],
        Kind::DomainConstraint => vec![format!("ALTER DOMAIN {} DROP CONSTRAINT {}", id.of, id.name)],
        Kind::Partition => vec![format!("ALTER TABLE {} DETACH PARTITION {}", object.get("parent"), id.of)],
        Kind::SequenceOwner => vec![format!("ALTER SEQUENCE {} OWNED BY NONE", id.of)],
        Kind::PublicationTable => vec![format!("ALTER PUBLICATION {} DROP TABLE {}", id.of, id.name)],
        Kind::PublicationSchema => vec![format!("ALTER PUBLICATION {} DROP TABLES IN SCHEMA {}", id.of, id.name)],
        Kind::DefaultPrivileges => other::default_privileges(scene.from, Some(object), None),
        Kind::ShellType => vec![format!("DROP TYPE IF EXISTS {}", id.name)],
        _ => vec![format!("DROP {id}")],
    }
}

/// How `from` becomes `to`; their attributes differ.
pub(super) fn alter(scene: Scene<'_>, from: &Object, to: &Object) -> Way {
    match to.id.kind {
        Kind::Table | Kind::ForeignTable => relation::alter_table(from, to),
        Kind::View => relation::alter_view(from, to),
        Kind::MaterializedView => relation::alter_materialized_view(from, to),
        Kind::Column => column::alter(scene, from, to),
        Kind::ViewColumn => column::alter_in_view(from, to),
        Kind::Attribute => Way::InPlace(Vec::new()),
        Kind::Default | Kind::ViewDefault => Way::InPlace(vec![column::set_default(to)]),
        Kind::Constraint | Kind::DomainConstraint => constraint::alter(from, to),
        Kind::Index => constraint::alter_index(from, to),
        Kind::Sequence => sequence::alter(from, to),
        Kind::SequenceOwner => Way::InPlace(create(scene, to)),
        Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range => types::alter(scene, from, to),
        Kind::Function | Kind::Procedure => routine::alter(from, to),
        Kind::ForeignDataWrapper | Kind::Server | Kind::UserMapping => foreign::alter(from, to),
        Kind::Publication | Kind::Subscription => publication::alter(from, to),
        Kind::DefaultPrivileges => Way::InPlace(other::default_privileges(scene.to, Some(from), Some(to))),
        _ => other::alter(scene, from, to),
    }
}

pub(super) use column::{add as add_column, retype as retype_column, rounded, settle as settle_column};
pub(super) use constraint::index_form;
pub(super) use other::default_acl;
pub(super) use relation::{is_inline, move_rows, parent_tables, rename_away};
pub(super) use text::same;
pub use types::labels as enum_labels;
pub(super) use types::old_name;
pub(super) use types::rename_away as rename_named_away;
pub(super) use values::guard;
