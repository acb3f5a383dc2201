//! How a file runs, read from its header and its statements.
//!
//! All in one transaction, unless it says `no-transaction`, holds what PostgreSQL forbids in one, or opens and ends transactions of its own in
//! the middle. `BEGIN` and `COMMIT` around the whole file are taken as ours.

use crate::sql::{Class, Control, Script};
use std::ops::Range;

/// How a migration runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    /// In one transaction with its history row.
    Whole {
        /// The statements that run, without a `BEGIN` and `COMMIT` around them.
        statements: Range<usize>,
        /// The file's own `BEGIN`, whose isolation level and the like are kept.
        begin: Option<usize>,
    },
    /// Step by step, each recorded when it is done, so that a second run goes on behind the last one.
    Journalled(Vec<Step>),
}

/// What is done or not done as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The statements, by index.
    pub statements: Range<usize>,
    /// How they run.
    pub kind: StepKind,
}

/// How a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// In a transaction of ours, together with the journal. `true`: a statement that turns out to refuse a transaction may run without.
    Wrapped(MayRunBare),
    /// The file's own transaction: its first statement is the `BEGIN`, the last one the `COMMIT`.
    Own,
    /// The file's own transaction that ends in `ROLLBACK`.
    RolledBack,
    /// One statement without a transaction.
    Bare,
}

/// Whether a statement may be tried without a transaction once the server has refused it in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MayRunBare {
    /// The header says `no-transaction`.
    Yes,
    /// The file did not ask for it.
    No,
}

/// Transaction control that does not add up: the statement and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbalanced {
    /// Which statement.
    pub statement: usize,
    /// What is wrong.
    pub message: &'static str,
    /// What to do.
    pub hint: &'static str,
}

/// Decides how `script` runs.
///
/// # Errors
/// `BEGIN` without an end, an end without `BEGIN`, or a form of control that this tool does not run.
pub fn decide(script: &Script, no_transaction: bool) -> Result<Run, Unbalanced> {
    let transactions = own_transactions(script)?;
    let count = script.statements.len();
    let has_bare = script.statements.iter().any(|it| it.class == Class::Bare);
    match transactions.as_slice() {
        [] if !no_transaction && !has_bare => Ok(Run::Whole { statements: 0..count, begin: None }),
        [only] if !no_transaction && only.statements == (0..count) && only.kind == StepKind::Own => {
            Ok(Run::Whole { statements: 1..count - 1, begin: Some(0) })
        }
        _ => Ok(Run::Journalled(steps(script, &transactions, no_transaction))),
    }
}

/// The transactions that the file opens itself.
fn own_transactions(script: &Script) -> Result<Vec<Step>, Unbalanced> {
    let mut open: Option<usize> = None;
    let mut transactions = Vec::new();
    for (index, statement) in script.statements.iter().enumerate() {
        let Class::Control(control) = statement.class else { continue };
        let complain = |message, hint| Err(Unbalanced { statement: index, message, hint });
        match (control, open) {
            (Control::Unsupported, _) => {
                return complain(
                    "this form of transaction control cannot be run",
                    "write plain BEGIN and COMMIT, or nothing: the file runs in a transaction",
                );
            }
            (Control::Begin, Some(_)) => return complain("BEGIN inside a transaction that is already open", "remove it"),
            (Control::Begin, None) => open = Some(index),
            (Control::Commit, None) => return complain("COMMIT without BEGIN", "remove it: the file runs in a transaction of its own"),
            (Control::Rollback, None) => return complain("ROLLBACK without BEGIN", "remove it: nothing is left of a file that fails"),
            (Control::Savepoint, None) if !runs_wrapped(script) => {
                return complain("a savepoint outside of a transaction", "open the transaction with BEGIN");
            }
            (Control::Commit | Control::Rollback, Some(begin)) => {
                let kind = if control == Control::Commit { StepKind::Own } else { StepKind::RolledBack };
                transactions.push(Step { statements: begin..index + 1, kind });
                open = None;
            }
            (Control::Savepoint, _) => {}
        }
    }
    match open {
        Some(statement) => Err(Unbalanced {
            statement,
            message: "BEGIN without COMMIT",
            hint: "close it with COMMIT, or remove it: the file runs in a transaction",
        }),
        None => Ok(transactions),
    }
}

/// Whether nothing but savepoints could speak against one transaction around the file.
fn runs_wrapped(script: &Script) -> bool {
    let speaks_against =
        |class: Class| !matches!(class, Class::Plain | Class::Setting | Class::CopyFromStdin | Class::Control(Control::Savepoint));
    !script.statements.iter().any(|it| speaks_against(it.class))
}

fn steps(script: &Script, transactions: &[Step], no_transaction: bool) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut index = 0;
    while index < script.statements.len() {
        let step = match transactions.iter().find(|it| it.statements.start == index) {
            Some(own) => own.clone(),
            None if script.statements[index].class == Class::Bare => Step { statements: index..index + 1, kind: StepKind::Bare },
            None if no_transaction => Step { statements: index..index + 1, kind: StepKind::Wrapped(MayRunBare::Yes) },
            None => wrapped_run(script, transactions, index),
        };
        index = step.statements.end;
        steps.push(step);
    }
    steps
}

/// As many plain statements as stand together, in one transaction.
fn wrapped_run(script: &Script, transactions: &[Step], start: usize) -> Step {
    let stops =
        |index: &usize| script.statements[*index].class == Class::Bare || transactions.iter().any(|it| it.statements.start == *index);
    let end = (start + 1..script.statements.len()).find(stops).unwrap_or(script.statements.len());
    Step { statements: start..end, kind: StepKind::Wrapped(MayRunBare::No) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::split;

    fn check(text: &str, no_transaction: bool, expected: &str) {
        let script = split(text).expect("splits");
        let actual = match decide(&script, no_transaction) {
            Ok(Run::Whole { statements, begin }) => format!("whole {statements:?}{}", if begin.is_some() { " own" } else { "" }),
            Ok(Run::Journalled(steps)) => {
                steps.iter().map(|it| format!("{:?} {:?}", it.statements, it.kind)).collect::<Vec<_>>().join(", ")
            }
            Err(error) => format!("{}: {}", error.statement, error.message),
        };
        assert_eq!(actual, expected, "of {text}");
    }

    #[test]
    fn one_transaction_where_it_can_be() {
        check("a; b", false, "whole 0..2");
        check("", false, "whole 0..0");
        check("begin; a; b; commit;", false, "whole 1..3 own");
        check("savepoint s; a; rollback to s", false, "whole 0..3");
        check("begin; commit", false, "whole 1..1 own");
    }

    #[test]
    fn journalled_where_it_cannot() {
        check("a; b; vacuum; c", false, "0..2 Wrapped(No), 2..3 Bare, 3..4 Wrapped(No)");
        check("a; vacuum; b", true, "0..1 Wrapped(Yes), 1..2 Bare, 2..3 Wrapped(Yes)");
        check("begin; a; commit; b; begin; c; end", false, "0..3 Own, 3..4 Wrapped(No), 4..7 Own");
        check("set x = 1; begin; a; commit", false, "0..1 Wrapped(No), 1..4 Own");
        check("begin; a; rollback", false, "0..3 RolledBack");
    }

    #[test]
    fn unbalanced() {
        check("begin; a", false, "0: BEGIN without COMMIT");
        check("a; commit", false, "1: COMMIT without BEGIN");
        check("a; rollback", false, "1: ROLLBACK without BEGIN");
        check("begin; begin; commit", false, "1: BEGIN inside a transaction that is already open");
        check("begin; a; commit and chain; b; commit", false, "2: this form of transaction control cannot be run");
        check("savepoint a; vacuum", false, "0: a savepoint outside of a transaction");
    }
}
