//! A diagnostic as a workflow command of GitHub's, which shows it at its line in the pull request.

use super::{Diagnostic, Level};

/// One line: `::error file=…,line=…,title=rule::text`. `path` names a file relative to the repository.
#[must_use]
pub fn github(diagnostic: &Diagnostic, path: &dyn Fn(&str) -> String) -> String {
    let command = match diagnostic.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "notice",
    };
    let mut properties = Vec::new();
    if let Some(location) = &diagnostic.location {
        let (start, end) = (location.start, location.end);
        properties.push(("file", path(&location.file)));
        properties.push(("line", start.line.to_string()));
        properties.push(("endLine", end.line.to_string()));
        // GitHub takes columns only within one line.
        if start.line == end.line && !location.line.is_empty() {
            properties.push(("col", start.column.to_string()));
            properties.push(("endColumn", end.column.to_string()));
        }
    }
    properties.push(("title", diagnostic.rule.to_owned()));
    let properties: Vec<String> = properties.into_iter().map(|(name, value)| format!("{name}={}", escaped(&value, true))).collect();
    format!("::{command} {}::{}", properties.join(","), escaped(&super::prose(diagnostic), false))
}

fn escaped(text: &str, property: bool) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    if property { text.replace(':', "%3A").replace(',', "%2C") } else { text }
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::github;

    fn check(diagnostic: &Diagnostic, expected: &str) {
        assert_eq!(github(diagnostic, &|file| format!("db/{file}")), expected);
    }

    #[test]
    fn annotations() {
        let text = "select 1;\nselect boom,\n  2;\n";
        check(
            &Diagnostic::error("migration-failed", "no column: 100% sure").at(Location::new("m/a,b.sql", text, 17..21)).hint("mend it"),
            "::error file=db/m/a%2Cb.sql,line=2,endLine=2,col=8,endColumn=12,title=migration-failed::no column: 100%25 sure%0Ahint: mend it",
        );
        check(
            &Diagnostic::warning("x", "y").at(Location::new("m/a.sql", text, 10..27)),
            "::warning file=db/m/a.sql,line=2,endLine=3,title=x::y",
        );
        check(&Diagnostic::warning("x", "y").level(Level::Info), "::notice title=x::y");
    }
}
