//! The statements of renames, in an order in which no name is taken twice.

use super::super::diff::Step;
use super::super::model::{Id, Kind};
use super::text::Names;
use super::{Rename, bare, schema};

/// A rename that is still to be said.
struct Move {
    /// What it is called when its turn comes: schemas and tables have their new names by then.
    at: Id,
    to: Id,
    /// What stands in the way or gives way: the names that it leaves and takes.
    leaves: String,
    takes: String,
}

/// The steps, schemas first and parts after what they belong to.
pub(super) fn steps(renames: &[Rename], names: &Names) -> Vec<Step> {
    let mut moves: Vec<Move> = renames.iter().filter_map(|rename| moved(rename, names)).collect();
    moves.sort_by(|a, b| (rank(a.at.kind), &a.at).cmp(&(rank(b.at.kind), &b.at)));
    let mut steps = Vec::new();
    while !moves.is_empty() {
        let is_free = |it: &Move| !moves.iter().any(|other| other.leaves == it.takes && other.takes != other.leaves);
        match moves.iter().position(is_free) {
            Some(i) => {
                let it = moves.remove(i);
                steps.push(Step::new(&it.to, statements(&it.at, &it.to)));
            }
            None => steps.push(put_aside(&mut moves[0])),
        }
    }
    let values = renames.iter().filter_map(|rename| match rename {
        Rename::Value { of, from, to } => Some((names.current(of), from, to)),
        Rename::Object(..) => None,
    });
    steps.extend(values.map(|(of, from, to)| {
        let statement = format!("ALTER TYPE {of} RENAME VALUE {from} TO {to}");
        Step::new(&Id::new(Kind::Enum, "", &of), vec![statement])
    }));
    steps
}

/// Two that change names: the first takes another one meanwhile.
fn put_aside(it: &mut Move) -> Step {
    let aside = super::super::make::old_name(bare(&it.at.name));
    let statement = rename(&it.at, &aside);
    let schema = schema(&it.at.name);
    let rest = &it.at.name[it.at.name.find(bare(&it.at.name)).unwrap_or_default() + bare(&it.at.name).len()..];
    it.at.name = if schema.is_empty() { aside } else { format!("{schema}.{aside}{rest}") };
    it.leaves = format!("{} {} {}", it.at.kind as i32, it.at.of, it.at.name);
    Step::new(&it.to, vec![statement])
}

fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Schema => 0,
        Kind::Column | Kind::ViewColumn | Kind::Attribute | Kind::Constraint | Kind::DomainConstraint => 2,
        Kind::Trigger | Kind::Policy | Kind::Rule | Kind::Index => 2,
        _ => 1,
    }
}

fn moved(rename: &Rename, names: &Names) -> Option<Move> {
    let Rename::Object(from, to) = rename else { return None };
    let own = schema(&from.name);
    let name = match names.schemas.get(own) {
        Some(now) => format!("{now}{}", &from.name[own.len()..]),
        None => from.name.clone(),
    };
    // An index moves along with its table.
    let name = if from.kind == Kind::Index { format!("{}.{}", schema(&to.of), bare(&from.name)) } else { name };
    let at = Id::new(from.kind, &to.of, &name);
    let key = |name: &str| format!("{} {} {name}", from.kind as i32, to.of);
    (at.name != to.name).then(|| Move { leaves: key(&at.name), takes: key(&to.name), to: to.clone(), at })
}

fn statements(at: &Id, to: &Id) -> Vec<String> {
    let mut statements = Vec::new();
    let mut at = at.clone();
    if schema(&at.name) != schema(&to.name) && at.kind != Kind::Index {
        statements.push(format!("ALTER {} SET SCHEMA {}", keyword(&at), schema(&to.name)));
        at.name = format!("{}{}", schema(&to.name), &at.name[schema(&at.name).len()..]);
    }
    if bare(&at.name) != bare(&to.name) {
        statements.push(rename(&at, bare(&to.name)));
    }
    statements
}

/// The object as `ALTER … RENAME` and `SET SCHEMA` name it.
fn keyword(id: &Id) -> String {
    match id.kind {
        Kind::Index => format!("INDEX {}", id.name),
        _ => id.to_string(),
    }
}

fn rename(id: &Id, name: &str) -> String {
    let of = &id.of;
    match id.kind {
        Kind::Column | Kind::ViewColumn => format!("ALTER TABLE {of} RENAME COLUMN {} TO {name}", id.name),
        Kind::Attribute => format!("ALTER TYPE {of} RENAME ATTRIBUTE {} TO {name}", id.name),
        Kind::Constraint => format!("ALTER TABLE {of} RENAME CONSTRAINT {} TO {name}", id.name),
        Kind::DomainConstraint => format!("ALTER DOMAIN {of} RENAME CONSTRAINT {} TO {name}", id.name),
        _ => format!("ALTER {} RENAME TO {name}", keyword(id)),
    }
}
