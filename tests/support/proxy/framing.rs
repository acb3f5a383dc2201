//! Where one message of PostgreSQL's protocol ends and the next begins.

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

/// What stands at the start of what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// A length and no type: the client's first words.
    Untyped,
    /// A type, then a length.
    Typed,
    /// One byte: the server's answer to a question for TLS.
    Byte,
    /// Bytes whose meaning is hidden.
    Opaque,
}

/// The codes of requests for TLS and GSSAPI encryption.
const ENCRYPTION: [u32; 2] = [80_877_103, 80_877_104];

/// The length of the first message in `bytes`, once all of it is there.
pub(super) fn length(next: Next, bytes: &[u8]) -> Option<usize> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize);
    let length = match next {
        Next::Untyped => number(0)?,
        Next::Typed => number(1)? + 1,
        Next::Byte => 1,
        Next::Opaque => bytes.len(),
    };
    (length > 0 && bytes.len() >= length).then_some(length)
}

/// Whether an untyped message asks for encryption, so that the server answers with one byte and the client begins anew.
pub(super) fn asks_for_encryption(message: &[u8]) -> bool {
    message.len() == 8 && ENCRYPTION.iter().any(|code| message[4..] == code.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_end_where_their_length_says() {
        assert_eq!(length(Next::Untyped, &[0, 0, 0, 8, 4, 210, 22, 47]), Some(8));
        assert_eq!(length(Next::Typed, b"Q\0\0\0\x05\0rest"), Some(6));
        assert_eq!(length(Next::Typed, b"Q\0\0\0\x09\0"), None);
        assert_eq!(length(Next::Typed, b""), None);
        assert_eq!(length(Next::Byte, b"N"), Some(1));
        assert!(asks_for_encryption(&[0, 0, 0, 8, 4, 210, 22, 47]));
    }
}
