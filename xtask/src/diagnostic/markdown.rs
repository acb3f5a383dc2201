//! What a check found as Markdown, for a comment on a pull request.

use super::{Diagnostic, Level};

/// One text: what was judged, a table of the findings, and each in full below it. `path` names a file relative to the repository.
#[must_use]
pub fn markdown(found: &[Diagnostic], judged: &[String], locks: &str, completed: bool, path: &dyn Fn(&str) -> String) -> String {
    let n = |level| found.iter().filter(|it| it.level == level).count();
    let (errors, warnings) = (n(Level::Error), n(Level::Warning));
    let verdict = match (completed, errors, warnings) {
        (false, ..) => "not everything could be checked",
        (_, 0, 0) => "nothing stands against it",
        (_, 0, _) => "there are warnings",
        _ => "there are errors",
    };
    let mut text = format!("### Migrations: {verdict}\n\n");
    match judged {
        [] => text.push_str("No migration is new here.\n"),
        names => {
            text.push_str("Will be applied, in this order:\n\n");
            names.iter().for_each(|name| text.push_str(&format!("1. `{name}`\n")));
        }
    }
    if !locks.is_empty() {
        text.push_str(&format!("\n{locks}"));
    }
    if !found.is_empty() {
        text.push_str("\n| | where | what |\n|---|---|---|\n");
        found.iter().for_each(|it| text.push_str(&row(it, path)));
        text.push_str("\n<details><summary>In full</summary>\n\n");
        found.iter().for_each(|it| text.push_str(&format!("````text\n{}\n````\n", super::human(it, false).trim_end())));
        text.push_str("\n</details>\n");
    }
    text
}

fn row(diagnostic: &Diagnostic, path: &dyn Fn(&str) -> String) -> String {
    let place = diagnostic.location.as_ref().map_or(String::new(), |it| format!("`{}:{}`", path(&it.file), it.start.line));
    let cure = diagnostic.hint.as_ref().map_or(String::new(), |it| format!("<br>{}", cell(it)));
    format!("| {} | {place} | **{}**: {}{cure} |\n", diagnostic.level.word(), diagnostic.rule, cell(&diagnostic.message))
}

/// What does not end a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Location;
    use expect_test::expect;

    #[test]
    fn a_comment() {
        let text = "drop table a;\n";
        let found = [Diagnostic::error("drop-table", "drops a | b").at(Location::new("m/0002_b.sql", text, 0..4)).hint("keep it")];
        let said = markdown(&found, &["0002_b".to_owned()], "", true, &str::to_owned);
        expect![[r#"
            ### Migrations: there are errors

            Will be applied, in this order:

            1. `0002_b`

            | | where | what |
            |---|---|---|
            | error | `m/0002_b.sql:1` | **drop-table**: drops a \| b<br>keep it |

            <details><summary>In full</summary>

            ````text
            error[drop-table]: drops a | b
             --> m/0002_b.sql:1:1
              |
            1 | drop table a;
              | ^^^^
              = hint: keep it
            ````

            </details>
        "#]]
        .assert_eq(&said);
        assert!(markdown(&[], &[], "", true, &str::to_owned).contains("nothing stands against it"));
    }
}
