//! The kinds of objects and what they have in common: one table, in the order in which a new database gets them.

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it all, and the table below says it again")]
pub enum Kind {
    Schema,
    Extension,
    Language,
    ForeignDataWrapper,
    Server,
    UserMapping,
    Collation,
    ShellType,
    Enum,
    Domain,
    DomainConstraint,
    Composite,
    Attribute,
    Range,
    BaseType,
    Function,
    Procedure,
    Aggregate,
    Operator,
    OperatorFamily,
    OperatorClass,
    AccessMethod,
    Cast,
    Transform,
    Conversion,
    TextSearchParser,
    TextSearchTemplate,
    TextSearchDictionary,
    TextSearchConfiguration,
    Sequence,
    Table,
    ForeignTable,
    Column,
    Default,
    SequenceOwner,
    View,
    ViewColumn,
    ViewDefault,
    MaterializedView,
    Constraint,
    Index,
    Partition,
    IndexPartition,
    Statistics,
    Rule,
    Trigger,
    Policy,
    Publication,
    PublicationTable,
    PublicationSchema,
    Subscription,
    EventTrigger,
    DefaultPrivileges,
}

/// What PostgreSQL grants on a kind of object.
#[derive(Debug, Clone, Copy)]
pub struct Grants {
    /// The word after `ON`.
    pub keyword: &'static str,
    /// The privileges that the owner has by default: all there are.
    pub owner: &'static str,
    /// The privileges that everybody has by default.
    pub public: &'static str,
    /// The letter of `pg_default_acl.defaclobjtype`, where default privileges can be set.
    pub letter: char,
}

/// What is the same for all objects of a kind.
#[derive(Debug, Clone, Copy)]
pub struct Info {
    /// The kind.
    pub kind: Kind,
    /// What the queries call it.
    pub label: &'static str,
    /// What SQL calls it.
    pub keyword: &'static str,
    /// Whether `ALTER … OWNER TO` is known.
    pub owned: bool,
    /// What can be granted.
    pub grants: Option<Grants>,
}

const fn plain(kind: Kind, label: &'static str, keyword: &'static str) -> Info {
    Info { kind, label, keyword, owned: false, grants: None }
}

const fn owned(kind: Kind, label: &'static str, keyword: &'static str) -> Info {
    Info { kind, label, keyword, owned: true, grants: None }
}

const fn granted(kind: Kind, label: &'static str, keyword: &'static str, grants: Grants) -> Info {
    Info { kind, label, keyword, owned: true, grants: Some(grants) }
}

const fn grants(keyword: &'static str, owner: &'static str, public: &'static str, letter: char) -> Grants {
    Grants { keyword, owner, public, letter }
}

const ON_TABLE: Grants = grants("TABLE", "arwdDxtm", "", 'r');
const ON_TYPE: Grants = grants("TYPE", "U", "U", 'T');
const ON_COLUMN: Grants = grants("TABLE", "", "", ' ');

/// A kind per row, in the order of [`Kind`].
static KINDS: [Info; 53] = [
    granted(Kind::Schema, "schema", "SCHEMA", grants("SCHEMA", "UC", "", 'n')),
    plain(Kind::Extension, "extension", "EXTENSION"),
    granted(Kind::Language, "language", "LANGUAGE", grants("LANGUAGE", "U", "U", ' ')),
    granted(Kind::ForeignDataWrapper, "foreign data wrapper", "FOREIGN DATA WRAPPER", grants("FOREIGN DATA WRAPPER", "U", "", ' ')),
    granted(Kind::Server, "server", "SERVER", grants("FOREIGN SERVER", "U", "", ' ')),
    plain(Kind::UserMapping, "user mapping", "USER MAPPING"),
    owned(Kind::Collation, "collation", "COLLATION"),
    owned(Kind::ShellType, "shell type", "TYPE"),
    granted(Kind::Enum, "enum", "TYPE", ON_TYPE),
    granted(Kind::Domain, "domain", "DOMAIN", grants("DOMAIN", "U", "U", 'T')),
    plain(Kind::DomainConstraint, "domain constraint", "CONSTRAINT"),
    granted(Kind::Composite, "composite", "TYPE", ON_TYPE),
    plain(Kind::Attribute, "attribute", "COLUMN"),
    granted(Kind::Range, "range", "TYPE", ON_TYPE),
    granted(Kind::BaseType, "base type", "TYPE", ON_TYPE),
    granted(Kind::Function, "function", "FUNCTION", grants("FUNCTION", "X", "X", 'f')),
    granted(Kind::Procedure, "procedure", "PROCEDURE", grants("PROCEDURE", "X", "X", 'f')),
    granted(Kind::Aggregate, "aggregate", "AGGREGATE", grants("FUNCTION", "X", "X", 'f')),
    owned(Kind::Operator, "operator", "OPERATOR"),
    owned(Kind::OperatorFamily, "operator family", "OPERATOR FAMILY"),
    owned(Kind::OperatorClass, "operator class", "OPERATOR CLASS"),
    plain(Kind::AccessMethod, "access method", "ACCESS METHOD"),
    plain(Kind::Cast, "cast", "CAST"),
    plain(Kind::Transform, "transform", "TRANSFORM"),
    owned(Kind::Conversion, "conversion", "CONVERSION"),
    plain(Kind::TextSearchParser, "text search parser", "TEXT SEARCH PARSER"),
    plain(Kind::TextSearchTemplate, "text search template", "TEXT SEARCH TEMPLATE"),
    owned(Kind::TextSearchDictionary, "text search dictionary", "TEXT SEARCH DICTIONARY"),
    owned(Kind::TextSearchConfiguration, "text search configuration", "TEXT SEARCH CONFIGURATION"),
    granted(Kind::Sequence, "sequence", "SEQUENCE", grants("SEQUENCE", "rwU", "", 'S')),
    granted(Kind::Table, "table", "TABLE", ON_TABLE),
    granted(Kind::ForeignTable, "foreign table", "FOREIGN TABLE", ON_TABLE),
    Info { kind: Kind::Column, label: "column", keyword: "COLUMN", owned: false, grants: Some(ON_COLUMN) },
    plain(Kind::Default, "default", "DEFAULT"),
    plain(Kind::SequenceOwner, "sequence owner", "SEQUENCE OWNER"),
    granted(Kind::View, "view", "VIEW", ON_TABLE),
    Info { kind: Kind::ViewColumn, label: "view column", keyword: "COLUMN", owned: false, grants: Some(ON_COLUMN) },
    plain(Kind::ViewDefault, "view default", "DEFAULT"),
    granted(Kind::MaterializedView, "materialized view", "MATERIALIZED VIEW", ON_TABLE),
    plain(Kind::Constraint, "constraint", "CONSTRAINT"),
    plain(Kind::Index, "index", "INDEX"),
    plain(Kind::Partition, "partition", "PARTITION"),
    plain(Kind::IndexPartition, "index partition", "INDEX PARTITION"),
    owned(Kind::Statistics, "statistics", "STATISTICS"),
    plain(Kind::Rule, "rule", "RULE"),
    plain(Kind::Trigger, "trigger", "TRIGGER"),
    plain(Kind::Policy, "policy", "POLICY"),
    owned(Kind::Publication, "publication", "PUBLICATION"),
    plain(Kind::PublicationTable, "publication table", "PUBLICATION TABLE"),
    plain(Kind::PublicationSchema, "publication schema", "PUBLICATION SCHEMA"),
    owned(Kind::Subscription, "subscription", "SUBSCRIPTION"),
    owned(Kind::EventTrigger, "event trigger", "EVENT TRIGGER"),
    plain(Kind::DefaultPrivileges, "default privileges", "DEFAULT PRIVILEGES"),
];

impl Kind {
    /// What is known of the kind.
    #[must_use]
    pub fn info(self) -> &'static Info {
        &KINDS[self as usize]
    }

    /// The kind that the queries call `label`.
    #[must_use]
    pub fn from_label(label: &str) -> Option<Kind> {
        KINDS.iter().find(|info| info.label == label).map(|info| info.kind)
    }

    /// Whether it is a type of its own, which columns can have.
    #[must_use]
    pub fn is_type(self) -> bool {
        matches!(self, Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range | Kind::BaseType)
    }

    /// Whether it has columns or other parts that are named after it.
    #[must_use]
    pub fn is_relation(self) -> bool {
        matches!(self, Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_kinds() {
        for (i, info) in KINDS.iter().enumerate() {
            assert_eq!(info.kind as usize, i, "{}", info.label);
            assert_eq!(Kind::from_label(info.label), Some(info.kind));
        }
    }
}
