//! Colours with a meaning; the words never depend on them.

/// What a piece of text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Done: green.
    Done,
    /// Retried, or worth changing: yellow.
    Warning,
    /// Failed: red.
    Error,
    /// A cure: cyan.
    Hint,
    /// A place: cyan.
    Path,
    /// Less important: dim.
    Dim,
}

/// `text` in the colour of `style`, or as it is.
#[must_use]
pub fn paint(text: &str, style: Style, colour: bool) -> String {
    if !colour {
        return text.to_owned();
    }
    let code = match style {
        Style::Done => "32",
        Style::Warning => "33",
        Style::Error => "1;31",
        Style::Hint | Style::Path => "36",
        Style::Dim => "2",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}
