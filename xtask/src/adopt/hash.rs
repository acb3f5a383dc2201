//! The hashes by which the other tools remember what they applied. SHA-256 and SHA-384 come from a library; the others are short.

use sha2::{Digest, Sha256, Sha384};

/// Bytes in hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// SHA-256, in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 as old versions of Prisma wrote it: each byte without its leading zero.
#[must_use]
pub fn sha256_unpadded(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:x}")).collect()
}

/// SHA-384, in hexadecimal.
#[must_use]
pub fn sha384(bytes: &[u8]) -> String {
    hex(&Sha384::digest(bytes))
}

/// SHA-1, in hexadecimal; not for secrets.
#[must_use]
pub fn sha1(bytes: &[u8]) -> String {
    let mut state: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    let mut message = bytes.to_vec();
    message.push(0x80);
    message.resize((bytes.len() + 9).next_multiple_of(64) - 8, 0);
    message.extend((bytes.len() as u64 * 8).to_be_bytes());
    for block in message.chunks_exact(64) {
        sha1_block(&mut state, block);
    }
    hex(&state.map(u32::to_be_bytes).concat())
}

fn sha1_block(state: &mut [u32; 5], block: &[u8]) {
    let mut w = [0u32; 80];
    for (word, bytes) in w.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    for i in 16..80 {
        w[i] = (w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16]).rotate_left(1);
    }
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for (i, word) in w.iter().enumerate() {
        let (f, k) = match i / 20 {
            0 => ((b & c) | (!b & d), 0x5a82_7999),
            1 => (b ^ c ^ d, 0x6ed9_eba1),
            2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6),
        };
        let next = a.rotate_left(5).wrapping_add(f).wrapping_add(e).wrapping_add(k).wrapping_add(*word);
        (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
    }
    for (sum, part) in state.iter_mut().zip([a, b, c, d, e]) {
        *sum = sum.wrapping_add(part);
    }
}

/// SipHash-1-3 with a zero key.
#[must_use]
pub fn siphash13(bytes: &[u8]) -> u64 {
    let mut v: [u64; 4] = [0x736f_6d65_7073_6575, 0x646f_7261_6e64_6f6d, 0x6c79_6765_6e65_7261, 0x7465_6462_7974_6573];
    let mut chunks = bytes.chunks_exact(8);
    for chunk in chunks.by_ref() {
        sip_word(&mut v, chunk);
    }
    let mut last = [0u8; 8];
    last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    last[7] = bytes.len().to_le_bytes()[0];
    sip_word(&mut v, &last);
    v[2] ^= 0xff;
    (0..3).for_each(|_| sip_round(&mut v));
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

fn sip_word(v: &mut [u64; 4], bytes: &[u8]) {
    let word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

fn sip_round(v: &mut [u64; 4]) {
    v[0] = v[0].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(13) ^ v[0];
    v[0] = v[0].rotate_left(32);
    v[2] = v[2].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(16) ^ v[2];
    v[0] = v[0].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(21) ^ v[0];
    v[2] = v[2].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(17) ^ v[2];
    v[2] = v[2].rotate_left(32);
}

/// CRC-32 as Flyway takes it: over each line without its end, and without a byte order mark; as a signed number.
#[must_use]
pub fn crc32_of_lines(text: &str) -> i32 {
    let bytes = text.trim_start_matches('\u{feff}').bytes().filter(|byte| !matches!(byte, b'\r' | b'\n'));
    let sum = bytes.fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    });
    (!sum).cast_signed()
}

/// The bytes with the other kind of line ends: `\n` where they are `\r\n`, and the reverse.
#[must_use]
pub fn other_line_ends(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    if text.contains("\r\n") { text.replace("\r\n", "\n").into_bytes() } else { text.replace('\n', "\r\n").into_bytes() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(sha1(b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(sha1(b""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        for n in [55, 56, 57, 63, 64, 65, 119, 120] {
            assert_eq!(sha1(&vec![b'a'; n]).len(), 40);
        }
        assert_eq!(sha1(&[b'a'; 56]), "c2db330f6083854c99d4b5bfb6e8f29f201be699");
        assert_eq!(sha1(&[b'a'; 64]), "0098ba824b5c16427bd7a1122a5a442a25ec644d");
        assert_eq!(crc32_of_lines("\u{feff}1234\r\n56789\n"), 0xcbf4_3926_u32.cast_signed());
        assert_eq!(sha256_unpadded(b"abc").len(), sha256(b"abc").len() - 3);
    }

    #[test]
    fn siphash_is_the_one_of_rusts_standard_library() {
        use std::hash::{DefaultHasher, Hasher as _};
        for text in ["", "abc", "12345678", "a longer text of more than two words"] {
            let mut hasher = DefaultHasher::new();
            hasher.write(text.as_bytes());
            assert_eq!(siphash13(text.as_bytes()), hasher.finish());
        }
    }
}
