//! What the server prints of an expression, a view or a constraint once names in it have changed.

use crate::sql::lexer::{Token, TokenKind, tokens};
use std::collections::HashMap;

/// Names that have changed, as the server prints them.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Names with their schema: `public.t`.
    pub qualified: HashMap<String, String>,
    /// Schemas.
    pub schemas: HashMap<String, String>,
    /// Values of enums: the type's old name, the old and the new literal.
    pub labels: Vec<(String, String, String)>,
}

/// A column that is called otherwise: its table's old name, its old and its new name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'a> {
    pub table: &'a str,
    pub from: &'a str,
    pub to: &'a str,
}

/// Words that may follow a table's name and are not its alias.
const AFTER_A_TABLE: &str = " where join left right full inner cross on group order limit union using having window natural for offset \
    fetch except intersect tablesample set from values select default not ";

struct Piece<'a> {
    text: &'a str,
    kind: TokenKind,
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let piece = |Token { kind, span }| Piece { text: &text[span], kind };
    tokens(text, 0).map(piece).collect()
}

fn is_name(piece: &Piece<'_>) -> bool {
    matches!(piece.kind, TokenKind::Word | TokenKind::QuotedName)
}

/// `text` with the names as they are now; `columns` are those that it may speak of.
pub(super) fn rewrite(text: &str, names: &Names, columns: &[Column<'_>]) -> String {
    let pieces = pieces(text);
    let aliases = aliases(&pieces, names, columns);
    let mut written = String::with_capacity(text.len());
    let mut i = 0;
    while i < pieces.len() {
        let (length, replaced) = replaced(&pieces, i, names, columns, &aliases);
        match replaced {
            Some(text) => written.push_str(&text),
            None => pieces[i..i + length].iter().for_each(|it| written.push_str(it.text)),
        }
        i += length;
    }
    written
}

/// How many pieces belong together from `i` on, and what stands there now, if that is something else.
fn replaced(pieces: &[Piece<'_>], i: usize, names: &Names, columns: &[Column<'_>], aliases: &Aliases) -> (usize, Option<String>) {
    let piece = &pieces[i];
    if piece.kind == TokenKind::Text {
        return (1, literal(pieces, i, names));
    }
    let is_dotted = |at: usize| pieces.get(at).is_some_and(|it| it.text == ".");
    if !is_name(piece) || i > 0 && is_dotted(i - 1) {
        return (1, None);
    }
    if !is_dotted(i + 1) || !pieces.get(i + 2).is_some_and(is_name) {
        return (1, bare_column(pieces, i, columns));
    }
    let (first, second) = (piece.text, pieces[i + 2].text);
    let qualified = format!("{first}.{second}");
    if let Some(table) = is_dotted(i + 3).then(|| pieces.get(i + 4)).flatten().filter(|it| is_name(it)) {
        let column = columns.iter().find(|it| it.table == qualified && it.from == table.text).map_or(table.text, |it| it.to);
        return (5, Some(format!("{}.{column}", names.current(&qualified))));
    }
    if let Some(column) = columns.iter().find(|it| it.from == second && aliases.is_of(first, it.table)) {
        return (3, Some(format!("{}.{}", aliases.now(first), column.to)));
    }
    let now = names.current(&qualified);
    if now != qualified {
        return (3, Some(now));
    }
    (3, (aliases.now(first) != first).then(|| format!("{}.{second}", aliases.now(first))))
}

impl Names {
    /// What `schema.name` is called now.
    pub(super) fn current(&self, qualified: &str) -> String {
        if let Some(now) = self.qualified.get(qualified) {
            return now.clone();
        }
        let schema = super::schema(qualified);
        match self.schemas.get(schema) {
            Some(now) => format!("{now}{}", &qualified[schema.len()..]),
            None => qualified.to_owned(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.qualified.is_empty() && self.schemas.is_empty() && self.labels.is_empty()
    }
}

/// A name in a string that is read as one, or a value of an enum.
fn literal(pieces: &[Piece<'_>], i: usize, names: &Names) -> Option<String> {
    let rest: String = pieces[i + 1..].iter().take(6).map(|it| it.text).collect();
    let text = pieces[i].text;
    let cast = rest.strip_prefix("::")?;
    if cast.starts_with("reg") {
        let name = text.strip_prefix('\'')?.strip_suffix('\'')?;
        let now = names.current(name);
        return (now != name).then(|| format!("'{now}'"));
    }
    let is_of = |of: &str| cast.strip_prefix(of).is_some_and(|it| !it.starts_with(|c: char| c.is_alphanumeric() || "_\"$".contains(c)));
    names.labels.iter().find(|(of, from, _)| from == text && is_of(of)).map(|(.., to)| to.clone())
}

/// A column's name on its own, unless it is a type's or a function's.
fn bare_column(pieces: &[Piece<'_>], i: usize, columns: &[Column<'_>]) -> Option<String> {
    let column = columns.iter().find(|it| it.from == pieces[i].text)?;
    let before: String = pieces[i.saturating_sub(2)..i].iter().map(|it| it.text).collect();
    let is_call = pieces.get(i + 1).is_some_and(|it| it.kind == TokenKind::Open);
    (!before.ends_with("::") && !is_call && !before.trim_end().ends_with("AS")).then(|| column.to.to_owned())
}

/// What tables are called within a text.
struct Aliases {
    /// The table, the name that it goes by, and the one that it goes by now.
    list: Vec<(String, String, String)>,
}

impl Aliases {
    fn is_of(&self, alias: &str, table: &str) -> bool {
        self.list.iter().any(|(of, it, _)| of == table && it == alias) || matches!(alias, "new" | "old" | "excluded")
    }

    fn now<'a>(&'a self, alias: &'a str) -> &'a str {
        self.list.iter().find(|(_, it, _)| it == alias).map_or(alias, |(.., now)| now)
    }
}

fn aliases(pieces: &[Piece<'_>], names: &Names, columns: &[Column<'_>]) -> Aliases {
    let mut list = Vec::new();
    for (i, window) in pieces.windows(3).enumerate() {
        if window[1].text != "." || !is_name(&window[0]) || !is_name(&window[2]) || i > 0 && pieces[i - 1].text == "." {
            continue;
        }
        let table = format!("{}.{}", window[0].text, window[2].text);
        let now = names.current(&table);
        if now == table && !columns.iter().any(|it| it.table == table) {
            continue;
        }
        let next = pieces[i + 3..].iter().find(|it| it.kind != TokenKind::Blank);
        let alias = next.filter(|it| is_name(it) && !AFTER_A_TABLE.contains(&format!(" {} ", it.text.to_lowercase())));
        match alias {
            Some(alias) => list.push((table, alias.text.to_owned(), alias.text.to_owned())),
            None => list.push((table, window[2].text.to_owned(), super::bare(&now).to_owned())),
        }
    }
    Aliases { list }
}

/// `text` without what a view says only to keep the names of its columns: for comparing what PostgreSQL renamed along.
pub(super) fn without_labels(text: &str) -> String {
    let pieces: Vec<Piece<'_>> = pieces(text).into_iter().filter(|it| it.kind != TokenKind::Blank).collect();
    let mut kept: Vec<&str> = Vec::new();
    let mut i = 0;
    while i < pieces.len() {
        let is_label = pieces[i].text == "AS" && pieces.get(i + 1).is_some_and(is_name);
        if !is_label {
            kept.push(pieces[i].text);
        }
        i += if is_label { 2 } else { 1 };
    }
    kept.join(" ")
}
