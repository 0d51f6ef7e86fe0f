//! What the person wrote: the body without quotes, our own lines, signature
//! and disclaimer.

use super::address::Sender;
use super::header_block::{self, Begin};
use super::line::{self, Line};
use super::mime::{Message, Part};
use super::own_text::OwnText;
use super::{Original, attribution, charset, html, signature};

/// A body is looked at up to here; nobody types more than that.
const MAX_CHARS: usize = 64 * 1024;
const MAX_LINES: usize = 4_000;

/// A quoted line this long may have been wrapped by a mail server.
const WRAPPED_AT: usize = 60;

/// The lines of the part that people read: the text unless it is empty, else
/// the HTML.
#[derive(Debug, Default)]
pub(super) struct Body {
    lines: Vec<Line>,
    /// It went on beyond what is looked at.
    truncated: bool,
}

impl Body {
    /// Takes the lines out of the parts that are shown.
    pub(super) fn of(message: &Message) -> Self {
        let mut body = Self::default();
        let mut room = MAX_CHARS;
        for part in shown_parts(message, &message.root) {
            if room == 0 {
                break;
            }
            let (text, cut) = message.text(part);
            body.truncated |= cut;
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
            body.lines.extend(line::of_text(
                &text,
                parameter("format", "flowed"),
                parameter("delsp", "yes"),
            ));
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
}

/// What the person wrote.
#[derive(Debug, Default)]
pub(super) struct VisibleReply {
    /// As text, for people.
    pub(super) text: String,
    /// As lines, for the search for a command.
    pub(super) lines: Vec<Line>,
    /// It may go on beyond what was looked at.
    pub(super) truncated: bool,
}

/// Finds what the person wrote above the quote, or else below and between.
pub(super) fn of(body: &Body, from: &Sender, original: Option<&Original>) -> VisibleReply {
    let lines = &body.lines;
    let own = original.map(OwnText::of);
    let is_own = |line: &Line| own.as_ref().is_some_and(|own| own.contains(line));
    let name = from.name_words();

    let quote = quote_start(lines).unwrap_or(lines.len());
    let end = lines.iter().take(quote).position(is_own).unwrap_or(quote);
    let mut truncated = body.truncated && end == lines.len();
    let mut written = trimmed(lines.get(..end).unwrap_or_default(), &name);
    if written.is_empty() {
        truncated = body.truncated;
        written = trimmed(
            &below_quote(lines.get(end..).unwrap_or_default(), is_own),
            &name,
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
                    part.media_type != "text/html" && !charset::is_blank(&message.text(part).0)
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

/// The first line that is not the writer's own.
fn quote_start(lines: &[Line]) -> Option<usize> {
    (0..lines.len()).find(|&at| {
        let rest = lines.get(at..).unwrap_or_default();
        rest.first().is_some_and(|line| line.quoted || line.cut)
            || header_block::begins(rest).is_some()
            || attribution::begins(rest)
    })
}

/// The unquoted lines after or between the quotes. Where the mail program
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
        let wrapped = before
            .is_some_and(|line| line.quoted && line.text.chars().count() >= WRAPPED_AT)
            && after.is_some_and(|line| line.quoted);
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

/// Without signature and what follows it, but with a postscript; without blank
/// lines at either end.
fn trimmed(lines: &[Line], name: &[String]) -> Vec<Line> {
    let mut kept: Vec<Line> = Vec::new();
    let mut ended = false;
    let mut postscript = false;
    for line in lines.iter().filter(|line| !line.signature) {
        if line.is_blank() {
            postscript = false;
        } else if ended && is_postscript(&line.text) {
            postscript = true;
        }
        ended = ended || signature::begins(&line.text, kept.is_empty(), name);
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

fn is_postscript(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    ["ps ", "ps:", "ps.", "p.s.", "p.s ", "nb ", "nb:", "n.b."]
        .iter()
        .any(|mark| lower.starts_with(mark))
}
