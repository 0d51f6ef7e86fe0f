//! What the person wrote: the body without quotes, our own lines, signature
//! and disclaimer.

use super::address::Sender;
use super::clause::fold;
use super::header_block::{self, Begin};
use super::line::{self, Line};
use super::mime::{Excerpt, Message, Part};
use super::own_text::OwnText;
use super::verb::is_in;
use super::{armour, attribution, banner, charset, html, reaction, sign_off, signature};

/// A body is looked at up to here, first in bytes of the mail and then in
/// characters and lines of text; nobody types more than that.
const MAX_BYTES: usize = 512 * 1024;
const MAX_CHARS: usize = 64 * 1024;
const MAX_LINES: usize = 4_000;

/// Whether a part is blank is seen from its beginning.
const MAX_BLANK: usize = 16 * 1024;

/// A longer line below a signature is no afterthought.
const MAX_SPOKEN_WORDS: usize = 20;

/// A quoted line this long may have been wrapped by a mail server.
const WRAPPED_AT: usize = 60;

/// The lines of the part that people read: the text unless it is empty, else
/// the HTML.
#[derive(Debug, Default)]
pub(super) struct Body {
    lines: Vec<Line>,
    /// So many bytes of the mail were looked at for it.
    looked_at: usize,
    /// It went on beyond what is looked at.
    truncated: bool,
}

impl Body {
    /// Takes the lines out of the parts that are shown.
    pub(super) fn of(message: &Message) -> Self {
        let mut body = Self::default();
        let mut room = MAX_CHARS;
        for part in shown_parts(message, &message.root) {
            if room == 0 || body.looked_at >= MAX_BYTES {
                body.truncated = true;
                break;
            }
            let excerpt = message.text(part, MAX_BYTES - body.looked_at);
            let text = excerpt.text;
            body.looked_at += excerpt.looked_at;
            body.truncated |= excerpt.cut;
            if part.media_type == "text/html" {
                let (lines, cut) = html::lines(&text);
                body.truncated |= cut;
                room = room.saturating_sub(text.len());
                body.lines.extend(lines);
                continue;
            }
            let parameter = |name: &str, value: &str| {
                part.parameters
                    .get(name)
                    .is_some_and(|found| found.eq_ignore_ascii_case(value))
            };
            let text = charset::normal_form(&text, room);
            room = room.saturating_sub(text.chars().count());
            body.truncated |= room == 0;
            let lines = line::of_text(
                &text,
                parameter("format", "flowed"),
                parameter("delsp", "yes"),
            );
            body.lines.extend(armour::without(lines));
        }
        body.truncated |= body.lines.len() > MAX_LINES;
        body.lines.truncate(MAX_LINES);
        body
    }

    /// Whether the first mail quoted in it was forwarded rather than answered.
    pub(super) fn begins_with_forwarded_mail(&self) -> bool {
        let quoted = quote_start(&self.lines)
            .and_then(|at| self.lines.get(at..))
            .unwrap_or_default();
        quoted.first().is_some_and(|line| !line.quoted)
            && header_block::begins(quoted) == Some(Begin::Forwarded)
    }

    /// Whether it tells that somebody reacted with a picture.
    pub(super) fn tells_of_a_reaction(&self) -> bool {
        reaction::is_told(self.lines.iter().map(|line| line.text.as_str()))
    }
}

/// What the person wrote.
#[derive(Debug, Default)]
pub(super) struct VisibleReply {
    /// As text, for people.
    pub(super) text: String,
    /// As lines, for the search for a command.
    pub(super) lines: Vec<Line>,
    /// The words of the writer's name.
    pub(super) writer: Vec<String>,
    /// It may go on beyond what was looked at.
    pub(super) truncated: bool,
}

/// Finds what the person wrote above the quote, or else below and between.
pub(super) fn of(body: &Body, from: &Sender, own: &OwnText) -> VisibleReply {
    let lines = &body.lines;
    let is_own = |line: &Line| own.contains(line);
    let name = from.name_words();

    let quote = quote_start(lines).unwrap_or(lines.len());
    let end = lines.iter().take(quote).position(is_own).unwrap_or(quote);
    let mut truncated = body.truncated && end == lines.len();
    let above = banner::without(lines.get(..end).unwrap_or_default());
    let address = from.address().unwrap_or_default();
    let mut written = trimmed(above, &name, address);
    if written.is_empty() {
        truncated = body.truncated;
        written = trimmed(
            &below_quote(lines.get(end..).unwrap_or_default(), is_own),
            &name,
            address,
        );
    }
    let text = written
        .iter()
        .map(|line| line.text.as_str())
        .collect::<Vec<_>>()
        .join("\n");
    VisibleReply {
        text: text.trim().to_owned(),
        lines: written,
        writer: name,
        truncated,
    }
}

/// Of alternatives the plain one unless it is blank, of related parts the
/// first, of mixed parts all that are shown in the text.
fn shown_parts<'a>(message: &Message, part: &'a Part) -> Vec<&'a Part> {
    if part.parts.is_empty() {
        let is_text = matches!(
            part.media_type.as_str(),
            "text/plain" | "text/html" | "text"
        );
        return if is_text && !part.is_attachment() {
            vec![part]
        } else {
            Vec::new()
        };
    }
    let mut choices = part
        .parts
        .iter()
        .map(|child| shown_parts(message, child))
        .filter(|shown| !shown.is_empty());
    match part.media_type.as_str() {
        "multipart/alternative" => {
            let choices: Vec<_> = choices.collect();
            let is_written = |shown: &&Vec<&Part>| {
                shown.iter().any(|part| {
                    let beginning = || message.text(part, MAX_BLANK);
                    part.media_type != "text/html" && !is_blank(&beginning())
                })
            };
            let html =
                |shown: &&Vec<&Part>| shown.iter().any(|part| part.media_type == "text/html");
            let chosen = choices
                .iter()
                .find(is_written)
                .or_else(|| choices.iter().find(html));
            chosen.cloned().unwrap_or_default()
        }
        "multipart/related" => choices.next().unwrap_or_default(),
        "multipart/encrypted" => Vec::new(),
        _ => choices.flatten().collect(),
    }
}

/// What is longer than its blank beginning is not blank.
fn is_blank(beginning: &Excerpt) -> bool {
    !beginning.cut && charset::is_blank(&beginning.text)
}

/// The first line that is not the writer's own.
fn quote_start(lines: &[Line]) -> Option<usize> {
    (0..lines.len()).find(|&at| {
        let rest = lines.get(at..).unwrap_or_default();
        rest.first().is_some_and(|line| line.quoted || line.cut)
            || header_block::begins(rest).is_some()
            || attribution::begins(rest)
    })
}

/// The unquoted lines after or between the quotes. One behind a long quoted
/// line may be the end of that line, cut off by a mail server, unless the long
/// line is ours and does not go on like that in the mail that was sent. Where the mail program
/// marks no line as quoted, nobody can tell them from our own, except by
/// knowing our own: then the answer is what follows the last line of ours.
fn below_quote(lines: &[Line], is_own: impl Fn(&Line) -> bool) -> Vec<Line> {
    let Some(first_quoted) = lines.iter().position(|line| line.quoted) else {
        let last_own = lines
            .iter()
            .rposition(is_own)
            .map_or(lines.len(), |at| at + 1);
        return lines.get(last_own..).unwrap_or_default().to_vec();
    };
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate().skip(first_quoted) {
        if line.cut {
            break;
        }
        if line.quoted {
            // Two answers between quotes are two paragraphs.
            found.push(Line::default());
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| lines.get(at));
        let after = lines.get(at + 1);
        let wrapped = before.is_some_and(|before| {
            before.quoted
                && before.text.chars().count() >= WRAPPED_AT
                && (!is_own(before) || is_own(&joined(before, line)))
        }) && after.is_some_and(|line| line.quoted);
        let here = lines.get(at..).unwrap_or_default();
        if header_block::begins(here).is_some() {
            break;
        }
        if !wrapped && !is_own(line) && !attribution::begins(here) {
            found.push(line.clone());
        }
    }
    found
}

fn joined(line: &Line, next: &Line) -> Line {
    Line {
        text: format!("{} {}", line.text, next.text),
        ..Line::default()
    }
}

/// Without signature and what follows it, but with a postscript; without blank
/// lines at either end.
fn trimmed(lines: &[Line], name: &[String], address: &str) -> Vec<Line> {
    let mut kept: Vec<Line> = Vec::new();
    let mut ended = false;
    let mut postscript = false;
    let is_typed =
        |line: &&Line| !line.signature && !stands_for_a_picture(&line.text) && !is_button(line);
    let lines: Vec<&Line> = lines.iter().filter(is_typed).collect();
    for (at, line) in lines.iter().copied().enumerate() {
        if line.is_blank() {
            postscript = false;
        } else if ended && (is_postscript(&line.text) || speaks_of_somebody(&line.text)) {
            postscript = true;
        }
        ended = ended
            || signature::begins(&line.text, kept.is_empty(), name)
            || sign_off::is_name_below_thanks(&kept, lines.get(at..).unwrap_or_default(), address);
        let leads = kept.is_empty() && line.is_blank();
        if (!ended || postscript) && !leads {
            kept.push(line.clone());
        }
    }
    while kept.last().is_some_and(Line::is_blank) {
        kept.pop();
    }
    kept
}

/// `[cid:image001.png@01DC.5A]`, where the picture of a signature was.
fn stands_for_a_picture(text: &str) -> bool {
    text.starts_with("[cid:") && text.ends_with(']')
}

/// The label of a link, like those of our own mail; nobody types one. Mail programs make links
/// only of addresses.
fn is_button(line: &Line) -> bool {
    line.linked && !line.text.contains(['@', '.'])
}

/// «Mvg Anna», and below it «she is ours»: no signature speaks of a third
/// person. Legal texts do, and nobody reads those.
fn speaks_of_somebody(text: &str) -> bool {
    const PERSONS: &str = "he she him her they hes shes theyre hij zij ze hem haar";
    let words = || text.split_whitespace().map(fold);
    words().count() <= MAX_SPOKEN_WORDS
        && !signature::is_disclaimer(&text.to_lowercase())
        && words().any(|word| is_in(PERSONS, &word))
}

fn is_postscript(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    ["ps ", "ps:", "ps.", "p.s.", "p.s ", "nb ", "nb:", "n.b."]
        .iter()
        .any(|mark| lower.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::Original;
    use crate::reading::mime;

    fn body(content_type: &str, text: &str) -> Body {
        let raw = format!("From: a@example.org\nContent-Type: {content_type}\n\n{text}");
        Body::of(&mime::parse(raw.as_bytes()).unwrap())
    }

    #[test]
    fn however_long_a_mail_is_so_much_of_it_is_looked_at() {
        let parts = |part: &str| format!("--x\n{part}").repeat(199);
        let plain = "Content-Type: text/plain\n\n";
        let long = "weigeren ".repeat(4_000);
        let encoded = "=20".repeat(10_000);
        for (content_type, text) in [
            ("text/plain", "weigeren ".repeat(200_000)),
            ("text/plain", "> \n".repeat(500_000)),
            ("text/html", "<p style=\"font-size:0\">".repeat(50_000)),
            (
                "multipart/mixed; boundary=x",
                parts(&format!("{plain}{long}\n")),
            ),
            (
                "multipart/mixed; boundary=x",
                parts(&format!("Content-Type: text/html\n\n<i>{long}\n")),
            ),
            (
                "multipart/mixed; boundary=x",
                parts(&format!(
                    "Content-Transfer-Encoding: quoted-printable\n{plain}{encoded}\n"
                )),
            ),
        ] {
            let body = body(content_type, &text);
            let chars: usize = body
                .lines
                .iter()
                .map(|line| line.text.chars().count())
                .sum();
            assert!(body.truncated, "{content_type}");
            assert!(body.looked_at <= MAX_BYTES, "{}", body.looked_at);
            assert!(body.lines.len() <= MAX_LINES, "{}", body.lines.len());
            assert!(chars <= MAX_BYTES, "{chars}");
        }
    }

    #[test]
    fn an_answer_on_one_line_between_our_long_lines_is_seen_and_the_end_of_one_is_not() {
        let first = "Carla Nijman van Nijman Kado's vraagt toestemming om uw nummer";
        let second = "te gebruiken voor zendingen";
        let original = Original {
            text: format!("{first} {second}\nDat kan uitsluitend na inloggen in het portaal."),
            html: None,
        };
        let read = |between: &str, original: Option<&Original>| {
            let text = format!(
                "> {first}\n{between}\n> Dat kan uitsluitend na inloggen in het portaal.\n"
            );
            let own = OwnText::of(original);
            of(&body("text/plain", &text), &Sender::Missing, &own).text
        };
        let answer = "Nee, ken ik niet. Weigeren.";
        assert_eq!(read(answer, Some(&original)), answer);
        assert_eq!(read(second, Some(&original)), "");
        assert_eq!(read("te gebruiken", Some(&original)), "");
        assert_eq!(read(answer, None), "");
    }
}
