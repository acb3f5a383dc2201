//! Bodies of functions, once everything that they can name is there: PostgreSQL's own validators look at each.

use super::{Desired, explain};
use crate::db::{DbError, Session};
use crate::diagnostic::Diagnostic;
use crate::sql::quote::literal;

/// Every function, with the call that validates it.
const FUNCTIONS: &str = "SELECT p.oid, p.proname, l.lanvalidator::regproc::text FROM pg_catalog.pg_proc p \
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
    WHERE l.lanvalidator <> 0 AND l.lanname IN ('sql', 'plpgsql') AND p.prosqlbody IS NULL \
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e') \
    ORDER BY p.oid";

/// What is wrong with bodies. A file that switches these checks off itself is taken at its word.
pub(super) fn bodies(desired: &Desired, session: &mut Session) -> Result<Vec<Diagnostic>, DbError> {
    session.execute("RESET SESSION AUTHORIZATION; RESET ALL; SET check_function_bodies = on")?;
    let functions = session.rows(FUNCTIONS)?;
    let mut left: Vec<(String, String)> =
        functions.iter().map(|row| (row.text(1), format!("SELECT {}({})", row.text(2), literal(&row.text(0))))).collect();
    left.retain(|(name, _)| makers(desired, name).all(|it| !desired.files[desired.statements[it].file].unchecked));
    let mut found = Vec::new();
    while !left.is_empty() {
        let calls: Vec<&str> = left.iter().map(|(_, call)| call.as_str()).collect();
        let mut n_done = 0;
        let result = session.run(&calls.join(";\n"), &mut |reply| n_done += usize::from(matches!(reply, crate::db::Reply::Done(_))));
        match result {
            Ok(()) => break,
            Err(DbError::Server(error)) => {
                let n_done = n_done.min(left.len() - 1);
                found.push(explain::body(desired, makers(desired, &left[n_done].0).last(), &left[n_done].0, &error));
                left.drain(..=n_done);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// The statements that make functions of this name.
fn makers<'a>(desired: &'a Desired, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    let makes = move |it: &super::Statement| {
        it.creates.as_ref().is_some_and(|it| matches!(it.kind.as_str(), "FUNCTION" | "PROCEDURE") && it.bare() == name)
    };
    desired.statements.iter().enumerate().filter(move |(_, it)| makes(it)).map(|(index, _)| index)
}
