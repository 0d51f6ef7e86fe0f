//! Text that others wrote, made fit to stand in a mail of ours.

use crate::domain::{note::Note, plain_line::plain_line};

/// How much remains of what others typed, in characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Caps {
    pub(super) reason: usize,
    pub(super) note: usize,
    pub(super) name: usize,
    /// Of a domain name in a warning: what looks alike is seen by then.
    pub(super) domain: usize,
}

impl Caps {
    /// For nearly every mail.
    pub(super) const USUAL: Self = Self {
        reason: 200,
        note: Note::LONGEST,
        name: 80,
        domain: 64,
    };
    /// For a mail that grew too large with everything that people had typed.
    pub(super) const TIGHT: Self = Self {
        reason: 24,
        note: 60,
        name: 10,
        domain: 16,
    };
}

/// What a requester wrote, as it may be shown: one line, nothing invisible, and no text that a mail
/// program would turn into a link (`hxxps://example[.]com`).
///
/// At most `cap` characters and half as many bytes again remain; a cut is shown by `…`.
pub fn requesters_words(text: &str, cap: usize) -> String {
    capped(&defanged(&plain_line(text), Dots::Broken), cap)
}

/// A name that an administrator or the operator typed, as mails show it; for the pages that a mail
/// leads to without a sign-in.
pub fn shown_name(text: &str) -> String {
    one_line(text, Caps::USUAL.name)
}

/// A name that an administrator or the operator typed, likewise; but a company may be called
/// `example.com`, so that its dots stay where nothing makes a link of it.
pub(super) fn one_line(text: &str, cap: usize) -> String {
    capped(&defanged(&plain_line(text), Dots::Kept), cap)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dots {
    Broken,
    Kept,
}

/// Dots that browsers take for the dot of a domain name (UTS #46).
const DOTS: [char; 4] = ['.', '。', '．', '｡'];

fn defanged(text: &str, dots: Dots) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let end = rest.find(|c| !is_of_a_host(c)).unwrap_or(rest.len());
        let (host, behind) = rest.split_at(end);
        if host.is_empty() {
            let (_, behind) = rest.split_at(c.len_utf8());
            if c == ':' && behind.starts_with("//") {
                break_scheme(&mut out);
            } else {
                out.push(c);
            }
            rest = behind;
        } else if dots == Dots::Broken || leads_on(behind) || is_ip_address(host) {
            push_broken(&mut out, host);
            rest = behind;
        } else {
            out.push_str(host);
            rest = behind;
        }
    }
    out
}

fn is_of_a_host(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || DOTS.contains(&c)
}

/// A path or a port makes a link of a name.
fn leads_on(behind: &str) -> bool {
    let mut chars = behind.chars();
    match chars.next() {
        Some('/' | '?' | '#') => true,
        Some(':') => chars.next().is_some_and(|c| c.is_ascii_digit()),
        _ => false,
    }
}

fn push_broken(out: &mut String, host: &str) {
    let is_address = is_ip_address(host);
    let mut behind_a_label = false;
    for (at, c) in host.char_indices() {
        let is_dot = DOTS.contains(&c);
        let (_, rest) = host.split_at(at + c.len_utf8());
        let goes_on = || is_address && !rest.is_empty() || starts_a_top_level_name(rest);
        if is_dot && behind_a_label && goes_on() {
            out.push_str("[.]");
        } else {
            out.push(c);
        }
        behind_a_label = !is_dot;
    }
}

fn is_ip_address(host: &str) -> bool {
    let labels: Vec<&str> = host.trim_end_matches(DOTS).split(DOTS).collect();
    labels.len() == 4 && labels.iter().all(|label| label.parse::<u8>().is_ok())
}

/// Two characters of a name behind a dot are enough for a link; `B.V.` and `12.5` are not one.
fn starts_a_top_level_name(rest: &str) -> bool {
    let label = rest.split(DOTS).next().unwrap_or_default();
    label.chars().count() >= 2 && label.chars().any(char::is_alphabetic)
}

/// Behind `http` stands the colon of an address: `hxxp:`; behind any other word `[:]`.
fn break_scheme(out: &mut String) {
    for scheme in ["http", "https"] {
        let start = out.len().saturating_sub(scheme.len());
        let is_it = out
            .get(start..)
            .is_some_and(|end| end.eq_ignore_ascii_case(scheme));
        if is_it {
            out.replace_range(start + 1..start + 3, "xx");
            out.push(':');
            return;
        }
    }
    out.push_str("[:]");
}

/// A mail has a size: what is written in three bytes a character may have half of the characters.
fn byte_cap(cap: usize) -> usize {
    cap + cap / 2
}

fn capped(text: &str, cap: usize) -> String {
    let fits = |(count, (start, c)): &(usize, (usize, char))| {
        *count < cap && start + c.len_utf8() <= byte_cap(cap)
    };
    let end = text
        .char_indices()
        .enumerate()
        .take_while(fits)
        .last()
        .map_or(0, |(_, (start, c))| start + c.len_utf8());
    if end == text.len() {
        return text.to_owned();
    }
    // Room for the sign that something was cut off: one character of three bytes.
    let mut kept = text.get(..end).unwrap_or_default().to_owned();
    while kept.chars().count() >= cap || kept.len() + '…'.len_utf8() > byte_cap(cap) {
        if kept.pop().is_none() {
            break;
        }
    }
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_stay_as_they_are() {
        for text in [
            "Wij versturen stalen voor Bakkerij Jansen B.V., o.a. naar België.",
            "Order 12.5 kg: spoed!",
            "José 🚚 寄送",
            "12:30 / 14:00",
            "Versie 1.2.3, 1.2.3.400 en 12.5/7.5",
        ] {
            assert_eq!(requesters_words(text, 200), text);
        }
    }

    #[test]
    fn links_are_broken() {
        for (text, shown) in [
            (
                "https://evil.example/x.html",
                "hxxps://evil[.]example/x[.]html",
            ),
            ("HTTP://1.2.3.4/a", "HxxP://1[.]2[.]3[.]4/a"),
            ("1.2.3.4/x", "1[.]2[.]3[.]4/x"),
            ("1.2.3.4.", "1[.]2[.]3[.]4."),
            ("evil.example/x", "evil[.]example/x"),
            ("evil.example:8080", "evil[.]example:8080"),
            ("ftp://x", "ftp[:]//x"),
            ("www.example.com", "www[.]example[.]com"),
            ("bob@evil.com", "bob@evil[.]com"),
            ("evil。com", "evil[.]com"),
            (
                "ht\u{200b}tps://evil\u{ad}.example",
                "hxxps://evil[.]example",
            ),
            ("h\u{202e}ttp://xn--a.xn--b", "hxxp://xn--a[.]xn--b"),
        ] {
            assert_eq!(requesters_words(text, 200), shown);
        }
    }

    #[test]
    fn a_company_may_be_called_like_its_website_but_is_no_link() {
        assert_eq!(
            one_line("Stroopwafels.example B.V.", 80),
            "Stroopwafels.example B.V."
        );
        for (text, shown) in [
            ("https://evil.example", "hxxps://evil.example"),
            ("evil.example/x", "evil[.]example/x"),
            ("evil.example:8080", "evil[.]example:8080"),
            ("evil.example?x", "evil[.]example?x"),
            ("1.2.3.4", "1[.]2[.]3[.]4"),
            ("tulpen.example: 12 bossen", "tulpen.example: 12 bossen"),
        ] {
            assert_eq!(one_line(text, 80), shown);
        }
    }

    #[test]
    fn lines_controls_and_direction_marks_go() {
        assert_eq!(
            requesters_words(
                "  een\r\nBcc: x\t\u{0}twee\u{2028}drie\u{202e}\u{2066}\u{85} ",
                200
            ),
            "een Bcc: x twee drie"
        );
    }

    #[test]
    fn the_cap_holds_in_characters_and_bytes() {
        for text in [
            "a",
            "é",
            "字",
            "🚚",
            "a.bb",
            "http://",
            "e\u{301}",
            "\u{202e}x ",
        ] {
            for cap in [1, 2, 5, 80, 200] {
                let shown = requesters_words(&text.repeat(10_000), cap);
                assert!(shown.chars().count() <= cap, "{text} {cap}");
                assert!(shown.len() <= byte_cap(cap).max(3), "{text} {cap}");
                assert!(shown.ends_with('…'));
            }
        }
        assert_eq!(requesters_words("abcde", 5), "abcde");
        assert_eq!(requesters_words("abcdef", 5), "abcd…");
    }
}
