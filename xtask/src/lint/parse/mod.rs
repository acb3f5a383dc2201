//! From squawk's tree to [`super::ast`]: the only place that knows the names of its kinds.

mod block;
mod expr;
mod object;
mod query;
mod table;
mod typename;

pub(super) use block::routine_code;

use super::ast::{Act, Name, Span, Statement};
use crate::sql::tree::{self, Body, Kind as K, Node};

/// How spans of a parsed text map into the file.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    /// The text starts at this byte of the file.
    Shift(usize),
    /// The text is the PL/pgSQL body of a statement that starts at this byte.
    Body(&'a Body, usize),
    /// The text was put together; all of it stands here.
    Fixed(usize, usize),
}

impl Origin<'_> {
    fn span(&self, node: &Node) -> Span {
        match self {
            Origin::Shift(base) => {
                let span = node.span();
                span.start + base..span.end + base
            }
            Origin::Body(body, base) => {
                let span = body.outer_span(node);
                span.start + base..span.end + base
            }
            Origin::Fixed(start, end) => *start..*end,
        }
    }
}

/// Reads the statements of `parsed`.
pub(super) fn statements(parsed: &tree::Parsed, origin: Origin<'_>) -> Vec<Statement> {
    parsed.statements().map(|node| statement(&node, origin)).collect()
}

/// Parses and reads a text that was put together; nothing where it does not parse.
pub(super) fn composed(text: &str, span: &Span) -> Option<Vec<Statement>> {
    let parsed = tree::open(&tree::parse(text));
    parsed.errors.is_empty().then(|| statements(&parsed, Origin::Fixed(span.start, span.end)))
}

fn statement(node: &Node, origin: Origin<'_>) -> Statement {
    Statement { act: act(node, origin), span: origin.span(node) }
}

/// What a statement does, by its kind; each topic reads its own kinds.
fn act(node: &Node, origin: Origin<'_>) -> Act {
    query::act(node, origin)
        .or_else(|| table::act(node, origin))
        .or_else(|| object::act(node, origin))
        .or_else(|| block::act(node, origin))
        .unwrap_or(Act::Other)
}

/// The parts of a dotted name below `node`, folded.
fn segments(node: &Node) -> Vec<String> {
    let is_segment = |it: &Node| matches!(it.kind(), K::PATH_SEGMENT | K::PATH_SEGMENT_REF);
    let found: Vec<String> = node.descendants().filter(is_segment).map(|it| identifier(&it.text())).collect();
    if found.is_empty() { vec![identifier(&node.text())] } else { found }
}

/// A dotted name; a database in front is left out.
fn name(node: &Node) -> Name {
    let mut segments = segments(node);
    let name = segments.pop().unwrap_or_default();
    Name { schema: segments.pop(), name }
}

/// The name in the first child of this kind.
fn name_in(node: &Node, kind: K) -> Option<Name> {
    node.child(kind).map(|it| name(&it))
}

/// The folded text of the first child of this kind.
fn word_in(node: &Node, kind: K) -> Option<String> {
    node.child(kind).map(|it| identifier(&it.text()))
}

/// An identifier as PostgreSQL keeps it: lower case unless quoted.
pub(super) fn identifier(text: &str) -> String {
    let text = text.trim();
    match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => text.to_lowercase(),
    }
}
