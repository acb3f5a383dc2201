//! Tables, indexes, views: what makes and alters them.

use super::super::ast::{Act, Alter, Bound, ColumnDef, Constraint, ConstraintKind as C, CreateIndex, CreateTable, Expr, Kind, Persistence};
use super::{Origin, expr, identifier, name, name_in, query, typename, word_in};
use crate::sql::tree::{Kind as K, Node};

pub(super) fn act(node: &Node, origin: Origin<'_>) -> Option<Act> {
    Some(match node.kind() {
        K::CREATE_TABLE | K::CREATE_TABLE_AS | K::CREATE_FOREIGN_TABLE => Act::CreateTable(Box::new(create(node, origin))),
        K::CREATE_INDEX => Act::CreateIndex(Box::new(create_index(node, origin))),
        K::CREATE_VIEW | K::CREATE_MATERIALIZED_VIEW => create_view(node, origin),
        K::ALTER_TABLE if node.has(K::ALL_IN_TABLESPACE) => Act::AlterAll,
        K::ALTER_TABLE => alter(node, Kind::Table, K::TABLE_RELATION_NAME, origin),
        K::ALTER_FOREIGN_TABLE => alter(node, Kind::ForeignTable, K::TABLE_RELATION_NAME, origin),
        K::ALTER_VIEW => alter(node, Kind::View, K::VIEW_REF, origin),
        K::ALTER_MATERIALIZED_VIEW => alter(node, Kind::MaterializedView, K::VIEW_REF, origin),
        K::ALTER_INDEX => alter(node, Kind::Index, K::INDEX_REF, origin),
        K::ALTER_SEQUENCE => alter(node, Kind::Sequence, K::SEQUENCE_REF, origin),
        K::ALTER_TYPE => alter(node, Kind::Type, K::TYPE_NAME_REF, origin),
        K::ALTER_DOMAIN => alter(node, Kind::Domain, K::DOMAIN_REF, origin),
        K::ALTER_FUNCTION => alter_routine(node, Kind::Function, K::FUNCTION_NAME_REF, origin),
        K::ALTER_PROCEDURE => alter_routine(node, Kind::Procedure, K::PROCEDURE_NAME_REF, origin),
        K::ALTER_SCHEMA => alter(node, Kind::Schema, K::SCHEMA_REF, origin),
        _ => return None,
    })
}

fn create(node: &Node, origin: Origin<'_>) -> CreateTable {
    let mut table = CreateTable {
        name: name_in(node, K::TABLE_NAME).unwrap_or_default(),
        if_not_exists: node.has(K::IF_NOT_EXISTS),
        persistence: persistence(node),
        foreign: node.kind() == K::CREATE_FOREIGN_TABLE,
        empty: node.has(K::WITH_NO_DATA),
        query: node.children().find(|it| query::is_query(it.kind())).map(|it| query::read(&it, origin)),
        ..CreateTable::default()
    };
    if let Some(key) = node.child(K::PARTITION_BY) {
        table.partitioned = true;
        let columns =
            expr::below(&key, origin).into_iter().filter_map(|it| if let Expr::Column(mut parts) = it { parts.pop() } else { None });
        table.partition_key = columns.collect();
    }
    if let Some(parent) = node.child(K::PARTITION_OF).and_then(|it| name_in(&it, K::TABLE_NAME_REF)) {
        table.partition_of = Some((parent, bound(node, origin)));
    }
    table.inherits =
        node.all(K::INHERITS).flat_map(|it| it.descendants().filter(|it| it.kind() == K::TABLE_NAME_REF)).map(|it| name(&it)).collect();
    for part in node.all(K::TABLE_ARG_LIST).flat_map(|it| it.children()) {
        match part.kind() {
            K::COLUMN => table.columns.push(column(&part, origin)),
            K::LIKE_CLAUSE => table.like.extend(name_in(&part, K::RELATION_NAME_REF)),
            _ => table.constraints.extend(constraint(&part, origin)),
        }
    }
    table
}

fn column(node: &Node, origin: Origin<'_>) -> ColumnDef {
    let name = word_in(node, K::COLUMN_NAME).unwrap_or_default();
    let kind = typename::of(node).unwrap_or_default();
    ColumnDef { name, kind, constraints: node.children().filter_map(|it| constraint(&it, origin)).collect() }
}

/// Reads a constraint of a table, a column or a domain; nothing for another node.
pub(super) fn constraint(node: &Node, origin: Origin<'_>) -> Option<Constraint> {
    let check = || expr::first(node, origin).unwrap_or(Expr::Other(Vec::new()));
    let what = match node.kind() {
        K::NOT_NULL_CONSTRAINT => C::NotNull(word_in(node, K::COLUMN_NAME_REF)),
        K::NULL_CONSTRAINT => C::Null,
        K::DEFAULT_CONSTRAINT => C::Default(check()),
        K::CHECK_CONSTRAINT => C::Check(check()),
        K::GENERATED_CONSTRAINT => generated(node, origin),
        K::PRIMARY_KEY_CONSTRAINT => C::Primary { columns: key_columns(node), index: using_index(node) },
        K::UNIQUE_CONSTRAINT => C::Unique { columns: key_columns(node), index: using_index(node) },
        K::EXCLUDE_CONSTRAINT => C::Exclude,
        K::REFERENCES_CONSTRAINT | K::FOREIGN_KEY_CONSTRAINT => foreign(node),
        _ => return None,
    };
    let name = node.child(K::CONSTRAINT_NAME_CLAUSE).and_then(|it| word_in(&it, K::CONSTRAINT_NAME));
    Some(Constraint { name, what, not_valid: node.has(K::NOT_VALID), not_enforced: node.has(K::NOT_ENFORCED) })
}

fn generated(node: &Node, origin: Origin<'_>) -> C {
    if let Some(identity) = node.child(K::GENERATED_IDENTITY) {
        return C::Identity { always: identity.has(K::GENERATED_ALWAYS) };
    }
    let inner = node.children().next();
    let value = inner.as_ref().and_then(|it| expr::first(it, origin)).unwrap_or(Expr::Other(Vec::new()));
    C::Generated { value, stored: node.descendants().any(|it| it.kind() == K::STORED) }
}

fn using_index(node: &Node) -> Option<super::Name> {
    node.child(K::USING_INDEX_NAME).and_then(|it| name_in(&it, K::INDEX_REF))
}

fn key_columns(node: &Node) -> Vec<String> {
    let lists = node.all(K::INDEX_PARAMETERS).flat_map(|it| it.all(K::CONSTRAINT_COLUMN_REF_LIST));
    lists.flat_map(|it| it.all(K::COLUMN_NAME_REF)).map(|it| identifier(&it.text())).collect()
}

fn foreign(node: &Node) -> C {
    let mut lists =
        node.all(K::FOREIGN_KEY_COLUMN_LIST).map(|list| list.all(K::COLUMN_NAME_REF).map(|it| identifier(&it.text())).collect());
    let inline = node.kind() == K::REFERENCES_CONSTRAINT;
    let columns = if inline { Vec::new() } else { lists.next().unwrap_or_default() };
    let targets = if inline { word_in(node, K::COLUMN_NAME_REF).into_iter().collect() } else { lists.next().unwrap_or_default() };
    C::Foreign { columns, table: name_in(node, K::TABLE_NAME_REF).unwrap_or_default(), targets }
}

fn bound(node: &Node, origin: Origin<'_>) -> Option<Bound> {
    node.children().find_map(|it| match it.kind() {
        K::PARTITION_DEFAULT => Some(Bound::Default),
        K::PARTITION_FOR_VALUES_IN => Some(Bound::List(expr::all(&it, origin))),
        K::PARTITION_FOR_VALUES_WITH => Some(Bound::Hash),
        K::PARTITION_FOR_VALUES_FROM => {
            let end = |kind| it.child(kind).map(|end| expr::all(&end, origin)).unwrap_or_default();
            Some(Bound::Range(end(K::PARTITION_FROM_VALUES), end(K::PARTITION_TO_VALUES)))
        }
        _ => None,
    })
}

fn create_index(node: &Node, origin: Origin<'_>) -> CreateIndex {
    let table = node.child(K::TABLE_RELATION_NAME);
    let items = node.all(K::PARTITION_ITEM_LIST).flat_map(|it| it.all(K::PARTITION_ITEM));
    CreateIndex {
        name: name_in(node, K::INDEX),
        only: table.as_ref().is_some_and(|it| it.has(K::ONLY_KW)),
        table: table.map(|it| name(&it)).unwrap_or_default(),
        unique: node.has(K::UNIQUE_KW),
        concurrently: node.has(K::CONCURRENTLY_KW),
        if_not_exists: node.has(K::IF_NOT_EXISTS),
        items: items.filter_map(|it| expr::first(&it, origin)).collect(),
        predicate: node.child(K::WHERE_CLAUSE).and_then(|it| expr::first(&it, origin)),
    }
}

fn create_view(node: &Node, origin: Origin<'_>) -> Act {
    let inner = node.children().find(|it| query::is_query(it.kind()));
    let listed = node.children().filter(|it| matches!(it.kind(), K::COLUMN_LIST | K::COLUMN_REF_LIST | K::TABLE_ARG_LIST));
    let columns = listed.flat_map(|it| it.descendants().filter(|it| matches!(it.kind(), K::COLUMN_NAME | K::COLUMN_NAME_REF)));
    Act::CreateView {
        name: name_in(node, K::VIEW).unwrap_or_default(),
        materialized: node.kind() == K::CREATE_MATERIALIZED_VIEW,
        replace: node.has(K::OR_REPLACE),
        if_not_exists: node.has(K::IF_NOT_EXISTS),
        columns: columns.map(|it| identifier(&it.text())).collect(),
        query: inner.map(|it| query::read(&it, origin)).unwrap_or_default(),
        empty: node.has(K::WITH_NO_DATA),
    }
}

fn persistence(node: &Node) -> Persistence {
    match () {
        () if node.has(K::TEMP) => Persistence::Temporary,
        () if node.has(K::UNLOGGED) => Persistence::Unlogged,
        () => Persistence::Permanent,
    }
}

fn alter(node: &Node, kind: Kind, named: K, origin: Origin<'_>) -> Act {
    let target = node.child(named);
    let only = target.as_ref().is_some_and(|it| it.has(K::ONLY_KW));
    let parts = node.children().filter(|it| !matches!(it.kind(), K::IF_EXISTS) && it.kind() != named);
    let actions = parts.flat_map(|it| if it.kind() == K::ALTER_TYPE_ATTRIBUTE_ACTION_LIST { it.children().collect() } else { vec![it] });
    let actions = actions.map(|it| (action(&it, origin), origin.span(&it))).collect();
    Act::Alter { kind, name: target.map(|it| name(&it)).unwrap_or_default(), if_exists: node.has(K::IF_EXISTS), only, actions }
}

/// The name of a routine stands before its arguments.
fn alter_routine(node: &Node, kind: Kind, named: K, origin: Origin<'_>) -> Act {
    let routine = node.descendants().find(|it| it.kind() == named).map(|it| name(&it)).unwrap_or_default();
    let actions = node.children().map(|it| (action(&it, origin), origin.span(&it))).collect();
    Act::Alter { kind, name: routine, if_exists: true, only: false, actions }
}

/// The new name in a `RENAME … TO`.
fn new_name(node: &Node) -> String {
    node.children().last().map(|it| name(&it).name).unwrap_or_default()
}

fn action(node: &Node, origin: Origin<'_>) -> Alter {
    let constraint_name = || node.child(K::CONSTRAINT_NAME_REF).map(|it| name(&it).name).unwrap_or_default();
    let column_name = || word_in(node, K::COLUMN_NAME_REF).unwrap_or_default();
    let (if_exists, cascade) = (node.has(K::IF_EXISTS), node.has(K::CASCADE));
    let table = || name_in(node, K::TABLE_NAME_REF).unwrap_or_default();
    match node.kind() {
        K::ADD_COLUMN => Alter::AddColumn { column: column(node, origin), if_not_exists: node.has(K::IF_NOT_EXISTS) },
        K::DROP_COLUMN => Alter::DropColumn { name: column_name(), if_exists, cascade },
        K::ALTER_COLUMN => alter_column(node, column_name(), origin),
        K::ADD_CONSTRAINT => node.children().find_map(|it| constraint(&it, origin)).map_or(Alter::Other, Alter::AddConstraint),
        K::CHECK_CONSTRAINT => constraint(node, origin).map_or(Alter::Other, Alter::AddConstraint),
        K::DROP_CONSTRAINT => Alter::DropConstraint { name: constraint_name(), if_exists, cascade },
        K::VALIDATE_CONSTRAINT => Alter::ValidateConstraint(constraint_name()),
        K::ALTER_CONSTRAINT => Alter::ChangeConstraint(constraint_name()),
        K::RENAME_COLUMN => Alter::RenameColumn(column_name(), word_in(node, K::COLUMN_NAME).unwrap_or_default()),
        K::RENAME_CONSTRAINT => Alter::RenameConstraint(constraint_name(), word_in(node, K::CONSTRAINT_NAME).unwrap_or_default()),
        K::SET_SCHEMA => Alter::SetSchema(word_in(node, K::SCHEMA_REF).unwrap_or_default()),
        K::ATTACH_PARTITION => Alter::Attach { table: table(), bound: bound(node, origin) },
        K::DETACH_PARTITION => Alter::Detach { table: table(), concurrently: node.has(K::DETACH_CONCURRENTLY) },
        K::ATTACH_INDEX_PARTITION => Alter::AttachIndex(name_in(node, K::INDEX_REF).unwrap_or_default()),
        K::ENABLE_RLS => Alter::EnableRls,
        K::DISABLE_RLS => Alter::DisableRls,
        K::FORCE_RLS => Alter::ForceRls,
        K::DISABLE_TRIGGER => Alter::Trigger { disable: true },
        K::ENABLE_TRIGGER | K::ENABLE_ALWAYS_TRIGGER | K::ENABLE_REPLICA_TRIGGER => Alter::Trigger { disable: false },
        K::SET_LOGGED => Alter::Rewrite("SET LOGGED"),
        K::SET_UNLOGGED => Alter::Rewrite("SET UNLOGGED"),
        K::SET_TABLESPACE => Alter::Rewrite("SET TABLESPACE"),
        K::SET_ACCESS_METHOD => Alter::Rewrite("SET ACCESS METHOD"),
        K::SET_OPTIONS | K::RESET_OPTIONS => Alter::Options,
        K::INHERIT_TABLE => Alter::Inherit(table()),
        K::NO_INHERIT_TABLE => Alter::NoInherit,
        K::OWNER_TO => Alter::OwnerTo,
        K::ADD_VALUE => Alter::AddValue(texts(node, origin).into_iter().next().unwrap_or_default(), node.has(K::IF_NOT_EXISTS)),
        K::RENAME_VALUE => {
            let mut texts = texts(node, origin).into_iter();
            Alter::RenameValue(texts.next().unwrap_or_default(), texts.next().unwrap_or_default())
        }
        K::OPTION_RESTART => Alter::Restart,
        K::OPTION_OWNED_BY => Alter::OwnedBy,
        K::SET_NOT_NULL => Alter::SetNotNull("value".into()),
        kind if is_rename(kind) => Alter::RenameTo(new_name(node)),
        _ if node.children().any(|it| it.kind() == K::OPTION_RESTART) => Alter::Restart,
        _ => Alter::Other,
    }
}

fn is_rename(kind: K) -> bool {
    matches!(
        kind,
        K::TABLE_RENAME_TO
            | K::VIEW_RENAME_TO
            | K::INDEX_RENAME_TO
            | K::SEQUENCE_RENAME_TO
            | K::TYPE_RENAME_TO
            | K::DOMAIN_RENAME_TO
            | K::SCHEMA_RENAME_TO
            | K::FUNCTION_RENAME_TO
            | K::PROCEDURE_RENAME_TO
    )
}

/// The string literals right below `node`.
fn texts(node: &Node, origin: Origin<'_>) -> Vec<String> {
    let text = |it: Expr| if let Expr::Text(text) = it { Some(text) } else { None };
    node.all(K::LITERAL).filter_map(|it| text(expr::read(&it, origin))).collect()
}

fn alter_column(node: &Node, column: String, origin: Origin<'_>) -> Alter {
    let Some(part) = node.children().find(|it| it.kind() != K::COLUMN_NAME_REF) else { return Alter::Other };
    match part.kind() {
        K::SET_NOT_NULL => Alter::SetNotNull(column),
        K::DROP_NOT_NULL => Alter::DropNotNull(column),
        K::SET_DEFAULT => Alter::SetDefault(column, expr::first(&part, origin).unwrap_or(Expr::Null)),
        K::DROP_DEFAULT => Alter::DropDefault(column),
        K::SET_TYPE => Alter::SetType {
            column,
            kind: typename::of(&part).unwrap_or_default(),
            using: part.child(K::USING_EXPR).and_then(|it| expr::first(&it, origin)),
            collation: part.child(K::COLLATE).map(|it| name(&it).name),
        },
        K::ADD_GENERATED => Alter::AddIdentity { column, always: part.has(K::GENERATED_ALWAYS) },
        K::SET_GENERATED_OPTIONS => {
            let set = part.child(K::SET_GENERATED);
            Alter::SetIdentity { column, always: set.map(|it| it.has(K::GENERATED_ALWAYS)) }
        }
        K::DROP_IDENTITY => Alter::DropIdentity(column),
        K::SET_EXPRESSION => Alter::SetExpression(column),
        K::DROP_EXPRESSION => Alter::DropExpression(column),
        _ => Alter::ColumnOption(column),
    }
}
