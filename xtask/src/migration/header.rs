//! The header: `-- xtask: …` lines among the comments before the first statement.

use crate::units::parse_duration;
use std::ops::Range;
use std::time::Duration;

/// What the header tells the runner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// `no-transaction`: statement by statement, for what PostgreSQL forbids in a transaction.
    pub no_transaction: bool,
    /// `allow-out-of-order`: may be applied although a newer one already is.
    pub allow_out_of_order: bool,
    /// `lock-timeout = 2s`.
    pub lock_timeout: Option<Duration>,
    /// `statement-timeout = 5min`.
    pub statement_timeout: Option<Duration>,
    /// `squashes = 0001_a 0123456789abcdef`, a line each: the migrations that this one stands for.
    pub squashes: Vec<Squashed>,
    /// `squash-tag = before-squash-0006`: the git tag that holds their files.
    pub squash_tag: Option<String>,
}

/// A migration that another one stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Squashed {
    /// Its full name.
    pub name: String,
    /// How its checksum begins, without `sha256:`.
    pub checksum: String,
}

/// A directive that is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderError {
    /// What is wrong.
    pub message: String,
    /// What to write.
    pub hint: String,
    /// Where.
    pub span: Range<usize>,
}

/// The directives of the header; `true` for those that take a value.
const DIRECTIVES: &[(&str, bool)] = &[
    ("no-transaction", false),
    ("allow-out-of-order", false),
    ("lock-timeout", true),
    ("statement-timeout", true),
    ("squashes", true),
    ("squash-tag", true),
];

/// Directives that stand before a statement as well; others read them (the linter, the differ).
const ELSEWHERE: &[&str] = &["allow", "renamed"];

/// Reads the directives of a file whose first statement starts at byte `first_statement`.
///
/// # Errors
/// Every directive that is misspelt, lacks its value, or stands behind the first statement.
pub fn parse(text: &str, first_statement: usize) -> Result<Header, Vec<HeaderError>> {
    let mut header = Header::default();
    if !text.contains("xtask:") {
        return Ok(header);
    }
    let mut errors = Vec::new();
    for (directive, span) in directives(text) {
        let in_header = span.start < first_statement;
        if let Err((message, hint)) = read(directive, in_header, &mut header) {
            errors.push(HeaderError { message, hint, span });
        }
    }
    if errors.is_empty() { Ok(header) } else { Err(errors) }
}

/// Every line that is a comment beginning with `xtask:`, as the text behind it and its bytes.
pub(crate) fn directives(text: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut offset = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = offset;
        offset += line.len();
        let trimmed = line.trim_start_matches('\u{feff}').trim();
        let directive = trimmed.strip_prefix("--")?.trim_start().strip_prefix("xtask:")?.trim();
        let start = start + line.find("--")?;
        Some((directive, start..start + trimmed.len()))
    })
}

type Complaint = (String, String);

fn read(directive: &str, in_header: bool, header: &mut Header) -> Result<(), Complaint> {
    let word_end = directive.find([' ', '=', ':', '\t']).unwrap_or(directive.len());
    let (word, rest) = directive.split_at(word_end);
    if ELSEWHERE.contains(&word) {
        return Ok(());
    }
    let Some((_, takes_value)) = DIRECTIVES.iter().find(|(known, _)| *known == word) else { return Err(unknown(word)) };
    if !in_header {
        return Err((
            format!("`{word}` stands behind a statement"),
            "move it to the top of the file, before the first statement".to_owned(),
        ));
    }
    let value = rest.trim().trim_start_matches('=').trim();
    match (takes_value, value.is_empty()) {
        (true, true) => Err((format!("`{word}` lacks its value"), format!("write `-- xtask: {word} = 2s`"))),
        (false, false) => Err((format!("`{word}` takes no value"), format!("write `-- xtask: {word}`"))),
        _ => set(word, value, header),
    }
}

fn set(word: &str, value: &str, header: &mut Header) -> Result<(), Complaint> {
    let duration = || {
        parse_duration(value)
            .map(Some)
            .ok_or_else(|| (format!("`{value}` is no duration"), "write a number with ms, s, min or h, like `2s`".to_owned()))
    };
    match word {
        "no-transaction" => header.no_transaction = true,
        "allow-out-of-order" => header.allow_out_of_order = true,
        "lock-timeout" => header.lock_timeout = duration()?,
        "squashes" => header.squashes.push(squashed(value)?),
        "squash-tag" => header.squash_tag = Some(value.to_owned()),
        _ => header.statement_timeout = duration()?,
    }
    Ok(())
}

fn squashed(value: &str) -> Result<Squashed, Complaint> {
    let complaint =
        || (format!("`{value}` is no migration with its checksum"), "leave the lines as `cargo xtask db squash` wrote them".to_owned());
    let (name, checksum) = value.split_once(' ').ok_or_else(complaint)?;
    let checksum = checksum.trim();
    let is_hash = checksum.len() >= 16 && checksum.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { Ok(Squashed { name: name.to_owned(), checksum: checksum.to_owned() }) } else { Err(complaint()) }
}

fn unknown(word: &str) -> Complaint {
    let known = || DIRECTIVES.iter().map(|(known, _)| *known).chain(ELSEWHERE.iter().copied());
    let nearest = known().max_by(|a, b| strsim::jaro_winkler(a, word).total_cmp(&strsim::jaro_winkler(b, word)));
    let hint = match nearest {
        Some(near) if strsim::jaro_winkler(near, word) > 0.75 => format!("did you mean `{near}`?"),
        _ => format!("write one of {}", known().collect::<Vec<_>>().join(", ")),
    };
    (format!("unknown directive `{word}`"), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let first = text.find("select").unwrap_or(text.len());
        let actual = match parse(text, first) {
            Ok(header) => format!("{header:?}"),
            Err(errors) => errors.iter().map(|it| format!("{}: {}; {}", &text[it.span.clone()], it.message, it.hint)).collect(),
        };
        assert!(actual.contains(expected), "{actual} lacks {expected}");
    }

    #[test]
    fn directives_are_read() {
        check("-- xtask: no-transaction\nselect 1", "no_transaction: true");
        check("\u{feff}--xtask:no-transaction\r\nselect 1", "no_transaction: true");
        check(
            "-- why\n\n-- xtask: lock-timeout = 2s\n-- xtask: statement-timeout=5min\nselect 1",
            "lock_timeout: Some(2s), statement_timeout: Some(300s)",
        );
        check(
            "-- xtask: squashes = 0001_a 0123456789abcdef\n-- xtask: squash-tag = x\nselect 1",
            "name: \"0001_a\", checksum: \"0123456789abcdef\"",
        );
        check("-- xtask: squashes = 0001_a\nselect 1", "`0001_a` is no migration with its checksum");
        check("select 1;\n-- xtask: allow drop-column: nobody reads it\nselect 2", "no_transaction: false");
    }

    #[test]
    fn mistakes_are_named() {
        check(
            "-- xtask: no-transactions\nselect 1",
            "-- xtask: no-transactions: unknown directive `no-transactions`; did you mean `no-transaction`?",
        );
        check("-- xtask: lock-timeout\nselect 1", "`lock-timeout` lacks its value");
        check("-- xtask: lock-timeout = soon\nselect 1", "`soon` is no duration");
        check("-- xtask: no-transaction please\nselect 1", "`no-transaction` takes no value");
        check("select 1;\n-- xtask: no-transaction\n", "`no-transaction` stands behind a statement");
    }
}
