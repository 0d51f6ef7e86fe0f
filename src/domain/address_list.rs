//! A list of e-mail addresses as people paste it: out of a spreadsheet, an address book, a mail.
//!
//! Commas, semicolons, blanks, tabs and line ends separate; bullets and numbers in front of a line,
//! display names before `<…>`, `mailto:`, quotes and punctuation around an address fall away.
//! Everything else must be an address: what is none is named with its reason, so that nothing that
//! somebody typed is lost without a word.

use std::collections::HashSet;

use super::email_address::{EmailAddress, InvalidEmailAddress};

/// What was understood.
#[derive(Clone, Debug, Default)]
pub struct AddressList {
    /// Each address once, in their order.
    pub addresses: Vec<EmailAddress>,
    /// Those that came again, each time they did.
    pub repeated: Vec<EmailAddress>,
    /// What is no address, and why, in their order.
    pub faults: Vec<Unreadable>,
}

/// A piece of the list that is no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// As it was typed.
    pub text: String,
    /// Why it is none.
    pub reason: InvalidEmailAddress,
}

impl AddressList {
    /// Reads a list.
    pub fn read(text: &str) -> Self {
        let mut reader = Reader::default();
        let mut lines = text
            .split(['\n', '\r', '\u{2028}', '\u{2029}', '\u{b}', '\u{c}'])
            .peekable();
        // The names of the columns.
        if lines.peek().is_some_and(|first| has_names_alone(first)) && text.contains('@') {
            lines.next();
        }
        for line in lines {
            reader.line(line);
        }
        reader.list
    }
}

/// Separates addresses: what a list is written with, also by an East Asian keyboard.
const SEPARATORS: [char; 5] = [',', ';', '，', '；', '、'];
/// Falls away in front of a word.
const BEFORE: &str = "([{'\"`“”‘’‚„«»‹›<>:!?….|•·‣▪●○◦–—-*";
/// Of these, what an address may begin with as well.
const MAY_BEGIN_AN_ADDRESS: &str = "{'`!?|*-";
/// Falls away behind a word: no domain ends with these.
const BEHIND: &str = ")]}'\"`“”‘’«»‹›<>:!?….|*_";

#[derive(Default)]
struct Reader<'t> {
    list: AddressList,
    known: HashSet<String>,
    /// Words without `@` that wait for what follows: a name, if that is `<…>`. A separator between
    /// them begins another piece, as in `de Wit, Anna <anna@tulips.example>`.
    waiting: Vec<Vec<&'t str>>,
}

impl<'t> Reader<'t> {
    fn line(&mut self, line: &'t str) {
        let line = without_bullet(line);
        if !line.contains('@') {
            return self.piece(line);
        }
        // Out of a spreadsheet, with columns beside that of the addresses.
        for cell in line.split('\t') {
            if cell.contains('@') || is_like_a_domain(cell.trim()) || !line.contains('\t') {
                self.piece(cell);
            }
        }
    }

    fn piece(&mut self, mut rest: &'t str) {
        while let Some(first) = rest.chars().next() {
            rest = match first {
                ';' | '；' => {
                    self.nobodys_name();
                    skip_one(rest)
                }
                _ if SEPARATORS.contains(&first) => {
                    self.waiting.push(Vec::new());
                    skip_one(rest)
                }
                _ if is_blank(first) => skip_one(rest),
                '<' => self.bracket(rest),
                '"' | '“' | '„' => self.quotation(rest),
                '(' => self.comment(rest),
                _ => self.bare_word(rest),
            };
        }
        self.nobodys_name();
    }

    /// `<…>`: what waits before it was a name.
    fn bracket(&mut self, rest: &'t str) -> &'t str {
        let inside = skip_one(rest);
        let Some((inside, behind)) = inside.split_once('>') else {
            return inside; // Never closed: the bracket is punctuation.
        };
        if inside.contains('@') {
            // What stands before a comma belongs to the name, unless it is an address whose `@` was
            // forgotten.
            self.waiting.pop();
            let before = std::mem::take(&mut self.waiting);
            if before.iter().flatten().any(|word| is_like_a_domain(word)) {
                before.iter().for_each(|piece| self.no_address(piece));
            }
        }
        self.words(inside);
        behind
    }

    /// `"…"`: a name if `<…>` follows, else quoted words of the list.
    fn quotation(&mut self, rest: &'t str) -> &'t str {
        let inside = skip_one(rest);
        let Some(end) = inside.find(['"', '”', '“']) else {
            return inside;
        };
        let (inside, behind) = (&inside[..end], skip_one(&inside[end..]));
        let bracket = behind.trim_start_matches(is_blank).strip_prefix('<');
        let address = bracket.and_then(|rest| rest.split_once('>'));
        if address.is_some_and(|(address, _)| address.contains('@')) {
            self.nobodys_name();
        } else {
            self.words(inside);
        }
        behind
    }

    /// `(…)` with no address in it says something about one (RFC 5322, section 3.2.2).
    fn comment(&mut self, rest: &'t str) -> &'t str {
        match skip_one(rest).split_once(')') {
            Some((inside, behind)) if !inside.contains('@') && !inside.contains('<') => behind,
            Some(_) | None => skip_one(rest),
        }
    }

    fn bare_word(&mut self, rest: &'t str) -> &'t str {
        let ends = |c: char| is_blank(c) || SEPARATORS.contains(&c) || matches!(c, '<' | '"' | '“');
        let (word, behind) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
        self.word(word);
        behind
    }

    fn words(&mut self, text: &'t str) {
        for word in text.split(|c: char| is_blank(c) || SEPARATORS.contains(&c) || c == '|') {
            self.word(word);
        }
        self.nobodys_name();
    }

    fn word(&mut self, word: &'t str) {
        if !word.chars().any(|c| c.is_alphanumeric() || c == '@') {
            return; // A dash, a bullet, an ampersand.
        }
        if !word.contains('@') {
            // `To:` in front of a line of addresses.
            if word.ends_with(':') && !is_like_a_domain(word) {
                self.waiting.clear();
            } else if let Some(piece) = self.waiting.last_mut() {
                piece.push(word);
            } else {
                self.waiting.push(vec![word]);
            }
            return;
        }
        self.nobodys_name();
        match read_word(word) {
            Ok(email) => {
                if self.known.insert(email.key().to_owned()) {
                    self.list.addresses.push(email);
                } else {
                    self.list.repeated.push(email);
                }
            }
            Err(reason) => self.fault(word.to_owned(), reason),
        }
    }

    /// No `<…>` follows: what waits is no name of anybody.
    fn nobodys_name(&mut self) {
        for piece in std::mem::take(&mut self.waiting) {
            self.no_address(&piece);
        }
    }

    fn no_address(&mut self, piece: &[&str]) {
        if !piece.is_empty() {
            self.fault(piece.join(" "), InvalidEmailAddress::NoAt);
        }
    }

    fn fault(&mut self, text: String, reason: InvalidEmailAddress) {
        self.list.faults.push(Unreadable { text, reason });
    }
}

/// An address without what stands around it. A local part may begin with some of that (RFC 5322,
/// section 3.2.3): it falls away only where its like stands behind, as in `'anna@x.nl'`. Otherwise
/// nobody can tell whose address is meant, and it is none.
fn read_word(typed: &str) -> Result<EmailAddress, InvalidEmailAddress> {
    let word = typed.trim_end_matches(|c| BEHIND.contains(c) || is_invisible(c));
    let behind = &typed[word.len()..];
    let whole = word;
    let word = word.trim_start_matches(|c| BEFORE.contains(c) || is_invisible(c));
    let mut before = whole[..whole.len() - word.len()].chars();
    let has_no_like = |c: char| {
        let like = if c == '{' { '}' } else { c };
        MAY_BEGIN_AN_ADDRESS.contains(c) && !behind.contains(like)
    };
    if before.any(has_no_like) {
        return Err(InvalidEmailAddress::LocalPart);
    }
    let scheme = "mailto:";
    let word = match word.get(..scheme.len()) {
        Some(start) if start.eq_ignore_ascii_case(scheme) => {
            let address = &word[scheme.len()..];
            address.split('?').next().unwrap_or_default()
        }
        Some(_) | None => word,
    };
    EmailAddress::parse(word)
}

/// `1.`, `2)`, `(3)`, `-`, `*` and the like in front of a line, with a blank behind.
fn without_bullet(line: &str) -> &str {
    let line = line.trim_start_matches(is_blank);
    let (first, rest) = line.split_at(line.find(is_blank).unwrap_or(line.len()));
    let number = first.trim_start_matches('(').trim_end_matches(['.', ')']);
    let is_number = number.len() < first.len()
        && (1..=4).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_sign = !first.contains(['<', '"', '@']) && !first.chars().any(char::is_alphanumeric);
    if is_number || (is_sign && !first.contains(SEPARATORS)) {
        rest
    } else {
        line
    }
}

/// Whether a line out of a spreadsheet has no address in it, and nothing that could be meant as one.
fn has_names_alone(line: &str) -> bool {
    line.contains('\t') && !line.contains('@') && !line.split('\t').any(is_like_a_domain)
}

/// A dot with something longer than an initial on either side.
fn is_like_a_domain(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts
        .windows(2)
        .any(|pair| pair.iter().all(|part| part.chars().count() >= 2))
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\0'
}

/// Copied along from web pages and chats, where nobody sees it.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{202a}'..='\u{202e}')
}

fn skip_one(text: &str) -> &str {
    let mut chars = text.chars();
    chars.next();
    chars.as_str()
}

#[cfg(test)]
mod tests;
