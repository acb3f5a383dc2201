//! The tokens of a text, from squawk's lexer, in the few kinds that this project tells apart.

use squawk_lexer::{LiteralKind, TokenKind as Kind};
use std::ops::Range;

/// What a token is, as far as splitting and classifying need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// An identifier or keyword without quotes.
    Word,
    /// An identifier in double quotes.
    QuotedName,
    /// A string, dollar-quoted or not.
    Text,
    /// White space or a comment.
    Blank,
    /// `;`
    Semicolon,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `\`, which starts a command of psql's outside of quotes.
    Backslash,
    /// A number, an operator or anything else.
    Other,
    /// A string, name or comment that is never closed; the word says which.
    Unclosed(&'static str),
}

/// A token and the bytes it spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its bytes in the text that was lexed.
    pub span: Range<usize>,
}

/// The tokens of `text` from byte `start` on, in order and without gaps. Lazy: whoever meets COPY data stops and starts again
/// behind it.
pub fn tokens(text: &str, start: usize) -> impl Iterator<Item = Token> + '_ {
    let mut offset = start;
    squawk_lexer::tokenize(&text[start..]).map(move |token| {
        let span = offset..offset + token.len as usize;
        offset = span.end;
        Token { kind: kind(token.kind, &text[span.clone()]), span }
    })
}

fn kind(kind: Kind, text: &str) -> TokenKind {
    match kind {
        Kind::Whitespace | Kind::LineComment | Kind::BlockComment { terminated: true } => TokenKind::Blank,
        Kind::BlockComment { terminated: false } => TokenKind::Unclosed("comment"),
        Kind::Ident => TokenKind::Word,
        Kind::QuotedIdent { terminated: true, .. } => TokenKind::QuotedName,
        Kind::QuotedIdent { terminated: false, .. } => TokenKind::Unclosed("quoted name"),
        Kind::Literal { kind } => literal(kind),
        Kind::Semi => TokenKind::Semicolon,
        Kind::OpenParen => TokenKind::Open,
        Kind::CloseParen => TokenKind::Close,
        Kind::Unknown if text.starts_with('\\') => TokenKind::Backslash,
        _ => TokenKind::Other,
    }
}

fn literal(kind: LiteralKind) -> TokenKind {
    match kind {
        LiteralKind::Int { .. } | LiteralKind::Numeric { .. } => TokenKind::Other,
        LiteralKind::DollarQuotedString { terminated: false } => TokenKind::Unclosed("dollar quote"),
        LiteralKind::Str { terminated: false }
        | LiteralKind::NationalStr { terminated: false }
        | LiteralKind::ByteStr { terminated: false }
        | LiteralKind::BitStr { terminated: false }
        | LiteralKind::UnicodeEscStr { terminated: false }
        | LiteralKind::EscStr { terminated: false } => TokenKind::Unclosed("quote"),
        _ => TokenKind::Text,
    }
}
