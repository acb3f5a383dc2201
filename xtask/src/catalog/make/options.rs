//! Lists of options, `name=value` a line, and the statements between two of them.

use crate::sql::quote;

/// `name=value, …` for `WITH (…)` and `SET (…)`.
pub(super) fn list(options: &str) -> String {
    options.lines().map(option).collect::<Vec<_>>().join(", ")
}

fn option(line: &str) -> String {
    let (name, value) = line.split_once('=').unwrap_or((line, ""));
    let plain = !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    let plain = plain && (value.parse::<f64>().is_ok() || value.chars().all(|c| c.is_ascii_alphabetic() || c == '_'));
    if plain { format!("{name}={value}") } else { format!("{name}={}", quote::literal(value)) }
}

/// ` WITH (…)`, or nothing.
pub(super) fn with(options: &str) -> String {
    if options.is_empty() { String::new() } else { format!(" WITH ({})", list(options)) }
}

/// `SET (…)` and `RESET (…)` after `target`, which is the beginning of an `ALTER`; `prefix` goes before each name.
pub(super) fn changes(target: &str, prefix: &str, from: &str, to: &str) -> Vec<String> {
    let name = |line: &str| line.split_once('=').map_or(line, |(name, _)| name).to_owned();
    let kept: Vec<String> = to.lines().map(name).collect();
    let set: Vec<String> =
        to.lines().filter(|line| !from.lines().any(|it| it == *line)).map(|line| format!("{prefix}{}", option(line))).collect();
    let reset: Vec<String> = from.lines().map(name).filter(|name| !kept.contains(name)).map(|name| format!("{prefix}{name}")).collect();
    let mut statements = Vec::new();
    if !set.is_empty() {
        statements.push(format!("{target} SET ({})", set.join(", ")));
    }
    if !reset.is_empty() {
        statements.push(format!("{target} RESET ({})", reset.join(", ")));
    }
    statements
}

/// ` OPTIONS (…)` of something foreign, or nothing; a line is `name 'value'`.
pub(super) fn foreign(options: &str) -> String {
    if options.is_empty() { String::new() } else { format!(" OPTIONS ({})", options.lines().collect::<Vec<_>>().join(", ")) }
}

/// ` OPTIONS (ADD …, SET …, DROP …)`, or nothing where they are equal.
pub(super) fn foreign_changes(from: &str, to: &str) -> Option<String> {
    let name = |line: &str| line.split_once(" '").map_or(line, |(name, _)| name).to_owned();
    let (had, has): (Vec<String>, Vec<String>) = (from.lines().map(name).collect(), to.lines().map(name).collect());
    let gone = had.iter().filter(|it| !has.contains(it)).map(|it| format!("DROP {it}"));
    let changed = to.lines().filter(|line| !from.lines().any(|it| it == *line));
    let changed = changed.map(|line| if had.contains(&name(line)) { format!("SET {line}") } else { format!("ADD {line}") });
    let all: Vec<String> = gone.chain(changed).collect();
    (!all.is_empty()).then(|| format!(" OPTIONS ({})", all.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_set_and_reset() {
        assert_eq!(changes("ALTER TABLE t", "", "a=1\nb=x", "a=2"), ["ALTER TABLE t SET (a=2)", "ALTER TABLE t RESET (b)"]);
        assert_eq!(with("a=x y"), " WITH (a='x y')");
        assert_eq!(foreign_changes("a '1'\nb '2'", "b '3'\nc '4'").as_deref(), Some(" OPTIONS (DROP a, SET b '3', ADD c '4')"));
    }
}
