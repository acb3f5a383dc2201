//! Durations and counts as users write and read them.

use std::time::Duration;

/// Reads `500ms`, `2s`, `5min`, `1h`; a bare number is seconds, `0` switches a limit off.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim() {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * factor).ok()
}

/// `12 ms`, `3.4 s`, `2 min 5 s`, `1 h 4 min`.
#[must_use]
pub fn show_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 if duration.as_millis() == 0 => "<1 ms".to_owned(),
        0 => format!("{} ms", duration.as_millis()),
        1..60 => format!("{:.1} s", duration.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// PostgreSQL's `server_version_num` as people say it: `15.18`.
#[must_use]
pub fn show_version(number: u32) -> String {
    format!("{}.{}", number / 10_000, number % 10_000)
}

/// `1 error`, `2 errors`.
#[must_use]
pub fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        assert_eq!([0, 1, 2].map(|n| count(n, "error")), ["0 errors", "1 error", "2 errors"]);
    }

    #[test]
    fn durations() {
        let check = |text: &str, expected: Option<u64>| assert_eq!(parse_duration(text), expected.map(Duration::from_millis), "of {text}");
        check("500ms", Some(500));
        check("2s", Some(2000));
        check("1.5 s", Some(1500));
        check("5min", Some(300_000));
        check("1h", Some(3_600_000));
        check("0", Some(0));
        check("soon", None);
        check("2 weeks", None);
        assert_eq!(show_duration(Duration::from_micros(12_300)), "12 ms");
        assert_eq!(show_duration(Duration::from_micros(300)), "<1 ms");
        assert_eq!(show_duration(Duration::from_millis(3_440)), "3.4 s");
        assert_eq!(show_duration(Duration::from_secs(125)), "2 min 5 s");
        assert_eq!(show_duration(Duration::from_secs(3_900)), "1 h 5 min");
    }
}
