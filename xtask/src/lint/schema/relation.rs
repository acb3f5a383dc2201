//! Tables, views, indexes and sequences, with what stands on them.

use super::super::ast::{Bound, Expr, Kind, TypeName};
use super::Id;
use std::collections::BTreeSet;

/// A relation.
#[derive(Debug, Clone)]
pub(in super::super) struct Relation {
    pub id: Id,
    pub schema: String,
    pub name: String,
    pub kind: Kind,
    /// Made in the judged migrations (or temporary): nobody uses it yet, everything on it is safe.
    pub here: bool,
    /// Made where it is not certain that the statement runs.
    pub maybe: bool,
    /// Made in the transaction that is open.
    pub fresh: bool,
    pub columns: Vec<Column>,
    /// `false` where it was made from something that cannot be read.
    pub columns_known: bool,
    pub constraints: Vec<TableConstraint>,
    /// Partitioned or inherited tables above it.
    pub parents: Vec<Id>,
    pub bound: Option<Bound>,
    pub partitioned: bool,
    pub partition_key: Vec<String>,
    pub unlogged: bool,
    pub row_security: bool,
    pub policies: Vec<Policy>,
    /// Its triggers, each with the columns that it names.
    pub triggers: Vec<Vec<String>>,
    /// Role and privilege.
    pub granted: BTreeSet<(String, String)>,
    /// What a view reads, and the columns of it that it surely uses.
    pub reads: Vec<Id>,
    pub read_columns: Vec<(Id, String)>,
    pub index: Option<Index>,
    /// The columns that lead an index.
    pub indexed: Vec<String>,
}

/// Whom a policy lets do what.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Policy {
    /// `all`, or one of `select`, `insert`, `update`, `delete`.
    pub command: String,
    /// Nothing for everyone.
    pub roles: Vec<String>,
    /// It widens rather than narrows, and its condition is not plainly false.
    pub opens: bool,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Column {
    pub name: String,
    pub kind: TypeName,
    pub not_null: bool,
    pub default: Option<Expr>,
    /// `true` for `GENERATED ALWAYS`.
    pub identity: Option<bool>,
    pub serial: bool,
    /// The columns that a generated column is computed from.
    pub generated_from: Option<Vec<String>>,
    pub here: bool,
}

/// What an index covers.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Index {
    pub table: Id,
    pub unique: bool,
    /// Plain columns in order; nothing for an expression.
    pub columns: Vec<Option<String>>,
    /// Every column that its expressions and its predicate mention.
    pub computed_from: Vec<String>,
    pub partial: bool,
    /// A constraint stands on it.
    pub constraint: bool,
}

/// A constraint of a table.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct TableConstraint {
    pub name: String,
    pub key: Key,
    pub valid: bool,
}

/// What a constraint is about.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Key {
    Primary(Vec<String>),
    Unique(Vec<String>),
    Exclude,
    Check(Expr),
    NotNull(String),
    Foreign { columns: Vec<String>, target: Option<Id>, targets: Vec<String> },
}

impl Relation {
    pub(in super::super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|it| it.name == name)
    }

    pub(in super::super) fn column_mut(&mut self, name: &str) -> Option<&mut Column> {
        self.columns.iter_mut().find(|it| it.name == name)
    }

    pub(in super::super) fn constraint(&self, name: &str) -> Option<&TableConstraint> {
        self.constraints.iter().find(|it| it.name == name)
    }

    /// Whether it holds rows of its own.
    pub(in super::super) fn has_rows(&self) -> bool {
        matches!(self.kind, Kind::Table | Kind::MaterializedView)
    }

    /// The name as a message shows it.
    pub(in super::super) fn shown(&self) -> String {
        if self.schema == "public" || self.schema == "pg_temp" { self.name.clone() } else { format!("{}.{}", self.schema, self.name) }
    }

    /// The columns of its primary key.
    pub(in super::super) fn primary_key(&self) -> Option<&[String]> {
        self.constraints.iter().find_map(|it| if let Key::Primary(columns) = &it.key { Some(columns.as_slice()) } else { None })
    }

    /// Whether a validated constraint proves that `column` holds no null.
    pub(in super::super) fn proves_not_null(&self, column: &str) -> bool {
        self.constraints.iter().filter(|it| it.valid).any(|it| match &it.key {
            Key::Check(condition) => implies_not_null(condition, column),
            Key::NotNull(of) => of == column,
            Key::Primary(columns) => columns.iter().any(|it| it == column),
            _ => false,
        })
    }
}

/// Whether `condition` holds `column IS NOT NULL` as itself or as a part of an `AND`. Nothing weaker convinces PostgreSQL.
fn implies_not_null(condition: &Expr, column: &str) -> bool {
    match condition {
        Expr::Binary(left, operator, right) if operator == "AND" => implies_not_null(left, column) || implies_not_null(right, column),
        Expr::Binary(left, operator, right) if operator == "IS NOT" && **right == Expr::Null => is_column(left, column),
        Expr::Not(inner) => match &**inner {
            Expr::Binary(left, operator, right) => operator == "IS" && **right == Expr::Null && is_column(left, column),
            Expr::Other(parts) => {
                matches!(parts.as_slice(), [Expr::Binary(left, operator, right)] if operator == "IS" && **right == Expr::Null && is_column(left, column))
            }
            _ => false,
        },
        _ => false,
    }
}

fn is_column(expr: &Expr, column: &str) -> bool {
    matches!(expr, Expr::Column(parts) if parts.last().is_some_and(|it| it == column))
}
