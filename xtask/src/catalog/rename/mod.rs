//! Told renames: the statements, and the first catalog as it is once they ran, so that everything else is compared under the new name.
//!
//! PostgreSQL renames dependents along: a view goes on with a renamed table. The texts that the server would print then are made here
//! ([`mod@text`]); where one does not come out exactly so, the dependent is defined once more where it stands, which changes nothing.

mod apply;
mod find;
mod statements;
mod text;

pub(super) use apply::apply;
pub use find::{Unresolved, candidates, resolve};

use super::model::{Id, Kind};
use std::fmt;

/// One thing that is called otherwise in the second catalog.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rename {
    /// An object, by its ids in the first and in the second catalog. Those of a column or constraint name its table, too, which may have
    /// another name in each. A new schema moves it there.
    Object(Id, Id),
    /// A value of an enum: the type's name in the first catalog, and the old and the new value as literals.
    Value {
        /// The enum, as [`Id::name`] has it in the first catalog.
        of: String,
        /// The old value, quoted.
        from: String,
        /// The new value, quoted.
        to: String,
    },
}

impl fmt::Display for Rename {
    /// In words: `table public.t to public.u`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rename::Object(from, to) if from.of.is_empty() => write!(f, "{} {} to {}", from.kind.info().label, from.name, to.name),
            Rename::Object(from, to) => write!(f, "{} {}.{} to {}", from.kind.info().label, from.of, from.name, to.name),
            Rename::Value { of, from, to } => write!(f, "value {of}.{from} to {to}"),
        }
    }
}

/// Whether PostgreSQL renames objects of this kind.
fn is_renamable(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Extension
            | Kind::UserMapping
            | Kind::Operator
            | Kind::Cast
            | Kind::Transform
            | Kind::AccessMethod
            | Kind::Default
            | Kind::ViewDefault
            | Kind::SequenceOwner
            | Kind::Partition
            | Kind::IndexPartition
            | Kind::PublicationTable
            | Kind::PublicationSchema
            | Kind::DefaultPrivileges
            | Kind::ShellType
    )
}

/// A name without schema, arguments and access method: `f` of `public.f(integer)`.
fn bare(name: &str) -> &str {
    let own = parts(name).last().map_or(name, |(start, _)| &name[*start..]);
    let (mut end, mut quoted) = (own.len(), false);
    for (at, c) in own.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' | ' ' if !quoted => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    &own[..end]
}

/// The schema of a name, if it has one.
fn schema(name: &str) -> &str {
    let parts = parts(name);
    if parts.len() > 1 { &name[parts[0].0..parts[0].1] } else { "" }
}

/// Where the parts of a dotted name stand, as far as its arguments.
fn parts(name: &str) -> Vec<(usize, usize)> {
    let (mut list, mut start, mut quoted, mut end) = (Vec::new(), 0, false, name.len());
    for (at, c) in name.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => {
                list.push((start, at));
                start = at + 1;
            }
            '(' | ' ' if !quoted => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    list.push((start, end));
    list
}

#[cfg(test)]
mod tests;
