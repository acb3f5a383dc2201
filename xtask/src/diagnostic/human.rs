//! A diagnostic for people: the source line with a caret, then what else is known, then the cure.

use super::{Diagnostic, Level, Location};
use crate::ui::style::{Style, paint};

/// Renders `diagnostic` as several lines, each with its end.
#[must_use]
pub fn human(diagnostic: &Diagnostic, colour: bool) -> String {
    let style = match diagnostic.level {
        Level::Error => Style::Error,
        Level::Warning => Style::Warning,
        Level::Info => Style::Hint,
    };
    let head = paint(&format!("{}[{}]", diagnostic.level.word(), diagnostic.rule), style, colour);
    let code = diagnostic.sqlstate.as_ref().map(|code| format!("PostgreSQL {code}"));
    let mut out = format!("{head}: {}", diagnostic.message);
    let framed = diagnostic.location.as_ref().filter(|location| !location.line.is_empty());
    if let (Some(code), None) = (&code, framed) {
        out.push_str(&format!(" ({code})"));
    }
    out.push('\n');
    let margin = diagnostic.location.as_ref().map_or(1, |location| location.start.line.to_string().len());
    if let Some(location) = &diagnostic.location {
        let place = format!("{}:{}:{}", location.file, location.start.line, location.start.column);
        let place = if location.line.is_empty() { location.file.clone() } else { place };
        out.push_str(&format!("{:margin$}--> {}\n", "", paint(&place, Style::Path, colour)));
    }
    if let Some(location) = framed {
        out.push_str(&frame(location, &code.unwrap_or_default(), margin, style, colour));
    }
    if let Some(effect) = &diagnostic.effect {
        out.push_str(&indented(effect, margin));
    }
    for note in &diagnostic.notes {
        out.push_str(&indented(note, margin));
    }
    if let Some(hint) = &diagnostic.hint {
        out.push_str(&indented(&format!("{} {hint}", paint("hint:", Style::Hint, colour)), margin));
    }
    out
}

/// ` = text`, with the lines behind the first below its start.
fn indented(text: &str, margin: usize) -> String {
    let continued = format!("\n{:margin$}   ", "");
    format!("{:margin$} = {}\n", "", text.trim_end().replace('\n', &continued))
}

/// The longest part of a line that is shown; generated SQL has lines of megabytes.
const WIDTH: usize = 110;

fn frame(location: &Location, label: &str, margin: usize, style: Style, colour: bool) -> String {
    let column = location.start.column - 1;
    let skipped = if column > WIDTH * 2 / 3 { column - WIDTH / 3 } else { 0 };
    let line: String = location.line.replace('\t', " ").chars().skip(skipped).take(WIDTH).collect();
    let to_end = line.chars().count().saturating_sub(column - skipped).max(1);
    let length = if location.end.line == location.start.line { location.end.column - location.start.column } else { to_end };
    let caret = paint(&"^".repeat(length.clamp(1, to_end)), style, colour);
    let label = if label.is_empty() { String::new() } else { format!(" {label}") };
    let number = location.start.line;
    format!("{0:margin$} |\n{number:margin$} | {line}\n{0:margin$} | {0:1$}{caret}{label}\n", "", column - skipped)
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::human;
    use expect_test::{Expect, expect};

    #[expect(clippy::needless_pass_by_value, reason = "expect! makes a value")]
    fn check(diagnostic: &Diagnostic, expected: Expect) {
        expected.assert_eq(&human(diagnostic, false));
    }

    #[test]
    fn a_failed_statement() {
        let text = "-- x\n\nupdate invoice set custmer_id = 1;\n";
        let location = Location::new("migrations/0043_backfill.sql", text, 25..35);
        let diagnostic = Diagnostic::error("migration-failed", "column \"custmer_id\" does not exist")
            .at(location)
            .sqlstate("42703")
            .note("nothing of 0043_backfill was kept\nit ran in a transaction")
            .hint("correct the file");
        check(
            &diagnostic,
            expect![[r#"
                error[migration-failed]: column "custmer_id" does not exist
                 --> migrations/0043_backfill.sql:3:20
                  |
                3 | update invoice set custmer_id = 1;
                  |                    ^^^^^^^^^^ PostgreSQL 42703
                  = nothing of 0043_backfill was kept
                    it ran in a transaction
                  = hint: correct the file
            "#]],
        );
    }

    #[test]
    fn without_a_place() {
        let diagnostic = Diagnostic::warning("pooler", "a pooler stands in between").sqlstate("08P01");
        check(
            &diagnostic,
            expect![[r#"
            warning[pooler]: a pooler stands in between (PostgreSQL 08P01)
        "#]],
        );
        let diagnostic = Diagnostic::error("bad-name", "`x.sql` is no migration's name").at(Location::file("migrations/x.sql"));
        check(
            &diagnostic,
            expect![[r#"
            error[bad-name]: `x.sql` is no migration's name
             --> migrations/x.sql
        "#]],
        );
    }

    #[test]
    fn a_very_long_line_is_cut() {
        let text = format!("{}boom{}", "a ".repeat(500), " b".repeat(500));
        let rendered = human(&Diagnostic::error("x", "y").at(Location::new("f", &text, 1000..1004)), false);
        assert!(rendered.lines().all(|line| line.chars().count() < 130), "{rendered}");
        let (source, caret) = (rendered.lines().nth(3).expect("source"), rendered.lines().nth(4).expect("caret"));
        assert_eq!(source.find("boom"), caret.find("^^^^"), "{rendered}");
    }
}
