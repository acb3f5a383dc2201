//! All rules in one table, by topic.

mod clients;
mod columns;
mod constraints;
mod contradictions;
mod drops;
mod enums;
mod existence;
mod indexes;
mod locks;
mod meta;
mod partitions;
mod refusals;
mod rows;
mod session;
mod transactions;

pub(super) use clients::DROP_DEFAULT;
pub(super) use locks::{BRIEF_LOCK, NO_LOCK_TIMEOUT};
pub(super) use meta::{ALLOW_WITHOUT_REASON, OPAQUE_SQL, SYNTAX_ERROR, TOO_DEEP, UNKNOWN_RULE, UNUSED_ALLOW};
pub(super) use refusals::IMPOSSIBLE_CHANGE;
pub(super) use session::follow as follow_session;
pub(super) use transactions::COMMIT_IN_CODE;

use super::ast::{Span, Statement};
use super::case::Finding;
use super::rule::Rule;
use crate::migration::Migration;

/// Every rule.
pub static RULES: &[&Rule] = &[
    &columns::ADD_REQUIRED_COLUMN,
    &columns::ADD_REWRITING_COLUMN,
    &columns::SET_NOT_NULL,
    &columns::CHANGE_TYPE,
    &columns::RECOMPUTE_COLUMN,
    &constraints::ADD_FOREIGN_KEY,
    &constraints::ADD_CHECK,
    &constraints::ADD_UNIQUE,
    &constraints::UNINDEXED_FOREIGN_KEY,
    &constraints::DOMAIN_CHECK,
    &indexes::CREATE_INDEX,
    &indexes::CREATE_UNIQUE_INDEX,
    &indexes::REINDEX,
    &indexes::REWRITE_TABLE,
    &indexes::REFRESH_VIEW,
    &partitions::ATTACH_PARTITION,
    &rows::CHANGE_ALL_ROWS,
    &rows::TRUNCATE,
    &drops::DROP_TABLE,
    &drops::DROP_COLUMN,
    &drops::DROP_OBJECT,
    &drops::DROP_WITHOUT_IF_EXISTS,
    &clients::RENAME,
    &DROP_DEFAULT,
    &clients::IDENTITY_ALWAYS,
    &clients::ENABLE_ROW_SECURITY,
    &clients::REVOKE,
    &clients::RESTART_SEQUENCE,
    &clients::DROP_KEY,
    &clients::UNGRANTED_SEQUENCE,
    &enums::RENAME_ENUM_VALUE,
    &enums::USE_NEW_ENUM_VALUE,
    &enums::REMOVE_ENUM_VALUE,
    &transactions::NOT_IN_TRANSACTION,
    &transactions::OWN_TRANSACTION,
    &COMMIT_IN_CODE,
    &transactions::CONCURRENTLY_NOT_ALONE,
    &session::LEAKED_SETTING,
    &locks::WORK_UNDER_LOCK,
    &NO_LOCK_TIMEOUT,
    &BRIEF_LOCK,
    &existence::MISSING_OBJECT,
    &existence::EXISTING_OBJECT,
    &refusals::DEPENDENT_OBJECT,
    &IMPOSSIBLE_CHANGE,
    &refusals::NEEDS_NEWER_SERVER,
    &SYNTAX_ERROR,
    &TOO_DEEP,
    &OPAQUE_SQL,
    &UNKNOWN_RULE,
    &ALLOW_WITHOUT_REASON,
    &UNUSED_ALLOW,
];

/// The rule with this name.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|it| it.id == id)
}

/// What only a whole file shows.
pub(super) fn check_file(migration: &Migration, statements: &[Statement], changed: &[(String, Span)]) -> Vec<(&'static Rule, Finding)> {
    let mut found = session::leaks(changed);
    found.extend(transactions::check_file(migration, statements));
    found
}

/// The texts that stand in an expression as constants.
pub(super) fn texts_in(expr: &super::ast::Expr, found: &mut Vec<String>) {
    use super::ast::Expr;
    match expr {
        Expr::Text(it) => found.push(it.clone()),
        Expr::Cast(inner, _) | Expr::Not(inner) => texts_in(inner, found),
        Expr::Binary(left, _, right) => [left, right].into_iter().for_each(|it| texts_in(it, found)),
        Expr::Between(a, b, c) => [a, b, c].into_iter().for_each(|it| texts_in(it, found)),
        Expr::List(values) | Expr::Array(values) | Expr::Other(values) | Expr::Call { arguments: values, .. } => {
            values.iter().for_each(|it| texts_in(it, found));
        }
        _ => {}
    }
}
