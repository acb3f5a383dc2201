//! The checksum of a migration: `sha256:` and the hash in hexadecimal.
//!
//! Taken over the text without a byte order mark and with `\n` line ends, so that neither an editor nor git's `autocrlf` can change it.

use sha2::{Digest, Sha256};

/// The checksum of `text`.
#[must_use]
pub fn checksum(text: &str) -> String {
    let mut hasher = Sha256::new();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    while let Some(end) = rest.find("\r\n") {
        hasher.update(&rest.as_bytes()[..end]);
        hasher.update(b"\n");
        rest = &rest[end + 2..];
    }
    hasher.update(rest.as_bytes());
    let mut checksum = String::from("sha256:");
    for byte in hasher.finalize() {
        checksum.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).expect("half a byte is one digit")));
    }
    checksum
}

#[cfg(test)]
mod tests {
    use super::checksum;

    #[test]
    fn line_ends_and_byte_order_mark_do_not_count() {
        let plain = checksum("select 1;\nselect 2;\n");
        assert_eq!(plain, checksum("\u{feff}select 1;\r\nselect 2;\r\n"));
        assert_ne!(plain, checksum("select 1;\nselect 2;"));
        // The value that any SHA-256 gives for these bytes.
        assert_eq!(checksum("abc"), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
