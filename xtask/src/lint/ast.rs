//! A statement as the rules see it: what it does to which object, without the grammar around it.
//!
//! Only what a rule or the schema asks for is kept; everything else is [`Act::Other`].

use std::fmt;
use std::ops::Range;

/// Bytes of the file.
pub type Span = Range<usize>;

/// The name of an object, as written: `schema.name` or `name`, folded as PostgreSQL folds it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Name {
    /// The schema, where it is written.
    pub schema: Option<String>,
    /// The name itself.
    pub name: String,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// A type as written, with PostgreSQL's own name for it (`int4`, `timestamptz`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TypeName {
    /// Its name; the schema only where it is written and not `pg_catalog`.
    pub name: Name,
    /// Length, precision and scale.
    pub arguments: Vec<i64>,
    /// Whether it is an array.
    pub array: bool,
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arguments: Vec<String> = self.arguments.iter().map(i64::to_string).collect();
        let list = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(",")) };
        write!(f, "{}{list}{}", self.name, if self.array { "[]" } else { "" })
    }
}

/// An expression, as far as its volatility, its columns and its constants matter.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    Null,
    Bool(bool),
    Text(String),
    Number(String),
    /// A column, a variable, `current_user` and the like: the parts of a dotted name.
    Column(Vec<String>),
    Call {
        name: Name,
        arguments: Vec<Expr>,
    },
    Cast(Box<Expr>, TypeName),
    /// The operator in upper case: `=`, `AND`, `IS NOT`, `NOT IN`, `AT TIME ZONE`.
    Binary(Box<Expr>, String, Box<Expr>),
    Not(Box<Expr>),
    /// Subject, low and high end.
    Between(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `(a, b)`, the right side of an `IN`.
    List(Vec<Expr>),
    Array(Vec<Expr>),
    Exists(Box<Query>),
    Query(Box<Query>),
    /// Anything else, by its parts.
    Other(Vec<Expr>),
}

/// What a query reads and computes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// `WITH` parts by name; one may change data.
    pub parts: Vec<(String, Act)>,
    /// Where its rows come from.
    pub sources: Vec<Source>,
    /// `WHERE` and the conditions of joins.
    pub conditions: Vec<Expr>,
    /// What it gives back.
    pub targets: Vec<Target>,
    /// `GROUP BY`, `HAVING` and the rest.
    pub others: Vec<Expr>,
    /// The further arms of `UNION` and the like.
    pub arms: Vec<Query>,
    /// `LIMIT`.
    pub limit: Option<Expr>,
    /// `VALUES` without a table.
    pub values: bool,
    /// `FOR UPDATE` and the like.
    pub locks_rows: bool,
}

/// One column of a query's result.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// `AS name`.
    pub alias: Option<String>,
    /// Nothing for `*`.
    pub value: Option<Expr>,
}

/// One item of `FROM`.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// What it is.
    pub from: From,
    /// What it is called in the query.
    pub alias: Option<String>,
}

/// What a `FROM` item is.
#[derive(Debug, Clone, PartialEq)]
pub enum From {
    Table(Name),
    Function(Expr),
    Query(Box<Query>),
}

/// A column as `CREATE TABLE` and `ADD COLUMN` write it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ColumnDef {
    pub name: String,
    pub kind: TypeName,
    pub constraints: Vec<Constraint>,
}

/// A constraint of a table, a column or a domain.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    pub name: Option<String>,
    pub what: ConstraintKind,
    /// `NOT VALID`.
    pub not_valid: bool,
    /// `NOT ENFORCED`.
    pub not_enforced: bool,
}

/// What a constraint asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum ConstraintKind {
    NotNull(Option<String>),
    Null,
    Default(Expr),
    Identity { always: bool },
    Generated { value: Expr, stored: bool },
    Check(Expr),
    Primary { columns: Vec<String>, index: Option<Name> },
    Unique { columns: Vec<String>, index: Option<Name> },
    Exclude,
    Foreign { columns: Vec<String>, table: Name, targets: Vec<String> },
}

/// The kinds of objects that rules tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Table,
    ForeignTable,
    View,
    MaterializedView,
    Index,
    Sequence,
    Type,
    Domain,
    Schema,
    Function,
    Procedure,
    Extension,
    Trigger,
    Policy,
    Rule,
    Database,
    Other,
}

impl Kind {
    /// The word that people use.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Table => "table",
            Kind::ForeignTable => "foreign table",
            Kind::View => "view",
            Kind::MaterializedView => "materialized view",
            Kind::Index => "index",
            Kind::Sequence => "sequence",
            Kind::Type => "type",
            Kind::Domain => "domain",
            Kind::Schema => "schema",
            Kind::Function => "function",
            Kind::Procedure => "procedure",
            Kind::Extension => "extension",
            Kind::Trigger => "trigger",
            Kind::Policy => "policy",
            Kind::Rule => "rule",
            Kind::Database => "database",
            Kind::Other => "object",
        }
    }
}

/// How far a table lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Persistence {
    #[default]
    Permanent,
    Temporary,
    Unlogged,
}

/// Which rows a partition takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    Default,
    /// From and to, as texts.
    Range(Vec<Expr>, Vec<Expr>),
    List(Vec<Expr>),
    Hash,
}

/// `CREATE TABLE`, `CREATE TABLE AS`, `SELECT INTO`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreateTable {
    pub name: Name,
    pub if_not_exists: bool,
    pub persistence: Persistence,
    pub foreign: bool,
    pub columns: Vec<ColumnDef>,
    pub constraints: Vec<Constraint>,
    pub like: Vec<Name>,
    pub inherits: Vec<Name>,
    pub partition_of: Option<(Name, Option<Bound>)>,
    pub partitioned: bool,
    /// The columns that it is partitioned by.
    pub partition_key: Vec<String>,
    pub query: Option<Query>,
    /// `WITH NO DATA`.
    pub empty: bool,
}

/// `CREATE INDEX`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreateIndex {
    pub name: Option<Name>,
    pub table: Name,
    pub only: bool,
    pub unique: bool,
    pub concurrently: bool,
    pub if_not_exists: bool,
    /// Plain columns by name, expressions as such.
    pub items: Vec<Expr>,
    pub predicate: Option<Expr>,
}

/// One part of `ALTER TABLE`.
#[derive(Debug, Clone, PartialEq)]
pub enum Alter {
    AddColumn {
        column: ColumnDef,
        if_not_exists: bool,
    },
    DropColumn {
        name: String,
        if_exists: bool,
        cascade: bool,
    },
    SetNotNull(String),
    DropNotNull(String),
    SetDefault(String, Expr),
    DropDefault(String),
    SetType {
        column: String,
        kind: TypeName,
        using: Option<Expr>,
        collation: Option<String>,
    },
    AddIdentity {
        column: String,
        always: bool,
    },
    SetIdentity {
        column: String,
        always: Option<bool>,
    },
    DropIdentity(String),
    SetExpression(String),
    DropExpression(String),
    /// `SET STORAGE`, `SET STATISTICS` and the like on a column.
    ColumnOption(String),
    AddConstraint(Constraint),
    DropConstraint {
        name: String,
        if_exists: bool,
        cascade: bool,
    },
    ValidateConstraint(String),
    ChangeConstraint(String),
    RenameColumn(String, String),
    RenameConstraint(String, String),
    RenameTo(String),
    SetSchema(String),
    Attach {
        table: Name,
        bound: Option<Bound>,
    },
    Detach {
        table: Name,
        concurrently: bool,
    },
    AttachIndex(Name),
    EnableRls,
    DisableRls,
    ForceRls,
    Trigger {
        disable: bool,
    },
    /// `SET LOGGED`, `SET UNLOGGED`, `SET TABLESPACE`, `SET ACCESS METHOD`: a new file for the whole table.
    Rewrite(&'static str),
    /// `SET (…)`, `RESET (…)`.
    Options,
    Inherit(Name),
    NoInherit,
    OwnerTo,
    /// Value, `IF NOT EXISTS`.
    AddValue(String, bool),
    RenameValue(String, String),
    Restart,
    OwnedBy,
    Other,
}

/// What a `GRANT` or `REVOKE` is about.
#[derive(Debug, Clone, PartialEq)]
pub enum GrantOn {
    Relations(Vec<Name>),
    AllTables(Vec<String>),
    Functions(Vec<Name>),
    Schemas(Vec<String>),
    Roles,
    Other,
}

/// `GRANT` and `REVOKE`.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    pub on: GrantOn,
    /// Privileges in lower case; `all`.
    pub privileges: Vec<String>,
    pub roles: Vec<String>,
}

/// The body of a routine or a `DO` block.
#[derive(Debug, Clone, PartialEq)]
pub enum Code {
    /// SQL statements.
    Sql(Vec<Statement>),
    /// PL/pgSQL.
    Block(Vec<Step>),
    /// Another language, or a body that could not be read.
    Opaque,
}

/// A statement of PL/pgSQL.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub what: StepKind,
    pub span: Span,
}

/// What a PL/pgSQL statement does.
#[derive(Debug, Clone, PartialEq)]
pub enum StepKind {
    Sql(Box<Statement>),
    /// `var := value`; also from a declaration.
    Assign(String, Option<Expr>),
    /// `EXECUTE`.
    Execute(Expr),
    /// Arms with their conditions, where there is one.
    If(Vec<(Option<Expr>, Vec<Step>)>),
    Loop {
        body: Vec<Step>,
        /// `FOREACH var IN ARRAY value`: the variable and what it runs over.
        over: Option<(String, Option<Expr>)>,
        /// What `FOR r IN query` and the conditions read.
        reads: Option<Box<Query>>,
    },
    /// A block of its own; handlers come last.
    Block(Vec<Step>),
    Handler(Vec<Step>),
    /// Expressions that are evaluated and thrown away.
    Evaluate(Vec<Expr>),
    Commit,
    Return,
    Raise,
    /// Could not be read.
    Opaque,
}

/// `CREATE FUNCTION` and `CREATE PROCEDURE`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateFunction {
    pub name: Name,
    pub procedure: bool,
    pub replace: bool,
    /// Types of its arguments.
    pub arguments: Vec<TypeName>,
    pub language: String,
    /// `i`, `s` or `v`.
    pub volatility: char,
    /// What it gives back; nothing for `TABLE (…)` and for procedures.
    pub returns: Option<TypeName>,
    pub code: Code,
}

/// One thing that a statement does.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    CreateTable(Box<CreateTable>),
    CreateIndex(Box<CreateIndex>),
    /// `ALTER TABLE`, `ALTER VIEW`, `ALTER INDEX`, `ALTER TYPE` …
    Alter {
        kind: Kind,
        name: Name,
        if_exists: bool,
        only: bool,
        actions: Vec<(Alter, Span)>,
    },
    AlterAll,
    Drop {
        kind: Kind,
        names: Vec<Name>,
        on: Option<Name>,
        if_exists: bool,
        cascade: bool,
        concurrently: bool,
    },
    DropOwned,
    /// `COMMENT ON TABLE` and `COMMENT ON COLUMN`.
    Comment {
        table: Name,
        column: Option<String>,
    },
    CreateEnum {
        name: Name,
        values: Vec<String>,
    },
    CreateType(Name),
    CreateDomain {
        name: Name,
        base: TypeName,
        constraints: Vec<Constraint>,
    },
    CreateView {
        name: Name,
        materialized: bool,
        replace: bool,
        if_not_exists: bool,
        columns: Vec<String>,
        query: Query,
        empty: bool,
    },
    CreateFunction(Box<CreateFunction>),
    CreateSequence {
        name: Name,
        if_not_exists: bool,
    },
    CreateSchema {
        name: String,
        if_not_exists: bool,
    },
    CreateExtension(String),
    CreateTrigger {
        /// The columns behind `UPDATE OF` and in `WHEN`.
        columns: Vec<String>,
        table: Name,
        function: Name,
    },
    CreatePolicy {
        table: Name,
        policy: super::schema::Policy,
    },
    CreateDatabase,
    Grant(Grant),
    Revoke(Grant),
    Query(Box<Query>),
    /// Table and where the rows come from; nothing for `DEFAULT VALUES`.
    Insert {
        table: Name,
        columns: Vec<String>,
        query: Box<Query>,
        upserts: bool,
    },
    /// Table, alias, and what it reads besides.
    Update {
        table: Name,
        alias: Option<String>,
        sets: Vec<(String, Expr)>,
        query: Box<Query>,
        cursor: bool,
    },
    Delete {
        table: Name,
        alias: Option<String>,
        query: Box<Query>,
        cursor: bool,
    },
    Merge {
        table: Name,
        alias: Option<String>,
        query: Box<Query>,
        deletes: bool,
        changes: bool,
    },
    Truncate {
        tables: Vec<Name>,
        cascade: bool,
    },
    Copy {
        table: Option<Name>,
        from: bool,
        query: Option<Box<Query>>,
    },
    Set {
        name: String,
        values: Vec<String>,
        local: bool,
    },
    Reset(String),
    SetRole {
        local: bool,
        none: bool,
    },
    /// `DISCARD ALL`.
    DiscardAll,
    Savepoint(String),
    RollbackTo(String),
    Release(String),
    Begin,
    Commit,
    Rollback,
    Lock {
        tables: Vec<Name>,
        mode: String,
    },
    Reindex {
        kind: Kind,
        name: Name,
        concurrently: bool,
    },
    Cluster(Option<Name>),
    Vacuum {
        tables: Vec<Name>,
        full: bool,
    },
    Refresh {
        name: Name,
        concurrently: bool,
    },
    Do(Code),
    Call {
        name: Name,
        arguments: Vec<Expr>,
    },
    /// `EXPLAIN`: what it explains, and whether it runs it.
    Explain(Box<Act>, bool),
    Other,
}

/// An act with its place in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub act: Act,
    pub span: Span,
}
