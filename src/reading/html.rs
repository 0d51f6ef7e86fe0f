//! An HTML part as lines, with the marks that mail programs leave in it.
//!
//! Tags are read as they come, without building a document: mail is full of
//! tags that never close. What a person cannot see is dropped.

use html5gum::{DefaultEmitter, HtmlString, StartTag, Token, Tokenizer};

use super::charset;
use super::clause::fold;
use super::html_mark::{Mark, attribute};
use super::line::Line;
use super::style::Look;
use super::style_block::HidingClasses;
use super::vocabulary;

/// So much of a document is looked at, in bytes and in characters of one line.
const MAX_HTML: usize = 256 * 1024;
const MAX_LINE: usize = 16 * 1024;

/// How far up an end tag looks for its start tag. Further up it is a stray.
const MAX_LOOK_BACK: usize = 100;

/// A longer text under a picture describes it instead of standing for it.
const MAX_ALT_WORDS: usize = 3;

/// The visible lines of an HTML document, and whether it went on beyond what
/// is looked at.
pub(super) fn lines(html: &str) -> (Vec<Line>, bool) {
    let end = (0..=MAX_HTML.min(html.len()))
        .rev()
        .find(|&at| html.is_char_boundary(at))
        .unwrap_or_default();
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut page = Page::default();
    for Ok(token) in Tokenizer::new_with_emitter(html.get(..end).unwrap_or_default(), emitter) {
        match token {
            Token::StartTag(tag) => page.open(&tag),
            Token::EndTag(tag) => page.close(&tag.name),
            Token::String(text) => page.text(&String::from_utf8_lossy(&text)),
            // Samsung's mail program marks the quoted mail with a comment.
            Token::Comment(comment) => page.cut |= comment.trim_ascii() == b"originalMessage",
            Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    page.end_line(false);
    (page.lines, end < html.len())
}

#[derive(Default)]
struct Page {
    lines: Vec<Line>,
    text: String,
    open: Vec<Element>,
    /// The mail that was answered begins; nothing ends it.
    cut: bool,
    hiding: HidingClasses,
}

/// An open element and what holds inside it.
#[derive(Clone, Default)]
struct Element {
    name: Vec<u8>,
    look: Look,
    quoted: bool,
    signature: bool,
    linked: bool,
    preformatted: bool,
    /// A box around attribution and quote: text in it is quoted until a quote
    /// in it has ended, and an inline answer after that.
    quote_box: bool,
}

impl Page {
    fn open(&mut self, tag: &StartTag<()>) {
        let name = &tag.name;
        if is_block(name) {
            self.end_line(name.as_slice() == b"br");
            self.close_paragraph(name);
        }
        let mark = if tag.attributes.is_empty() && tag.name.as_slice() != b"blockquote" {
            Mark::Nothing
        } else {
            Mark::of(tag)
        };
        self.cut |= mark == Mark::Cut;
        if name.as_slice() == b"td" || name.as_slice() == b"th" {
            self.text.push(' ');
        }
        if name.as_slice() == b"img" {
            self.picture(&attribute(tag, "alt"));
        }
        if tag.self_closing || is_void(name) {
            return;
        }
        let outer = self.open.last().cloned().unwrap_or_default();
        let style = attribute(tag, "style");
        let unseen = is_unseen(name)
            || tag.attributes.contains_key(b"hidden".as_slice())
            || (!self.hiding.is_empty() && self.hiding.hide(name, &attribute(tag, "class")));
        let mut look =
            outer
                .look
                .inner(&style, &attribute(tag, "bgcolor"), &attribute(tag, "color"));
        look.hidden |= unseen;
        self.open.push(Element {
            name: name.to_vec(),
            look,
            quoted: outer.quoted || matches!(mark, Mark::Quote | Mark::QuoteBox),
            signature: outer.signature || mark == Mark::Signature,
            linked: outer.linked || !attribute(tag, "href").is_empty(),
            preformatted: outer.preformatted || name.as_slice() == b"pre",
            quote_box: mark == Mark::QuoteBox && !outer.quoted,
        });
    }

    /// A picture of a word or of a face is part of what was written; a logo or
    /// a photograph is not.
    fn picture(&mut self, alt: &str) {
        let mut words = alt.split_whitespace();
        let denies = |word: &str| {
            let word = fold(word);
            vocabulary::is_negation(&word) || vocabulary::is_no(&word)
        };
        let face = !alt.is_empty() && alt.chars().all(|c| !c.is_ascii() || c == ' ');
        if face || (words.clone().count() <= MAX_ALT_WORDS && words.any(denies)) {
            self.text(&format!(" {alt} "));
        }
    }

    fn close(&mut self, name: &HtmlString) {
        if is_block(name) {
            self.end_line(false);
        }
        let found = self
            .open
            .iter()
            .rev()
            .take(MAX_LOOK_BACK)
            .position(|element| element.name == name.as_slice());
        let Some(back) = found else { return };
        self.open.truncate(self.open.len() - back - 1);
        if name.as_slice() == b"blockquote"
            && let Some(parent) = self.open.last_mut().filter(|parent| parent.quote_box)
        {
            parent.quoted = false;
        }
    }

    /// A new block ends a paragraph or list item that was left open.
    fn close_paragraph(&mut self, name: &[u8]) {
        let ends = |last: &Element| last.name == b"p" || (last.name == b"li" && name == b"li");
        if name != b"br" && self.open.last().is_some_and(ends) {
            self.open.pop();
        }
    }

    fn text(&mut self, text: &str) {
        let element = self.open.last().cloned().unwrap_or_default();
        if element.name == b"style" {
            self.hiding.learn(text);
        }
        if !element.look.is_readable() {
            return;
        }
        // A line belongs to where its first visible character stands.
        if self.text.trim().is_empty() && !text.trim().is_empty() {
            self.lines.push(Line {
                quoted: element.quoted,
                signature: element.signature,
                linked: element.linked,
                cut: self.cut,
                ..Line::default()
            });
            self.text = String::from("\u{1}");
        }
        if let Some(line) = self.lines.last_mut().filter(|_| !text.trim().is_empty()) {
            line.linked &= element.linked;
        }
        for c in text.chars() {
            if c == '\n' && element.preformatted {
                let marks = Line {
                    quoted: element.quoted,
                    signature: element.signature,
                    cut: self.cut,
                    ..Line::default()
                };
                self.end_line(false);
                self.lines.push(marks);
                self.text = String::from("\u{1}");
            } else if c.is_whitespace() && c != '\u{a0}' {
                if !self.text.ends_with([' ', '\u{1}']) {
                    self.text.push(' ');
                }
            } else {
                self.text.push(c);
            }
        }
    }

    /// Ends the line that is being written. Where nothing was written yet,
    /// `forced` or a hard space leaves an empty line.
    fn end_line(&mut self, forced: bool) {
        let text = std::mem::take(&mut self.text);
        if let Some(text) = text.strip_prefix('\u{1}') {
            if let Some(line) = self.lines.last_mut() {
                line.text = charset::normal_form(text, MAX_LINE)
                    .replace('\n', " ")
                    .trim()
                    .to_owned();
            }
        } else if forced || !text.is_empty() {
            let quoted = self.open.last().is_some_and(|element| element.quoted);
            self.lines.push(Line {
                quoted,
                cut: self.cut,
                ..Line::default()
            });
        }
    }
}

fn is_void(name: &[u8]) -> bool {
    matches!(
        name,
        b"br"
            | b"hr"
            | b"img"
            | b"meta"
            | b"link"
            | b"input"
            | b"area"
            | b"base"
            | b"col"
            | b"embed"
            | b"source"
            | b"track"
            | b"wbr"
    )
}

fn is_block(name: &[u8]) -> bool {
    matches!(
        name,
        b"address"
            | b"article"
            | b"aside"
            | b"blockquote"
            | b"body"
            | b"br"
            | b"center"
            | b"dd"
            | b"div"
            | b"dl"
            | b"dt"
            | b"fieldset"
            | b"footer"
            | b"form"
            | b"h1"
            | b"h2"
            | b"h3"
            | b"h4"
            | b"h5"
            | b"h6"
            | b"header"
            | b"hr"
            | b"li"
            | b"main"
            | b"ol"
            | b"p"
            | b"pre"
            | b"section"
            | b"table"
            | b"tbody"
            | b"tr"
            | b"ul"
    )
}

/// Elements whose text no mail program shows.
fn is_unseen(name: &[u8]) -> bool {
    matches!(
        name,
        b"head"
            | b"style"
            | b"script"
            | b"title"
            | b"template"
            | b"noscript"
            | b"object"
            | b"iframe"
            | b"svg"
            | b"math"
            | b"textarea"
            | b"select"
            // Struck out: taken back by the writer.
            | b"s"
            | b"strike"
            | b"del"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines that are neither quoted, cut, signature nor blank.
    fn written(html: &str) -> Vec<String> {
        lines(html)
            .0
            .into_iter()
            .filter(|line| !line.quoted && !line.cut && !line.signature && !line.is_blank())
            .map(|line| line.text)
            .collect()
    }

    #[test]
    fn only_what_a_person_sees_is_text() {
        let html = "<head><title>Reject</title><style>p{}</style></head><p style='display:none'>weigeren<p>Ok&eacute;,  <b>goed</b>keuren<!-- x --><script>weigeren</script><br>Anna</p>";
        assert_eq!(written(html), ["Oké, goedkeuren", "Anna"]);
        let classes = "<style>.p{display:none}</style><i class=P>weigeren</i><i class=q>ja</i>";
        assert_eq!(written(classes), ["ja"]);
    }

    #[test]
    fn a_line_is_a_link_when_nothing_else_stands_on_it() {
        let html = "<a href=x><b>weigeren</b></a><p><a href=x>weigeren</a> graag<p>Ik <a href=x>ja</a><p><a name=x>nee</a>";
        let linked: Vec<bool> = lines(html).0.iter().map(|line| line.linked).collect();
        assert_eq!(linked, [true, false, false, false]);
    }

    #[test]
    fn quotes_of_mail_programs_are_known() {
        for html in [
            "<p>nee</p><blockquote type=cite>ja</blockquote>",
            "<p>nee</p><div class='gmail_quote'><div class=gmail_attr>On x wrote:</div><blockquote class=gmail_quote>ja</blockquote></div>",
            "<p>nee</p><div id='x_divRplyFwdMsg'>From</div><div>ja</div>",
            "<p>nee</p><div style='border:none; border-top:solid #E1E1E1 1.0pt'>From</div><p>ja",
            "<p>nee</p><div id=yahoo_quoted_1 class='yahoo_quoted'>ja</div>",
            "<p>nee</p><!-- originalMessage --><div>ja</div>",
            "<p>nee</p><hr id=zwchr data-marker=__DIVIDER__><div>ja</div>",
            "<p>nee<div id=Signature>ja</div>",
        ] {
            assert_eq!(written(html), ["nee"], "{html}");
        }
    }

    #[test]
    fn an_answer_between_or_below_the_quotes_is_written_text() {
        let html = "<div class=gmail_quote><div class=gmail_attr>On x wrote:</div><blockquote class=gmail_quote>a</blockquote><div>nee</div><blockquote class=gmail_quote>b</blockquote></div><p>dus</p>";
        assert_eq!(written(html), ["nee", "dus"]);
    }

    #[test]
    fn an_indented_paragraph_is_no_quote() {
        assert_eq!(
            written(
                "<blockquote style='margin:0 0 0 40px;border:none;padding:0px'>nee</blockquote>"
            ),
            ["nee"]
        );
    }

    #[test]
    fn hostile_markup_yields_some_result() {
        assert!(lines(&"<".repeat(5_000_000)).0.len() <= 1);
        assert!(written(&"<div>".repeat(200_000)).is_empty());
        assert_eq!(
            written(&format!(
                "{}nee{}",
                "<b><i><p>".repeat(15_000),
                "</u></p>".repeat(5_000)
            )),
            ["nee"]
        );
    }
}
