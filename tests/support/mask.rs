//! Puts names in the place of what differs from run to run.

use regex::Regex;
use std::sync::LazyLock;

/// Patterns and what is shown for each, in the order in which they are applied.
static VARYING: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let patterns = [
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?([+-]\d\d(:\d\d)?)?", "[timestamp]"),
        (r"\bpid \d+", "pid [pid]"),
        (r#"_ms":[\d.]+"#, r#"_ms":[time]"#),
        // Columns are as wide as the widest number: the blanks before it vary too.
        (r"<?\b\d+(\.\d+)? ?(ns|µs|ms|s|min|h)\b", "[time]"),
        (r" {2,}\[time\]", "  [time]"),
    ];
    patterns.into_iter().map(|(pattern, shown)| (Regex::new(pattern).expect("a valid pattern"), shown)).collect()
});

/// `text` with `masks` and all that varies replaced.
pub fn mask(text: &str, masks: &[(String, String)]) -> String {
    let mut text = text.to_owned();
    for (from, to) in masks {
        text = text.replace(from.as_str(), to);
    }
    for (pattern, shown) in VARYING.iter() {
        text = pattern.replace_all(&text, *shown).into_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::mask;

    fn check(text: &str, expected: &str) {
        assert_eq!(mask(text, &[("/tmp/x".to_owned(), "[folder]".to_owned())]), expected);
    }

    #[test]
    fn what_varies_is_named() {
        check("applied  0001_a       1.2 ms", "applied  0001_a  [time]");
        check("applied  0001_a       <1 ms", "applied  0001_a  [time]");
        check("again in 500 ms, 2 s, 1min", "again in [time], [time], [time]");
        check("at 2026-01-02 03:04:05+00 by me", "at [timestamp] by me");
        check("pid 4711 in /tmp/x/a", "pid [pid] in [folder]/a");
        check("15 steps, 3 migrations", "15 steps, 3 migrations");
    }
}
