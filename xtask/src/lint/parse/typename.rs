//! Types: PostgreSQL's own name for each way to write one.

use super::super::ast::{Name, TypeName};
use super::name;
use crate::sql::tree::{Kind as K, Node};

/// Whether `node` is a type.
pub(super) fn is_type(node: &Node) -> bool {
    matches!(
        node.kind(),
        K::PATH_TYPE
            | K::VARCHAR_TYPE
            | K::CHARACTER_TYPE
            | K::BIT_TYPE
            | K::BIT_VARYING_TYPE
            | K::DOUBLE_TYPE
            | K::TIME_TYPE
            | K::TIMESTAMP_TYPE
            | K::INTERVAL_TYPE
            | K::ARRAY_TYPE
    )
}

/// The type among the children of `node`.
pub(super) fn of(node: &Node) -> Option<TypeName> {
    node.children().find(is_type).map(|it| read(&it))
}

/// Reads a type.
pub(super) fn read(node: &Node) -> TypeName {
    let zoned = node.has(K::WITH_TIMEZONE);
    let own = |name: &str| TypeName { name: Name { schema: None, name: name.into() }, arguments: arguments(node), array: false };
    match node.kind() {
        K::ARRAY_TYPE => TypeName { array: true, ..of(node).unwrap_or_default() },
        K::VARCHAR_TYPE => own("varchar"),
        K::CHARACTER_TYPE => own("bpchar"),
        K::BIT_TYPE => own("bit"),
        K::BIT_VARYING_TYPE => own("varbit"),
        K::DOUBLE_TYPE => own("float8"),
        K::TIME_TYPE => own(if zoned { "timetz" } else { "time" }),
        K::TIMESTAMP_TYPE => own(if zoned { "timestamptz" } else { "timestamp" }),
        K::INTERVAL_TYPE => own("interval"),
        _ => TypeName { name: canonical(name(node)), arguments: arguments(node), array: false },
    }
}

fn canonical(mut name: Name) -> Name {
    if name.schema.as_deref() == Some("pg_catalog") {
        name.schema = None;
    }
    if name.schema.is_none()
        && let Some((_, own)) = ALIASES.iter().find(|(alias, _)| *alias == name.name)
    {
        name.name = (*own).to_owned();
    }
    name
}

const ALIASES: &[(&str, &str)] = &[
    ("int", "int4"),
    ("integer", "int4"),
    ("bigint", "int8"),
    ("smallint", "int2"),
    ("boolean", "bool"),
    ("real", "float4"),
    ("float", "float8"),
    ("decimal", "numeric"),
    ("dec", "numeric"),
    ("char", "bpchar"),
    ("serial4", "serial"),
    ("serial8", "bigserial"),
    ("serial2", "smallserial"),
];

/// The whole numbers in parentheses behind a type.
fn arguments(node: &Node) -> Vec<i64> {
    let own = node.all(K::LITERAL);
    let listed = node.all(K::ARG_LIST).flat_map(|list| list.all(K::ARG)).flat_map(|it| it.all(K::LITERAL));
    own.chain(listed).filter_map(|it| it.text().trim().parse().ok()).collect()
}
