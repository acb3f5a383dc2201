//! Where a byte stands: line and column, as editors count them.

/// A place in a text. Lines and columns start at 1; a column counts characters, not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// The place of byte `offset` in `text`; an offset past the end is the end.
#[must_use]
pub fn place(text: &str, offset: usize) -> Place {
    let offset = floor_char_boundary(text, offset);
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Place { line: before.bytes().filter(|byte| *byte == b'\n').count() + 1, column: before[start..].chars().count() + 1 }
}

/// The line that holds byte `offset`, without its end.
#[must_use]
pub fn line_at(text: &str, offset: usize) -> &str {
    let offset = floor_char_boundary(text, offset);
    let start = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[offset..].find('\n').map_or(text.len(), |newline| offset + newline);
    text[start..end].trim_end_matches('\r')
}

/// The byte at which the character number `position` (from 1, as PostgreSQL counts in an error) starts.
#[must_use]
pub fn byte_of_character(text: &str, position: usize) -> usize {
    text.char_indices().nth(position.saturating_sub(1)).map_or(text.len(), |(byte, _)| byte)
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_from_one() {
        let text = "ab\nпривет x\r\nz";
        let check = |offset, line, column| assert_eq!(place(text, offset), Place { line, column }, "offset {offset}");
        check(0, 1, 1);
        check(3, 2, 1);
        check(4, 2, 1);
        check(text.find('x').expect("there"), 2, 8);
        check(999, 3, 2);
        assert_eq!(line_at(text, 5), "привет x");
        assert_eq!(byte_of_character(text, 5), 5);
    }
}
