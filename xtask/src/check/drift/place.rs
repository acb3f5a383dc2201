//! Where a file names an object: a place to look at, found by words.

use crate::catalog::model::Id;
use crate::diagnostic::Location;
use crate::migration::SourceFile;
use crate::sql::{TokenKind, tokens};
use std::ops::Range;

/// Where the first of `files` that says so creates or alters the object `id`; for a part of a table, where the table's statement names it.
pub(super) fn of<'a>(files: impl IntoIterator<Item = &'a SourceFile>, id: &Id) -> Option<Location> {
    let whole = bare(if id.of.is_empty() { &id.name } else { &id.of });
    let part = bare(&id.name);
    files.into_iter().find_map(|file| {
        let text = std::str::from_utf8(&file.bytes).ok()?;
        if !contains(text, &whole) {
            return None;
        }
        let script = crate::sql::split(text).ok()?;
        let spans = script.statements.iter().map(|it| it.span.clone());
        let found = spans.filter_map(|span| in_statement(text, span, &whole, &part)).min_by_key(|(is_part, _)| !*is_part)?;
        Some(Location::new(&file.path, text, found.1))
    })
}

fn contains(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len().max(1)).any(|it| it.eq_ignore_ascii_case(word.as_bytes()))
}

/// The last part of a name, without its arguments and quotes.
fn bare(name: &str) -> String {
    let name = name.split('(').next().unwrap_or(name);
    name.rsplit('.').next().unwrap_or(name).trim_matches('"').to_owned()
}

/// How many words of a statement may stand before the name of what it is about.
const HEAD: usize = 12;

/// Where the statement names the object, if it is about it; and whether it is the part itself that it names.
fn in_statement(text: &str, span: Range<usize>, whole: &str, part: &str) -> Option<(bool, Range<usize>)> {
    let words: Vec<Range<usize>> =
        tokens(&text[..span.end], span.start).filter(|it| it.kind == TokenKind::Word).map(|it| it.span).collect();
    let is = |span: &Range<usize>, word: &str| text[span.clone()].trim_matches('"').eq_ignore_ascii_case(word);
    let starts = words.first().is_some_and(|it| ["create", "alter", "comment"].iter().any(|word| is(it, word)));
    let at = words.iter().take(HEAD).position(|it| is(it, whole)).filter(|_| starts)?;
    let named = words.iter().skip(2).find(|it| is(it, part));
    Some((named.is_some(), named.unwrap_or(&words[at]).clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::model::Kind;

    fn check(kind: Kind, parent: &str, name: &str, expected: Option<(usize, usize)>) {
        let text = "create table app.users (\n  id int,\n  mood text\n);\ncreate index i on app.users (mood);\ncreate view v as select mood from app.users;\n";
        let files = [SourceFile { path: "schema/a.sql".into(), bytes: text.as_bytes().to_vec() }];
        let place = of(&files, &Id::new(kind, parent, name)).map(|it| (it.start.line, it.start.column));
        assert_eq!(place, expected, "of {name}");
    }

    #[test]
    fn objects_are_found_by_their_statements() {
        check(Kind::Table, "", "app.users", Some((1, 18)));
        check(Kind::Column, "app.users", "mood", Some((3, 3)));
        check(Kind::Index, "app.users", "app.i", Some((5, 14)));
        check(Kind::View, "", "public.v", Some((6, 13)));
        check(Kind::Table, "", "app.others", None);
    }
}
