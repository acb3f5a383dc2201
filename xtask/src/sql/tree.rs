//! squawk's syntax tree behind one type: [`Node`], with the few questions that the reader of statements asks.
//!
//! The names of its kinds change in most releases; whoever reads them stands in `lint::parse`.

use super::SyntaxError;
use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SourceFile, SyntaxNode};
use std::ops::Range;

pub use squawk_syntax::SyntaxKind as Kind;

/// A node of the tree.
#[derive(Debug, Clone)]
pub struct Node(SyntaxNode);

/// A statement that was parsed: what to read and what is wrong with it.
#[derive(Debug)]
pub struct Parsed {
    root: Node,
    /// Every syntax error, in order.
    pub errors: Vec<SyntaxError>,
}

/// Parses one statement (or several). Deep nesting needs a large stack: see [`super::syntax::on_large_stack`].
#[must_use]
pub fn parse(text: &str) -> Parsed {
    let parse = SourceFile::parse(text);
    let errors = parse.errors().iter().map(super::syntax::from_squawk).collect();
    Parsed { root: Node(parse.syntax_node()), errors }
}

impl Parsed {
    /// The statements, in order.
    pub fn statements(&self) -> impl Iterator<Item = Node> {
        self.root.children().filter(|node| node.kind() != Kind::EMPTY_STMT)
    }
}

/// The PL/pgSQL inside a `DO`, `CREATE FUNCTION` or `CREATE PROCEDURE`.
pub struct Body {
    body: squawk_syntax::plpgsql::Plpgsql,
}

impl Body {
    /// The root of its tree.
    #[must_use]
    pub fn root(&self) -> Node {
        Node(self.body.syntax())
    }

    /// Its text, decoded.
    #[must_use]
    pub fn text(&self) -> &str {
        self.body.text()
    }

    /// Where a span of the body stands in the statement around it.
    #[must_use]
    pub fn outer_span(&self, node: &Node) -> Range<usize> {
        let range = self.body.source_range(node.0.text_range());
        range.start().into()..range.end().into()
    }
}

impl Node {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind()
    }

    /// The nodes right below it.
    pub fn children(&self) -> impl Iterator<Item = Node> + use<> {
        self.0.children().map(Node)
    }

    /// The first node below it of this kind.
    #[must_use]
    pub fn child(&self, kind: Kind) -> Option<Node> {
        self.children().find(|node| node.kind() == kind)
    }

    /// The nodes below it of this kind.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = Node> + use<> {
        self.children().filter(move |node| node.kind() == kind)
    }

    /// Whether a node or token of this kind stands right below it.
    #[must_use]
    pub fn has(&self, kind: Kind) -> bool {
        self.0.children_with_tokens().any(|it| it.kind() == kind)
    }

    /// The kinds right below it, nodes and tokens alike, blanks left out.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> + use<> {
        self.0.children_with_tokens().map(|it| it.kind()).filter(|kind| !matches!(kind, Kind::WHITESPACE | Kind::COMMENT))
    }

    /// The tokens right below it with their texts, blanks left out.
    pub fn tokens(&self) -> impl Iterator<Item = (Kind, String)> + use<> {
        let tokens = self.0.children_with_tokens().filter_map(rowan_token);
        tokens.filter(|(kind, _)| !matches!(kind, Kind::WHITESPACE | Kind::COMMENT))
    }

    /// The texts of what stands between its first and its last part, blanks left out. The parts themselves may be long chains, whose texts
    /// nobody may ask for at each of their links.
    #[must_use]
    pub fn middle(&self) -> Vec<String> {
        let parts = self.0.children_with_tokens().filter(|it| !matches!(it.kind(), Kind::WHITESPACE | Kind::COMMENT));
        let parts: Vec<_> = parts.collect();
        parts.get(1..parts.len().saturating_sub(1)).unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    /// The node and everything below it, top down.
    pub fn descendants(&self) -> impl Iterator<Item = Node> + use<> {
        self.0.descendants().map(Node)
    }

    /// Its text as written.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.text().to_string()
    }

    /// Its bytes in the text that was parsed.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        let range = self.0.text_range();
        range.start().into()..range.end().into()
    }

    /// The PL/pgSQL that it holds, where it is a `DO` or a routine in that language.
    #[must_use]
    pub fn body(&self) -> Option<Body> {
        let node = &self.0;
        let body = ast::Do::cast(node.clone())
            .and_then(|it| it.plpgsql())
            .or_else(|| ast::CreateFunction::cast(node.clone()).and_then(|it| it.plpgsql()))
            .or_else(|| ast::CreateProcedure::cast(node.clone()).and_then(|it| it.plpgsql()))?;
        Some(Body { body })
    }
}

fn rowan_token(element: squawk_syntax::SyntaxElement) -> Option<(Kind, String)> {
    element.into_token().map(|token| (token.kind(), token.text().to_owned()))
}
