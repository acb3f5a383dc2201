//! Code that runs: `DO` blocks, called functions and procedures, and the SQL that they put together.
//!
//! Not an interpreter: both arms of a condition that is not constant are followed, a loop is walked once for each value that is known.

use super::ast::{Act, Code, Expr, From, Name, Query, Span, Statement, Step, StepKind};
use super::case::{Circumstances, Finding};
use super::fold::{self, Variables};
use super::judge::File;
use super::known;
use super::parse;
use super::rules;

/// How deep calls are followed.
const DEEPEST: usize = 8;

/// Follows the code that `statement` starts.
pub(super) fn follow(file: &mut File<'_>, statement: &Statement, transaction: bool, at: Circumstances) {
    let walk = Walk { transaction, call: None };
    match &statement.act {
        Act::Do(Code::Opaque) => opaque(file, &statement.span, "a DO block in a language that is not read"),
        Act::Do(code) => walk.code(file, code, Circumstances { code: true, ..at }),
        _ => walk.calls(file, &statement.act, &statement.span, at),
    }
}

fn opaque(file: &mut File<'_>, span: &Span, what: &str) {
    file.report(&rules::OPAQUE_SQL, Finding::new(span, format!("{what}: what it does is not judged")));
    file.world.schema_mut().opaque = true;
}

/// A `RAISE EXCEPTION` that nothing stands before.
fn raise(file: &mut File<'_>, span: &Span, at: Circumstances) {
    if !at.guarded && !at.looped {
        file.report(&rules::IMPOSSIBLE_CHANGE, Finding::new(span, "this code always ends in an exception".into()));
    }
}

/// A way through code.
#[derive(Clone)]
struct Walk {
    transaction: bool,
    /// The call in the file through which the code is reached: findings in it stand there.
    call: Option<Span>,
}

impl Walk {
    fn code(&self, file: &mut File<'_>, code: &Code, at: Circumstances) {
        match code {
            Code::Sql(statements) => statements.iter().for_each(|it| self.statement(file, it, at)),
            Code::Block(steps) => {
                self.steps(file, steps, at, &mut Variables::new());
            }
            Code::Opaque => {}
        }
    }

    fn statement(&self, file: &mut File<'_>, statement: &Statement, at: Circumstances) {
        let span = self.call.clone().unwrap_or_else(|| statement.span.clone());
        let statement = Statement { span, ..statement.clone() };
        file.statement(&statement, self.transaction, at);
    }

    /// Walks steps in order; `false` where what follows is not reached.
    fn steps(&self, file: &mut File<'_>, steps: &[Step], at: Circumstances, variables: &mut Variables) -> bool {
        let guarded = at.guarded || steps.iter().any(|it| matches!(it.what, StepKind::Handler(_)));
        let at = Circumstances { guarded, ..at };
        for step in steps {
            if file.budget == 0 {
                return false;
            }
            file.budget -= 1;
            let span = self.call.clone().unwrap_or_else(|| step.span.clone());
            match &step.what {
                StepKind::Raise if !at.maybe => {
                    raise(file, &span, at);
                    return false;
                }
                StepKind::Return if !at.maybe => return false,
                StepKind::Assign(variable, value) => self.assign(file, variable, value.as_ref(), &span, at, variables),
                StepKind::Block(inner) => {
                    self.steps(file, inner, at, variables);
                }
                StepKind::Handler(inner) => {
                    self.steps(file, inner, Circumstances { maybe: true, ..at }, variables);
                }
                StepKind::If(arms) => self.arms(file, arms, at, variables),
                StepKind::Loop { .. } => self.repeat(file, step, &span, at, variables),
                StepKind::Execute(value) => self.execute(file, value, &span, at, variables),
                StepKind::Sql(statement) => self.statement(file, statement, at),
                StepKind::Evaluate(values) => values.iter().for_each(|it| self.calls_in(file, it, &span, at)),
                StepKind::Commit => self.commit(file, &span, at),
                StepKind::Opaque => opaque(file, &span, "a statement that is not read"),
                StepKind::Return | StepKind::Raise => {}
            }
        }
        true
    }

    fn assign(&self, file: &mut File<'_>, variable: &str, value: Option<&Expr>, span: &Span, at: Circumstances, variables: &mut Variables) {
        let known = value.and_then(|it| fold::texts(it, variables).or_else(|| fold::items(it, variables)));
        match known {
            Some(texts) => variables.insert(variable.to_owned(), texts),
            None => variables.remove(variable),
        };
        if let Some(value) = value {
            self.calls_in(file, value, span, at);
        }
    }

    fn arms(&self, file: &mut File<'_>, arms: &[(Option<Expr>, Vec<Step>)], at: Circumstances, variables: &mut Variables) {
        for (condition, steps) in arms {
            match condition.as_ref().map(|it| known::holds(it, &file.world)) {
                Some(Some(false)) => {}
                Some(Some(true)) => {
                    self.steps(file, steps, at, variables);
                    return;
                }
                None if arms.len() == 1 => {
                    self.steps(file, steps, at, variables);
                }
                _ => {
                    self.steps(file, steps, Circumstances { maybe: true, ..at }, variables);
                }
            }
        }
    }

    fn repeat(&self, file: &mut File<'_>, step: &Step, span: &Span, at: Circumstances, variables: &mut Variables) {
        let StepKind::Loop { body, over, reads } = &step.what else { return };
        if let Some(query) = reads {
            self.statement(file, &Statement { act: Act::Query(query.clone()), span: span.clone() }, at);
        }
        let at = Circumstances { looped: true, commits: at.commits || commits(body), ..at };
        let values = over.as_ref().and_then(|(_, list)| list.as_ref()).and_then(|it| fold::items(it, variables));
        let Some((variable, _)) = over else {
            self.steps(file, body, at, variables);
            return;
        };
        variables.remove(variable);
        for value in values.iter().flatten() {
            variables.insert(variable.clone(), vec![value.clone()]);
            self.steps(file, body, at, variables);
        }
        if values.is_none() {
            self.steps(file, body, at, variables);
        }
    }

    /// SQL that is put together: every text that it may be.
    fn execute(&self, file: &mut File<'_>, value: &Expr, span: &Span, at: Circumstances, variables: &Variables) {
        let Some(texts) = fold::texts(value, variables) else {
            return opaque(file, span, "SQL that is put together while it runs");
        };
        let at = if texts.len() > 1 { Circumstances { maybe: true, ..at } } else { at };
        for text in texts {
            match parse::composed(&text, span) {
                Some(statements) => statements.iter().for_each(|it| self.statement(file, it, at)),
                None => opaque(file, span, "SQL that is put together while it runs"),
            }
        }
    }

    fn commit(&self, file: &mut File<'_>, span: &Span, at: Circumstances) {
        if self.transaction {
            file.report(
                &rules::COMMIT_IN_CODE,
                Finding::new(span, "this COMMIT or ROLLBACK stands in code that runs in a transaction".into()),
            );
        } else if !at.looped {
            file.world.settle();
        }
    }

    /// Follows the functions that an act calls.
    fn calls(&self, file: &mut File<'_>, act: &Act, span: &Span, at: Circumstances) {
        match act {
            Act::Call { name, arguments } => {
                arguments.iter().for_each(|it| self.calls_in(file, it, span, at));
                self.call(file, name, span, at);
            }
            Act::Query(query) | Act::Insert { query, .. } | Act::Update { query, .. } | Act::Delete { query, .. } => {
                self.calls_of(file, query, span, at);
            }
            Act::CreateTable(table) => table.query.iter().filter(|_| !table.empty).for_each(|it| self.calls_of(file, it, span, at)),
            _ => {}
        }
    }

    fn calls_of(&self, file: &mut File<'_>, query: &Query, span: &Span, at: Circumstances) {
        for (_, part) in &query.parts {
            // A part of WITH that changes data runs like a statement of its own.
            match part {
                Act::Query(inner) => self.calls_of(file, inner, span, at),
                other => self.statement(file, &Statement { act: with_parts(other, query), span: span.clone() }, at),
            }
        }
        let values = query.targets.iter().filter_map(|it| it.value.as_ref()).chain(&query.conditions).chain(&query.others);
        values.for_each(|it| self.calls_in(file, it, span, at));
        for source in &query.sources {
            match &source.from {
                From::Function(call) => self.calls_in(file, call, span, at),
                From::Query(inner) => self.calls_of(file, inner, span, at),
                From::Table(_) => {}
            }
        }
        query.arms.iter().for_each(|it| self.calls_of(file, it, span, at));
    }

    fn calls_in(&self, file: &mut File<'_>, expr: &Expr, span: &Span, at: Circumstances) {
        match expr {
            Expr::Call { name, arguments } => {
                arguments.iter().for_each(|it| self.calls_in(file, it, span, at));
                self.call(file, name, span, at);
            }
            Expr::Cast(inner, _) | Expr::Not(inner) => self.calls_in(file, inner, span, at),
            Expr::Binary(left, _, right) => {
                self.calls_in(file, left, span, at);
                self.calls_in(file, right, span, at);
            }
            Expr::List(values) | Expr::Array(values) | Expr::Other(values) => {
                values.iter().for_each(|it| self.calls_in(file, it, span, at));
            }
            Expr::Exists(query) | Expr::Query(query) => self.calls_of(file, query, span, at),
            _ => {}
        }
    }

    /// Runs the body of a function that a migration made. Others (PostgreSQL's own, an extension's) change no schema.
    fn call(&self, file: &mut File<'_>, name: &Name, span: &Span, at: Circumstances) {
        if file.depth >= DEEPEST || file.budget == 0 {
            return;
        }
        file.budget -= 1;
        let found = file.world.schema.functions(name, &file.world.search_path).first().cloned();
        let Some(function) = found else { return };
        let code = match &function.definition.code {
            Code::Opaque if function.definition.language == "plpgsql" => parse::routine_code(&function.source, function.base),
            other => other.clone(),
        };
        if code == Code::Opaque {
            opaque(file, span, &format!("`{name}` is written in a language that is not read"));
        }
        let deeper = Walk { call: Some(span.clone()), ..self.clone() };
        file.depth += 1;
        deeper.code(file, &code, Circumstances { code: true, ..at });
        file.depth -= 1;
    }
}

/// A part of `WITH` that changes data, with the names of the other parts, which are no tables.
fn with_parts(act: &Act, outer: &Query) -> Act {
    let mut act = act.clone();
    if let Act::Insert { query, .. } | Act::Update { query, .. } | Act::Delete { query, .. } | Act::Merge { query, .. } = &mut act {
        query.parts.extend(outer.parts.iter().map(|(name, _)| (name.clone(), Act::Other)));
    }
    act
}

fn commits(steps: &[Step]) -> bool {
    steps.iter().any(|it| match &it.what {
        StepKind::Commit => true,
        StepKind::If(arms) => arms.iter().any(|(_, steps)| commits(steps)),
        StepKind::Block(inner) | StepKind::Handler(inner) | StepKind::Loop { body: inner, .. } => commits(inner),
        _ => false,
    })
}
