//! Everything that is no table: types, rights, drops, settings, transactions, maintenance.

use super::super::ast::{Act, Expr, Grant, GrantOn, Kind, Name};
use super::super::schema::{Policy, mentions};
use super::{Origin, expr, identifier, name, name_in, segments, table, typename, word_in};
use crate::sql::tree::{Kind as K, Node};

pub(super) fn act(node: &Node, origin: Origin<'_>) -> Option<Act> {
    create(node, origin).or_else(|| drop(node)).or_else(|| session(node, origin)).or_else(|| maintain(node))
}

fn create(node: &Node, origin: Origin<'_>) -> Option<Act> {
    Some(match node.kind() {
        K::CREATE_TYPE => create_type(node, origin),
        K::CREATE_DOMAIN => Act::CreateDomain {
            name: name_in(node, K::DOMAIN)?,
            base: typename::of(node).unwrap_or_default(),
            constraints: node.children().filter_map(|it| table::constraint(&it, origin)).collect(),
        },
        K::CREATE_SEQUENCE => Act::CreateSequence { name: name_in(node, K::SEQUENCE)?, if_not_exists: node.has(K::IF_NOT_EXISTS) },
        K::CREATE_SCHEMA => {
            let named = node.child(K::NAMED_SCHEMA).unwrap_or_else(|| node.clone());
            Act::CreateSchema { name: word_in(&named, K::SCHEMA).unwrap_or_default(), if_not_exists: node.has(K::IF_NOT_EXISTS) }
        }
        K::CREATE_EXTENSION => Act::CreateExtension(word_in(node, K::EXTENSION).unwrap_or_default()),
        K::CREATE_TRIGGER => create_trigger(node, origin)?,
        K::CREATE_POLICY => Act::CreatePolicy { table: on(node)?, policy: policy(node, origin) },
        K::CREATE_DATABASE => Act::CreateDatabase,
        K::COMMENT_ON => comment(node)?,
        K::GRANT => Act::Grant(grant(node)),
        K::REVOKE => Act::Revoke(grant(node)),
        _ => return None,
    })
}

fn create_type(node: &Node, origin: Origin<'_>) -> Act {
    let name = name_in(node, K::TYPE_NAME).unwrap_or_default();
    let Some(list) = node.child(K::ENUM_TYPE).map(|it| it.all(K::VARIANT_LIST).collect::<Vec<_>>()) else { return Act::CreateType(name) };
    let literals = list.iter().flat_map(|it| it.all(K::VARIANT)).flat_map(|it| it.all(K::LITERAL));
    let text = |it: Node| if let Expr::Text(text) = expr::read(&it, origin) { Some(text) } else { None };
    Act::CreateEnum { name, values: literals.filter_map(text).collect() }
}

fn policy(node: &Node, origin: Origin<'_>) -> Policy {
    let restrictive = node.child(K::AS_POLICY_TYPE).is_some_and(|it| it.text().to_lowercase().contains("restrictive"));
    let command = node.child(K::POLICY_COMMAND).and_then(|it| it.text().split_whitespace().last().map(str::to_lowercase));
    let roles =
        node.child(K::POLICY_ROLES).into_iter().flat_map(|it| it.descendants().filter(|it| it.kind() == K::ROLE_REF).collect::<Vec<_>>());
    let shut = node.child(K::USING_EXPR_CLAUSE).and_then(|it| expr::first(&it, origin)) == Some(Expr::Bool(false));
    Policy {
        command: command.unwrap_or_else(|| "all".to_owned()),
        roles: roles.map(|it| identifier(&it.text())).filter(|it| it != "public").collect(),
        opens: !restrictive && !shut,
    }
}

fn create_trigger(node: &Node, origin: Origin<'_>) -> Option<Act> {
    let call = node.child(K::CALL_EXPR).map(|it| expr::read(&it, origin));
    let Some(Expr::Call { name: function, .. }) = call else { return None };
    let named = node.descendants().filter(|it| it.kind() == K::TRIGGER_EVENT_UPDATE).flat_map(|it| it.all(K::COLUMN_NAME_REF));
    let mut columns: Vec<String> = named.map(|it| identifier(&it.text())).collect();
    let condition = node.child(K::WHEN_CONDITION).and_then(|it| expr::first(&it, origin));
    condition.iter().for_each(|it| mentions(it, &mut columns));
    Some(Act::CreateTrigger { table: on(node)?, function, columns })
}

fn comment(node: &Node) -> Option<Act> {
    if let Some(table) = node.child(K::OBJECT_TABLE) {
        return Some(Act::Comment { table: name_in(&table, K::TABLE_NAME_REF)?, column: None });
    }
    let mut parts = segments(&node.child(K::OBJECT_COLUMN)?);
    let (column, name) = (parts.pop()?, parts.pop()?);
    Some(Act::Comment { table: Name { schema: parts.pop(), name }, column: Some(column) })
}

/// The table behind `ON`.
fn on(node: &Node) -> Option<Name> {
    let holder = node.child(K::ON_TABLE).or_else(|| node.child(K::ON_RELATION))?;
    holder.children().next().map(|it| name(&it))
}

/// Which objects each kind of `DROP` removes, and the kind of node that names them.
const DROPS: &[(K, Kind, K)] = &[
    (K::DROP_TABLE, Kind::Table, K::TABLE_NAME_REF),
    (K::DROP_FOREIGN_TABLE, Kind::ForeignTable, K::TABLE_NAME_REF),
    (K::DROP_VIEW, Kind::View, K::VIEW_REF),
    (K::DROP_MATERIALIZED_VIEW, Kind::MaterializedView, K::VIEW_REF),
    (K::DROP_INDEX, Kind::Index, K::INDEX_REF),
    (K::DROP_SEQUENCE, Kind::Sequence, K::SEQUENCE_REF),
    (K::DROP_TYPE, Kind::Type, K::TYPE_NAME_REF),
    (K::DROP_DOMAIN, Kind::Domain, K::DOMAIN_REF),
    (K::DROP_SCHEMA, Kind::Schema, K::SCHEMA_REF),
    (K::DROP_FUNCTION, Kind::Function, K::FUNCTION_NAME_REF),
    (K::DROP_PROCEDURE, Kind::Procedure, K::PROCEDURE_NAME_REF),
    (K::DROP_ROUTINE, Kind::Function, K::ROUTINE_NAME_REF),
    (K::DROP_EXTENSION, Kind::Extension, K::EXTENSION_REF),
    (K::DROP_TRIGGER, Kind::Trigger, K::TRIGGER_REF),
    (K::DROP_POLICY, Kind::Policy, K::POLICY_REF),
    (K::DROP_RULE, Kind::Rule, K::RULE_REF),
    (K::DROP_DATABASE, Kind::Database, K::DATABASE_REF),
    (K::DROP_AGGREGATE, Kind::Other, K::AGGREGATE),
    (K::DROP_OPERATOR, Kind::Other, K::OP_SIG),
    (K::DROP_CAST, Kind::Other, K::CAST_SIG),
];

fn drop(node: &Node) -> Option<Act> {
    if node.kind() == K::DROP_OWNED {
        return Some(Act::DropOwned);
    }
    let (_, kind, named) = DROPS.iter().find(|(statement, ..)| *statement == node.kind())?;
    Some(Act::Drop {
        kind: *kind,
        names: node.descendants().filter(|it| it.kind() == *named).map(|it| name(&it)).collect(),
        on: on(node),
        if_exists: node.has(K::IF_EXISTS),
        cascade: node.has(K::CASCADE),
        concurrently: node.has(K::CONCURRENTLY_KW),
    })
}

fn grant(node: &Node) -> Grant {
    let words = node.all(K::REVOKE_COMMAND_LIST).flat_map(|it| it.all(K::REVOKE_COMMAND));
    let mut privileges: Vec<String> = words.map(|it| it.text().to_lowercase()).collect();
    if node.has(K::ALL_PRIVILEGES) {
        privileges.push("all".into());
    }
    let roles = node.all(K::ROLE_REF_LIST).flat_map(|it| it.all(K::ROLE_REF)).map(|it| identifier(&it.text())).collect();
    Grant { on: grant_on(node), privileges, roles }
}

fn grant_on(node: &Node) -> GrantOn {
    let Some(clause) = node.child(K::ON_PRIVILEGE_OBJECTS_CLAUSE) else { return GrantOn::Roles };
    let Some(what) = clause.children().next() else { return GrantOn::Other };
    let named = |kinds: &[K]| what.descendants().filter(|it| kinds.contains(&it.kind())).map(|it| name(&it)).collect::<Vec<_>>();
    match what.kind() {
        K::PRIVILEGE_DEFAULT | K::PRIVILEGE_TABLE => GrantOn::Relations(named(&[K::RELATION_NAME_REF, K::TABLE_NAME_REF])),
        K::PRIVILEGE_SEQUENCE => GrantOn::Relations(named(&[K::SEQUENCE_REF])),
        K::PRIVILEGE_ALL_TABLES_IN_SCHEMA | K::PRIVILEGE_ALL_SEQUENCES_IN_SCHEMA => {
            GrantOn::AllTables(what.all(K::SCHEMA_REF).map(|it| identifier(&it.text())).collect())
        }
        K::PRIVILEGE_FUNCTION | K::PRIVILEGE_PROCEDURE | K::PRIVILEGE_ROUTINE => {
            GrantOn::Functions(named(&[K::FUNCTION_NAME_REF, K::PROCEDURE_NAME_REF, K::ROUTINE_NAME_REF]))
        }
        K::PRIVILEGE_SCHEMA => GrantOn::Schemas(what.all(K::SCHEMA_REF).map(|it| identifier(&it.text())).collect()),
        _ => GrantOn::Other,
    }
}

fn session(node: &Node, origin: Origin<'_>) -> Option<Act> {
    let local = node.has(K::LOCAL_SCOPE);
    let savepoint = || [K::SAVEPOINT, K::SAVEPOINT_REF].into_iter().find_map(|kind| word_in(node, kind)).unwrap_or_default();
    Some(match node.kind() {
        K::SET => set(node, local, origin),
        K::SET_ROLE => Act::SetRole { local, none: node.has(K::SET_ROLE_NONE) || node.has(K::NONE_KW) },
        K::SET_SESSION_AUTH => Act::SetRole { local, none: node.has(K::SET_SESSION_AUTH_DEFAULT) || node.has(K::DEFAULT_KW) },
        K::RESET_ROLE | K::RESET_SESSION_AUTH => Act::SetRole { local: false, none: true },
        K::RESET => Act::Reset(node.child(K::CONFIG_PARAMETER_REF).map_or_else(|| "all".to_owned(), |it| segments(&it).join("."))),
        K::DISCARD if node.text().to_lowercase().split_whitespace().any(|it| it.trim_end_matches(';') == "all") => Act::DiscardAll,
        K::RESET_TIME_ZONE => Act::Reset("timezone".into()),
        K::SAVEPOINT_CREATE => Act::Savepoint(savepoint()),
        K::ROLLBACK_TO_SAVEPOINT => Act::RollbackTo(savepoint()),
        K::RELEASE_SAVEPOINT => Act::Release(savepoint()),
        K::BEGIN => Act::Begin,
        K::COMMIT_TRANSACTION => Act::Commit,
        K::ROLLBACK_TRANSACTION => Act::Rollback,
        _ => return None,
    })
}

fn set(node: &Node, local: bool, origin: Origin<'_>) -> Act {
    let value = |it: &Node| match it.kind() {
        K::LITERAL => match expr::read(it, origin) {
            Expr::Text(text) | Expr::Number(text) => text,
            _ => it.text(),
        },
        _ => identifier(&it.text()),
    };
    let Some(config) = node.child(K::SET_CONFIG) else {
        let zone = node.child(K::SET_TIME_ZONE);
        let values = zone.map(|it| it.children().map(|it| value(&it)).collect()).unwrap_or_default();
        return Act::Set { name: "timezone".into(), values, local };
    };
    let name = config.child(K::CONFIG_PARAMETER_REF).map(|it| segments(&it).join(".")).unwrap_or_default();
    let target = config.child(K::TO_CONFIG_VALUE);
    let is_default = target.as_ref().is_some_and(|it| it.has(K::DEFAULT_KW) && it.children().next().is_none());
    if is_default {
        return Act::Reset(name);
    }
    Act::Set { name, values: target.map(|it| it.children().map(|it| value(&it)).collect()).unwrap_or_default(), local }
}

fn maintain(node: &Node) -> Option<Act> {
    let below = |kind: K| node.descendants().filter(move |it| it.kind() == kind).map(|it| name(&it)).collect::<Vec<_>>();
    Some(match node.kind() {
        K::TRUNCATE => Act::Truncate { tables: below(K::TABLE_NAME_REF), cascade: node.has(K::CASCADE) },
        K::LOCK => {
            let mode = node.child(K::LOCK_MODE_CLAUSE).and_then(|it| it.children().next()).map(|it| it.text());
            let mode = mode.map_or_else(|| "ACCESS EXCLUSIVE".to_owned(), |it| it.to_uppercase());
            Act::Lock { tables: below(K::RELATION_NAME_REF), mode: mode.split_whitespace().collect::<Vec<_>>().join(" ") }
        }
        K::REINDEX => reindex(node),
        K::CLUSTER => Act::Cluster(name_in(node, K::TABLE_NAME_REF)),
        K::VACUUM => {
            let full = node.has(K::FULL_KW)
                || node.descendants().any(|it| it.kind() == K::VACUUM_OPTION && it.text().to_lowercase().starts_with("full"));
            Act::Vacuum { tables: below(K::TABLE_NAME_REF), full }
        }
        K::REFRESH => Act::Refresh { name: name_in(node, K::VIEW_REF)?, concurrently: node.has(K::CONCURRENTLY_KW) },
        _ => return None,
    })
}

fn reindex(node: &Node) -> Act {
    let target = node.children().find(|it| it.kind() != K::REINDEX_OPTION_LIST);
    let kind = match target.as_ref().map(Node::kind) {
        Some(K::REINDEX_TARGET_INDEX) => Kind::Index,
        Some(K::REINDEX_TARGET_TABLE) => Kind::Table,
        _ => Kind::Schema,
    };
    let concurrently = node.text().to_lowercase().contains("concurrently");
    let name = target.and_then(|it| it.children().next()).map(|it| name(&it)).unwrap_or_default();
    Act::Reindex { kind, name, concurrently }
}
