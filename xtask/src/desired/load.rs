//! The statements in an empty database: many in one message, each in a transaction of its own; one that fails is tried again behind what it lacks.

use super::order::Queue;
use super::{Desired, explain, gone, validate};
use crate::db::{DbError, Reply, ServerError, Session};
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::scratch::Database;
use crate::sql::lines::byte_of_character;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// What a session is like before the first statement of each file.
const FRESH: &str = "RESET SESSION AUTHORIZATION; RESET ALL; SET check_function_bodies = off";

/// Why a statement was not placed.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub error: ServerError,
    /// Where in the file.
    pub span: Range<usize>,
}

impl Desired {
    /// Runs every statement in `database`, which is empty.
    ///
    /// # Errors
    /// The statements that cannot be placed, with their places.
    pub fn load(&self, database: &Database) -> Result<(), Failure> {
        let mut session = database.connect()?;
        let refusals = place(self, &mut session).map_err(|error| gone(database, &error))?;
        if !refusals.is_empty() {
            return Err(usage(explain::unplaced(self, &refusals)));
        }
        let found = validate::bodies(self, &mut session).map_err(|error| gone(database, &error))?;
        session.close();
        if found.is_empty() { Ok(()) } else { Err(usage(found)) }
    }
}

fn usage(diagnostics: Vec<Diagnostic>) -> Failure {
    Failure { exit: Exit::Usage, diagnostics }
}

/// Places what can be placed; gives why the rest cannot.
fn place(desired: &Desired, session: &mut Session) -> Result<BTreeMap<usize, Refusal>, DbError> {
    let makers = makers(desired);
    let mut queue = Queue::new(desired.statements.len());
    let mut refusals: BTreeMap<usize, Refusal> = BTreeMap::new();
    let mut is_fresh = true;
    loop {
        let statements = queue.next();
        if statements.is_empty() {
            return Ok(refusals);
        }
        let message = Message::new(desired, &statements, is_fresh);
        let (n_placed, stop) = message.send(desired, session)?;
        for placed in &statements[..n_placed] {
            refusals.remove(placed);
            queue.placed(*placed);
        }
        is_fresh = stop.is_none();
        if let Some((statement, refusal)) = stop {
            let rest: Vec<usize> = statements[n_placed..].iter().copied().filter(|it| *it != statement).collect();
            queue.put_back(&rest);
            let maker = makers.get(missing(&refusal.error.message).as_str()).copied();
            let maker =
                maker.filter(|maker| *maker != statement && (refusals.contains_key(maker) || rest.contains(maker) || queue.holds(*maker)));
            queue.failed(statement, maker);
            refusals.insert(statement, refusal);
        }
        queue.went(is_fresh);
    }
}

/// The statement that makes what is called so.
fn makers(desired: &Desired) -> HashMap<&str, usize> {
    let named = desired.statements.iter().enumerate().rev();
    named.filter_map(|(index, it)| Some((it.creates.as_ref()?.bare(), index))).collect()
}

/// The bare name of what the server says is missing; empty where it says no name.
pub(super) fn missing(message: &str) -> String {
    let quoted = message.split('"').skip(1).step_by(2).last();
    let called = || message.split_once('(').and_then(|(before, _)| before.split_whitespace().last());
    let name = quoted.or_else(called).unwrap_or_default();
    name.rsplit('.').next().unwrap_or_default().trim_matches('"').to_owned()
}

/// Statements as one message, with the place of each in it.
struct Message {
    text: String,
    /// For each command that the server answers: the statement, and where it stands in the message and in the file.
    commands: Vec<Command>,
}

struct Command {
    statement: usize,
    /// Where in the message.
    at: Range<usize>,
    /// Where in the file, for what is the user's.
    source: Option<Range<usize>>,
    /// Whether the statement is placed once the server has answered this.
    ends: bool,
}

impl Message {
    fn new(desired: &Desired, statements: &[usize], is_fresh: bool) -> Message {
        let mut message = Message { text: String::new(), commands: Vec::new() };
        let mut before = None;
        if !is_fresh {
            message.ours(statements[0], "ROLLBACK");
        }
        for &index in statements {
            let statement = &desired.statements[index];
            let settings = (statement.file, &statement.settings);
            if before != Some(settings) {
                FRESH.split("; ").for_each(|sql| message.ours(index, sql));
                for span in &statement.settings {
                    message.theirs(desired, index, span);
                }
                before = Some(settings);
            }
            message.ours(index, "BEGIN");
            message.theirs(desired, index, &statement.span);
            message.ours(index, "COMMIT");
            message.commands.last_mut().expect("pushed just now").ends = true;
        }
        message
    }

    fn ours(&mut self, statement: usize, sql: &str) {
        self.push(statement, sql, None);
    }

    fn theirs(&mut self, desired: &Desired, statement: usize, span: &Range<usize>) {
        let text = &desired.files[desired.statements[statement].file].text;
        self.push(statement, &text[span.clone()], Some(span.clone()));
    }

    fn push(&mut self, statement: usize, sql: &str, source: Option<Range<usize>>) {
        let start = self.text.len();
        self.text.push_str(sql);
        self.commands.push(Command { statement, at: start..self.text.len(), source, ends: false });
        self.text.push_str(";\n");
    }

    /// How many statements were placed, and which one stopped the message, if one did.
    fn send(&self, desired: &Desired, session: &mut Session) -> Result<(usize, Option<(usize, Refusal)>), DbError> {
        let mut n_done = 0;
        let result = session.run(&self.text, &mut |reply| n_done += usize::from(matches!(reply, Reply::Done(_))));
        let n_placed = self.commands[..n_done.min(self.commands.len())].iter().filter(|it| it.ends).count();
        match result {
            Ok(()) => Ok((n_placed, None)),
            Err(DbError::Server(error)) if !error.sqlstate.starts_with("57") => Ok((n_placed, Some(self.refusal(desired, n_done, *error)))),
            Err(error) => Err(error),
        }
    }

    /// A text that cannot be read stops the message before its first command; the position tells which it was.
    fn refusal(&self, desired: &Desired, n_done: usize, error: ServerError) -> (usize, Refusal) {
        let byte = error.position.map(|position| byte_of_character(&self.text, position));
        let holds = |command: &&Command| byte.is_some_and(|byte| command.at.contains(&byte) || command.at.end == byte);
        let command = self.commands.iter().find(holds).unwrap_or(&self.commands[n_done.min(self.commands.len() - 1)]);
        let whole = desired.statements[command.statement].span.clone();
        let source = command.source.clone().unwrap_or(whole);
        let text = &desired.files[desired.statements[command.statement].file].text;
        let start =
            byte.filter(|byte| command.source.is_some() && *byte < command.at.end).map(|byte| source.start + byte - command.at.start);
        let span = match start {
            Some(start) => crate::sql::tokens(text, start).next().map_or(source, |it| it.span),
            None => named(text, &source, &missing(&error.message)).unwrap_or(source),
        };
        (command.statement, Refusal { error, span })
    }
}

/// Where a statement names what is missing: the last place, since the first is often the statement's own name for it.
fn named(text: &str, source: &Range<usize>, name: &str) -> Option<Range<usize>> {
    let tokens = crate::sql::tokens(&text[..source.end], source.start).map(|it| it.span);
    tokens.filter(|span| !name.is_empty() && text[span.clone()].trim_matches('"').eq_ignore_ascii_case(name)).last()
}

#[cfg(test)]
mod tests {
    use super::missing;

    #[test]
    fn messages_name_what_is_missing() {
        let check = |message: &str, expected: &str| assert_eq!(missing(message), expected, "of {message}");
        check("relation \"app.users\" does not exist", "users");
        check("type \"mood\" does not exist", "mood");
        check("function app.f(integer, text) does not exist", "f");
        check("column \"a\" of relation \"t\" does not exist", "t");
        check("there is no unique constraint matching given keys for referenced table \"t\"", "t");
        check("syntax error", "");
    }
}
