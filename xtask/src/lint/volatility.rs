//! Whether an expression may give another value for each row.

use super::ast::{Act, Code, Expr, Name};
use super::world::World;

/// PostgreSQL's own volatile functions, and those of its wide-spread extensions.
const VOLATILE: &[&str] = &[
    "clock_timestamp",
    "currval",
    "gen_random_bytes",
    "gen_random_uuid",
    "lastval",
    "nextval",
    "pg_sleep",
    "random",
    "random_normal",
    "setval",
    "timeofday",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
];

/// PostgreSQL's own functions whose result depends on a setting, the clock or the catalog, in every form of theirs.
const STABLE: &[&str] = &[
    "array_to_string",
    "concat",
    "concat_ws",
    "current_database",
    "current_schema",
    "current_setting",
    "format",
    "now",
    "statement_timestamp",
    "to_char",
    "to_date",
    "transaction_timestamp",
];

/// The function in `expr` that is not `IMMUTABLE`.
pub(super) fn changing_call(expr: &Expr, world: &World) -> Option<String> {
    let inner = |values: &[Expr]| values.iter().find_map(|it| changing_call(it, world));
    match expr {
        Expr::Call { name, arguments } => is_changing(name, world).then(|| name.to_string()).or_else(|| inner(arguments)),
        Expr::Cast(value, _) | Expr::Not(value) => changing_call(value, world),
        Expr::Binary(left, _, right) => changing_call(left, world).or_else(|| changing_call(right, world)),
        Expr::Between(a, b, c) => [a, b, c].into_iter().find_map(|it| changing_call(it, world)),
        Expr::List(values) | Expr::Array(values) | Expr::Other(values) => inner(values),
        _ => None,
    }
}

/// A function in SQL is taken for what it is replaced by, so only others count.
fn is_changing(name: &Name, world: &World) -> bool {
    let own = world.schema.functions(name, &world.search_path);
    match own.first() {
        Some(function) => own.len() == 1 && function.definition.volatility != 'i' && function.definition.language != "sql",
        None => VOLATILE.contains(&name.name.as_str()) || STABLE.contains(&name.name.as_str()),
    }
}

/// The volatile function that `expr` calls, if there is one.
pub(super) fn volatile_call(expr: &Expr, world: &World) -> Option<String> {
    match expr {
        Expr::Call { name, arguments } => is_volatile(name, world).then(|| name.to_string()).or_else(|| first(arguments, world)),
        Expr::Cast(inner, _) | Expr::Not(inner) => volatile_call(inner, world),
        Expr::Binary(left, _, right) => volatile_call(left, world).or_else(|| volatile_call(right, world)),
        Expr::Between(a, b, c) => [a, b, c].into_iter().find_map(|it| volatile_call(it, world)),
        Expr::List(values) | Expr::Array(values) | Expr::Other(values) => first(values, world),
        _ => None,
    }
}

fn first(values: &[Expr], world: &World) -> Option<String> {
    values.iter().find_map(|it| volatile_call(it, world))
}

fn is_volatile(name: &Name, world: &World) -> bool {
    let own = world.schema.functions(name, &world.search_path);
    match own.first() {
        Some(function) if function.definition.volatility == 'v' => !is_inlined(&function.definition.code, world),
        Some(_) => false,
        None => VOLATILE.contains(&name.name.as_str()),
    }
}

/// A function in SQL that is one expression is replaced by it, whatever it is declared as.
fn is_inlined(code: &Code, world: &World) -> bool {
    let Code::Sql(statements) = code else { return false };
    let [statement] = statements.as_slice() else { return false };
    let Act::Query(query) = &statement.act else { return false };
    let plain = query.sources.is_empty() && query.arms.is_empty() && query.parts.is_empty() && query.targets.len() == 1;
    plain && query.targets.iter().filter_map(|it| it.value.as_ref()).all(|it| volatile_call(it, world).is_none())
}
