//! Addresses and Message-IDs in headers (RFC 5322, section 3.4 and 3.6.4).
//!
//! Two questions with opposite answers to doubt: who wrote this (strict, one
//! plain address or nobody) and whom did it go to (lenient, because only a
//! token with a valid signature counts in the end).

use super::charset;
use super::headers::Headers;

const MAX_RECIPIENTS: usize = 500;

/// So many bytes of headers are searched for addresses.
const MAX_SCANNED: usize = 256 * 1024;
const MAX_MESSAGE_IDS: usize = 200;

/// Who claims to have written a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// Exactly one plain address in exactly one From header.
    One {
        /// The address as it stands there.
        address: String,
        /// The name beside it, decoded; empty if there is none.
        name: String,
    },
    /// No From header, or an empty one.
    Missing,
    /// Several addresses or headers, a group, a comment, or anything else that
    /// two programs could read in two ways.
    Unusable,
}

impl Sender {
    /// The one address, if there is exactly one.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        match self {
            Self::One { address, .. } => Some(address),
            Self::Missing | Self::Unusable => None,
        }
    }
}

/// Reads the From header.
pub(super) fn sender(headers: &Headers) -> Sender {
    let mut all = headers.all("from");
    match (all.next().map(str::trim), all.next()) {
        (None | Some("" | "<>"), None) => Sender::Missing,
        (Some(value), None) => one(value).unwrap_or(Sender::Unusable),
        (_, Some(_)) => Sender::Unusable,
    }
}

/// `address`, `<address>` or `name <address>`, and nothing else.
fn one(value: &str) -> Option<Sender> {
    let (name, address) = match value.strip_suffix('>') {
        Some(rest) => rest.rsplit_once('<')?,
        None => ("", value),
    };
    let name = display_name(name.trim())?;
    is_plain_address(address).then(|| Sender::One {
        address: address.to_owned(),
        name,
    })
}

/// A quoted string or a phrase. Unquoted specials would end the name for one
/// parser and not for the next.
fn display_name(name: &str) -> Option<String> {
    let inner = name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let name = match inner {
        Some(inner) => {
            let mut unquoted = String::new();
            let mut chars = inner.chars();
            while let Some(c) = chars.next() {
                match c {
                    '"' => return None,
                    '\\' => unquoted.push(chars.next()?),
                    c => unquoted.push(c),
                }
            }
            unquoted
        }
        None if name.contains(['"', '<', '>', '(', ')', ',', ';', ':', '@', '\\']) => return None,
        None => name.to_owned(),
    };
    Some(charset::encoded_words(&name))
}

fn is_plain_address(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let plain = |text: &str| {
        !text.is_empty()
            && !text.contains("=?")
            && text
                .chars()
                .all(|c| !c.is_whitespace() && !c.is_control() && !"()<>,;:\\\"@[]".contains(c))
    };
    plain(local) && plain(domain) && domain.contains('.')
}

/// Every address the mail was sent or delivered to, each once.
pub(super) fn recipients(headers: &Headers) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let places = [
        "to",
        "cc",
        "delivered-to",
        "x-original-to",
        "envelope-to",
        "x-envelope-to",
        "received",
    ];
    for address in listed(headers, &places) {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

/// The addresses in the headers of these names, topmost first; of a Received
/// header the one that the mail was accepted for.
pub(super) fn listed(headers: &Headers, names: &[&str]) -> Vec<String> {
    let mut room = MAX_SCANNED;
    let mut found = Vec::new();
    for field in headers
        .iter()
        .filter(|field| names.contains(&field.name.as_str()))
    {
        room = room.saturating_sub(field.value.len());
        if room == 0 || found.len() >= MAX_RECIPIENTS {
            break;
        }
        let text = if field.name == "received" {
            received_for(&field.value).unwrap_or_default()
        } else {
            &field.value
        };
        found.extend(addresses(text));
    }
    found.truncate(MAX_RECIPIENTS);
    found
}

/// Everything in the text that has the shape of an address.
pub(super) fn addresses(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || "<>(),;:\"[]".contains(c))
        .filter(|word| is_plain_address(word))
        .take(MAX_RECIPIENTS)
        .map(str::to_owned)
        .collect()
}

/// The `for` clause of a Received header (RFC 5321, section 4.4).
fn received_for(value: &str) -> Option<&str> {
    let mut words = value.split_ascii_whitespace();
    words.find(|word| word.eq_ignore_ascii_case("for"))?;
    words.next()
}

/// No line of a mail is longer (RFC 5322, section 2.1.1), and so no Message-ID. A database has its
/// limits too: a mail must not come back for ever because of one.
const LONGEST_MESSAGE_ID: usize = 998;

/// The Message-IDs in a header, with their angle brackets.
pub(super) fn message_ids(headers: &Headers, name: &str) -> Vec<String> {
    headers
        .all(name)
        .flat_map(|value| value.split('<').skip(1))
        .filter_map(|rest| rest.split_once('>'))
        .map(|(id, _)| format!("<{}>", id.trim()))
        .filter(|id| id.len() <= LONGEST_MESSAGE_ID)
        .take(MAX_MESSAGE_IDS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(lines: &str) -> Sender {
        sender(&Headers::parse(lines.as_bytes()).unwrap().0)
    }

    #[test]
    fn one_plain_address_is_a_sender() {
        for (line, name) in [
            ("From: anna@example.org\n", ""),
            ("From: <anna@example.org>\n", ""),
            ("From: Anna de Wit <anna@example.org>\n", "Anna de Wit"),
            (
                "From: \"Wit, Anna de\" <anna@example.org>\n",
                "Wit, Anna de",
            ),
            (
                "From: =?utf-8?B?Wm/DqyBDbGFleXM=?= <anna@example.org>\n",
                "Zoë Claeys",
            ),
        ] {
            let expected = Sender::One {
                address: "anna@example.org".into(),
                name: name.into(),
            };
            assert_eq!(from(line), expected, "{line}");
        }
    }

    #[test]
    fn anything_two_programs_could_read_differently_is_unusable() {
        for lines in [
            "From: anna@example.org\nFrom: bram@example.org\n",
            "From: anna@example.org, bram@example.org\n",
            "From: Anna <anna@example.org>, Bram <bram@example.org>\n",
            "From: team: anna@example.org;\n",
            "From: anna@example.org (bram@example.net)\n",
            "From: anna(x)@example.org\n",
            "From: bram@example.net <anna@example.org>\n",
            "From: \"x\" <bram@example.net> <anna@example.org>\n",
            "From: =?utf-8?Q?anna=40example.org?=\n",
            "From: <=?utf-8?Q?anna?=@example.org>\n",
            "From: \"anna\"@example.org\n",
            "From: <@relay.example:anna@example.org>\n",
            "From: anna\n",
        ] {
            assert_eq!(from(lines), Sender::Unusable, "{lines}");
        }
        assert_eq!(from("To: x\n"), Sender::Missing);
        assert_eq!(from("From: <>\n"), Sender::Missing);
    }

    #[test]
    fn recipients_come_from_all_places_once() {
        let headers = Headers::parse(
            b"Delivered-To: in+abc@mail.example\nReceived: from x by y\n for <in+def@mail.example>; Mon\nTo: \"In\" <in+abc@mail.example>,other@example.org\n",
        )
        .unwrap()
        .0;
        assert_eq!(
            recipients(&headers),
            [
                "in+abc@mail.example",
                "in+def@mail.example",
                "other@example.org"
            ]
        );
    }
}
