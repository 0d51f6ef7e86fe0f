//! From bytes to text: transfer encodings (RFC 2045), charsets by the WHATWG
//! table, encoded words (RFC 2047), and one normal form of Unicode.

use encoding_rs::{Encoding, WINDOWS_1252};
use mail_parser::HeaderValue;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::parsers::MessageStream;
use unicode_normalization::UnicodeNormalization;

/// A subject or name beyond this is nothing a person reads.
const MAX_ENCODED_WORDS: usize = 2_000;

/// Decodes text whose charset is `label`. Without a label, with one that says
/// us-ascii or one nobody knows, it is UTF-8 if it can be and windows-1252
/// otherwise; a wrong claim to be UTF-8 is treated the same way.
pub(super) fn decode(bytes: &[u8], label: Option<&str>) -> String {
    let encoding = label
        .map(|label| label.trim().to_ascii_lowercase())
        .filter(|label| !label.ends_with("ascii") && !label.starts_with("ansi_x3.4"))
        .and_then(|label| Encoding::for_label(label.as_bytes()));
    match encoding {
        Some(encoding) if encoding != encoding_rs::UTF_8 => encoding.decode(bytes).0.into_owned(),
        Some(_) | None => utf8_or_windows_1252(bytes),
    }
}

/// A raw header value as text; bare CRs and other controls become spaces.
pub(super) fn header_text(value: &[u8]) -> String {
    utf8_or_windows_1252(value).replace(|c: char| c.is_control(), " ")
}

/// Decodes the encoded words of an unstructured header value.
pub(super) fn encoded_words(value: &str) -> String {
    let mut value: String = value.chars().take(MAX_ENCODED_WORDS).collect();
    if !value.contains("=?") {
        return value;
    }
    value.push('\n');
    match MessageStream::new(value.as_bytes()).parse_unstructured() {
        HeaderValue::Text(text) => text.trim().to_owned(),
        _ => value.trim().to_owned(),
    }
}

fn utf8_or_windows_1252(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // Cut in the middle of a character: everything before it is UTF-8 and shows it.
        Err(error)
            if error.error_len().is_none()
                && !bytes.iter().take(error.valid_up_to()).all(u8::is_ascii) =>
        {
            String::from_utf8_lossy(bytes).into_owned()
        }
        Err(_) => WINDOWS_1252.decode(bytes).0.into_owned(),
    }
}

/// Base64 with whatever strays into it left out.
pub(super) fn base64(bytes: &[u8]) -> Vec<u8> {
    let clean: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
        .collect();
    base64_decode(&clean).unwrap_or_default()
}

/// Quoted-printable; an escape that is none stands for itself.
pub(super) fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        let text = line.trim_ascii_end();
        let mut rest = text;
        let mut soft_break = false;
        while let Some((&first, tail)) = rest.split_first() {
            rest = tail;
            if first != b'=' {
                decoded.push(first);
                continue;
            }
            match (tail.first().and_then(hex), tail.get(1).and_then(hex)) {
                (Some(high), Some(low)) => {
                    decoded.push(high * 16 + low);
                    rest = tail.get(2..).unwrap_or_default();
                }
                _ if tail.is_empty() => soft_break = true,
                _ => decoded.push(first),
            }
        }
        if !soft_break && line.ends_with(b"\n") {
            decoded.push(b'\n');
        }
    }
    decoded
}

fn hex(digit: &u8) -> Option<u8> {
    char::from(*digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// One normal form for all text of people: NFKC, no invisible characters, one
/// kind of space and of line end; at most `max` characters.
pub(super) fn normal_form(text: &str, max: usize) -> String {
    let one_kind = |c: char| match c {
        '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => '\n',
        c if c.is_control() || c.is_whitespace() => ' ',
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '`' | '\u{b4}' => '\'',
        c => c,
    };
    if text.is_ascii() {
        return text.chars().take(max).map(one_kind).collect();
    }
    text.nfkc()
        .take(max)
        .filter(|c| !is_invisible(*c))
        .map(one_kind)
        .collect()
}

/// Whether a person would see nothing in the text.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_invisible(c))
}

/// Zero-width, direction and joining marks, soft hyphen, variation selectors.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charset_is_what_the_browser_takes_it_for() {
        assert_eq!(
            decode(b"\x93Weigeren\x94", Some("iso-8859-1")),
            "“Weigeren”"
        );
        assert_eq!(
            decode("co\u{f6}rdinator".as_bytes(), Some("us-ascii")),
            "coördinator"
        );
        assert_eq!(decode(b"co\xf6rdinator", Some("us-ascii")), "coördinator");
        assert_eq!(decode(b"co\xf6rdinator", Some("utf-8")), "coördinator");
        assert_eq!(decode(b"caf\xe9", Some("x-unheard-of")), "café");
        assert_eq!(decode(b"w\0e\0", Some("utf-16le")), "we");
    }

    #[test]
    fn broken_transfer_encodings_yield_what_they_can() {
        assert_eq!(
            quoted_printable(b"caf=C3=A9 =\nau =zz \nla=  \nit="),
            "café au =zz\nlait".as_bytes()
        );
        assert_eq!(base64(b"d2Vp\n Z2Vy!ZW4"), b"weigeren");
    }

    #[test]
    fn invisible_characters_do_not_hide_a_word() {
        assert_eq!(
            normal_form("wei\u{200b}ge\u{ad}ren\u{a0}\u{ff41}\nx", 12),
            "weigeren a"
        );
    }

    #[test]
    fn encoded_words_are_decoded() {
        assert_eq!(
            encoded_words("=?utf-8?Q?R=C3=A9ponse?= =?utf-8?B?IGF1dG8=?= x"),
            "Réponse auto x"
        );
        assert_eq!(encoded_words("plain"), "plain");
    }
}
