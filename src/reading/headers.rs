//! Header fields in their order (RFC 5322, section 2.2), and the parameters of
//! a Content-Type (RFC 2045, section 5.1).

use super::charset;
use super::mime::{Refused, line_length};

const MAX_FIELDS: usize = 1_000;
const MAX_FIELD_BYTES: usize = 64 * 1024;

/// The fields of one header section, topmost first.
#[derive(Debug, Default)]
pub(super) struct Headers(Vec<Field>);

/// One field, unfolded.
#[derive(Debug)]
pub(super) struct Field {
    /// Lower case.
    pub(super) name: String,
    /// As it stands, encoded words not decoded.
    pub(super) value: String,
}

impl Headers {
    /// Parses up to and with the empty line; says how many bytes that were.
    pub(super) fn parse(bytes: &[u8]) -> Result<(Self, usize), Refused> {
        let mut fields: Vec<(String, Vec<u8>)> = Vec::new();
        let mut at = 0;
        // A continuation of a line that was no field is no field either.
        let mut inside = false;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let line = rest.get(..line_length(rest)).unwrap_or_default();
            at += line.len();
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            if text.is_empty() || text == b"\r" {
                break;
            }
            if text.len() > MAX_FIELD_BYTES {
                return Err(Refused::HeaderTooLong);
            }
            if text.starts_with(b" ") || text.starts_with(b"\t") {
                if let Some((_, value)) = fields.last_mut().filter(|_| inside) {
                    value.push(b' ');
                    value.extend_from_slice(text.trim_ascii());
                    if value.len() > MAX_FIELD_BYTES {
                        return Err(Refused::HeaderTooLong);
                    }
                }
                continue;
            }
            let field = split_field(text);
            inside = field.is_some();
            fields.extend(field);
            if fields.len() > MAX_FIELDS {
                return Err(Refused::TooManyHeaders);
            }
        }
        let fields = fields
            .into_iter()
            .map(|(name, value)| Field {
                name,
                value: charset::header_text(&value),
            })
            .collect();
        Ok((Self(fields), at))
    }

    /// All fields, topmost first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Field> {
        self.0.iter()
    }

    /// The values of all fields of this lower-case name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |field| field.name == name)
            .map(|field| field.value.as_str())
    }

    /// The topmost value of this lower-case name.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|field| field.name == name)
            .map(|field| field.value.as_str())
    }
}

fn split_field(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let colon = line.iter().position(|&b| b == b':')?;
    let name = line.get(..colon)?.trim_ascii_end();
    let value = line.get(colon + 1..)?.trim_ascii();
    let printable = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    let name = std::str::from_utf8(name).ok().filter(|_| printable)?;
    Some((name.to_ascii_lowercase(), value.to_vec()))
}

/// The parameters of a Content-Type or the like.
#[derive(Debug, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Parses `type/subtype; name=value; …` into the lower-case type and its
    /// parameters. Comments are dropped; RFC 2231 values are joined, their
    /// charset left aside.
    pub(super) fn parse(value: &str) -> (String, Self) {
        let pieces = split_outside_quotes(value);
        let mut pieces = pieces.iter();
        let media_type = pieces.next().map(|piece| piece.trim().to_ascii_lowercase());
        let mut found: Vec<(String, String)> = Vec::new();
        for piece in pieces {
            let Some((name, value)) = piece.split_once('=') else {
                continue;
            };
            let name = name.trim().to_ascii_lowercase();
            let base = name.split('*').next().unwrap_or_default().to_owned();
            let value = value.trim();
            match found.iter_mut().find(|(known, _)| *known == base) {
                Some((_, whole)) if name.contains('*') => whole.push_str(value),
                Some(_) => {}
                None => found.push((base, value.to_owned())),
            }
            if found.len() > 50 {
                break;
            }
        }
        (media_type.unwrap_or_default(), Self(found))
    }

    /// The value of the parameter of this lower-case name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Splits at semicolons, with quotes undone and comments left out.
fn split_outside_quotes(value: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let (mut quoted, mut comments) = (false, 0_usize);
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted || comments > 0 => {
                if let (Some(next), 0, Some(piece)) = (chars.next(), comments, pieces.last_mut()) {
                    piece.push(next);
                }
            }
            '"' if comments == 0 => quoted = !quoted,
            '(' if !quoted => comments += 1,
            ')' if !quoted && comments > 0 => comments -= 1,
            ';' if !quoted && comments == 0 => pieces.push(String::new()),
            _ if comments == 0 => {
                if let Some(piece) = pieces.last_mut() {
                    piece.push(c);
                }
            }
            _ => {}
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_fields_are_joined_and_doubled_ones_kept() {
        let (headers, length) =
            Headers::parse(b"Subject: a\n b\nTo: x\nto : y\nnonsense\n more\n\nbody").unwrap();
        assert_eq!(headers.first("subject"), Some("a b"));
        assert_eq!(headers.all("to").collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(length, 43);
    }

    #[test]
    fn parameters_come_quoted_commented_and_continued() {
        let (media_type, parameters) = Parameters::parse(
            "Text/Plain (of sorts); Charset=\"utf-8; x\"; boundary*0=a; boundary*1=\"b\"; format=flowed",
        );
        assert_eq!(media_type, "text/plain");
        assert_eq!(parameters.get("charset"), Some("utf-8; x"));
        assert_eq!(parameters.get("boundary"), Some("ab"));
        assert_eq!(parameters.get("format"), Some("flowed"));
    }
}
