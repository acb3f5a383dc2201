//! SQL text as values: statements with byte spans, what each may do to a transaction, and where an offset stands in a file.
//!
//! Nothing here talks to a server. The lexer and the parser are squawk's; only [`lexer`], [`syntax`] and [`tree`] name them,
//! because their tree is renamed in most releases.

pub mod class;
pub mod lexer;
pub mod lines;
pub mod quote;
mod split;
pub mod syntax;
pub mod tree;

pub use class::{Class, Control};
pub use lexer::{Token, TokenKind, tokens};
pub use split::{CopyData, ScanError, Script, Statement, split};
pub use syntax::SyntaxError;

/// Whether two texts differ in nothing but comments and white space.
#[must_use]
pub fn same_statements(a: &str, b: &str) -> bool {
    significant(a).eq(significant(b))
}

fn significant(text: &str) -> impl Iterator<Item = &str> {
    tokens(text, 0).filter(|token| token.kind != TokenKind::Blank).map(|token| &text[token.span])
}
