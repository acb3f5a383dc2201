//! Files that hold the way forward and the way back, told apart by comment lines.

/// The part of `text` that leads forward: its lines but those from a line for which `is_down` holds to the next for which `is_up` holds.
/// Line ends stay as they are.
pub(super) fn forward(text: &str, is_up: impl Fn(&str) -> bool, is_down: impl Fn(&str) -> bool) -> String {
    let mut forward = true;
    let lines = text.split_inclusive('\n').filter(|line| {
        let line = line.trim();
        if is_down(line) {
            forward = false;
        } else if is_up(line) {
            forward = true;
        }
        forward
    });
    lines.collect()
}

/// What stands behind `-- marker` in a comment line, case aside.
pub(super) fn behind<'a>(line: &'a str, marker: &str) -> Option<&'a str> {
    let comment = line.trim_start_matches('\u{feff}').trim().strip_prefix("--")?.trim_start();
    let head = comment.get(..marker.len())?;
    let rest = &comment[marker.len()..];
    let ends = rest.chars().next().is_none_or(|it| !it.is_alphanumeric());
    (head.eq_ignore_ascii_case(marker) && ends).then(|| rest.trim())
}

/// Whether any line is the comment `-- marker`.
pub(super) fn has(text: &str, marker: &str) -> bool {
    text.lines().any(|line| behind(line, marker).is_some())
}
