//! How mail programs quote the mail that is answered, in text and in HTML.
//!
//! The words and dates in here are those of other programs, written as they write them: they are
//! no text of ours, and so do not stand among the templates.

use handlebars::html_escape;
use jiff::{Zoned, tz::TimeZone};

use super::{TIME_ZONE, opened_mail::OpenedMail};
use crate::domain::language::Language;

/// Gmail breaks the lines of its text part there, in characters.
const GMAIL_WIDTH: usize = 76;

/// The two bodies of a reply.
pub(super) struct Bodies {
    /// The text part.
    pub(super) text: String,
    /// The HTML part.
    pub(super) html: String,
}

/// As Outlook quotes: a rule, a block of headers, and the mail without any mark.
pub(super) fn outlook(written: &str, original: &OpenedMail, language: Language) -> Bodies {
    let sent = local(original);
    let (labels, date) = match language {
        Language::Nl => (
            ["Van", "Verzonden", "Aan", "Onderwerp"],
            format!(
                "{} {} {} {} {}",
                NL_WEEKDAYS[weekday(&sent)],
                sent.day(),
                NL_MONTHS[month(&sent)],
                sent.year(),
                sent.strftime("%H:%M")
            ),
        ),
        Language::En => (
            ["From", "Sent", "To", "Subject"],
            sent.strftime("%A, %B %-d, %Y %-I:%M %p").to_string(),
        ),
    };
    let values = [
        original.from.to_string(),
        date,
        original.to.to_string(),
        original.subject.clone(),
    ];
    let block: Vec<_> = labels.into_iter().zip(values).collect();
    let in_text: String = block
        .iter()
        .map(|(label, value)| format!("{label}: {value}\n"))
        .collect();
    let in_html: Vec<String> = block
        .iter()
        .map(|(label, value)| format!("<b>{label}:</b> {}", html_escape(value)))
        .collect();
    let rule = "_".repeat(32);
    let style = "font-family: Aptos, Calibri, sans-serif; font-size: 12pt; color: rgb(0, 0, 0);";
    Bodies {
        text: format!("{written}\n\n{rule}\n{in_text}\n{}", original.text),
        html: format!(
            "<html><head>\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\n\
             <style type=\"text/css\" style=\"display:none;\"> P {{margin-top:0;margin-bottom:0;}} </style>\n\
             </head>\n<body dir=\"ltr\">\n{}\
             <div id=\"appendonsend\"></div>\n\
             <hr style=\"display:inline-block;width:98%\" tabindex=\"-1\">\n\
             <div id=\"divRplyFwdMsg\" dir=\"ltr\"><font face=\"Calibri, sans-serif\" \
             style=\"font-size:11pt\" color=\"#000000\">{}</font>\n<div>&nbsp;</div>\n</div>\n\
             <div>{}</div>\n</body></html>",
            each_line(written, |line| format!(
                "<div class=\"elementToProof\" style=\"{style}\">{line}</div>\n"
            )),
            in_html.join("<br>\n"),
            body_of(original),
        ),
    }
}

/// As Gmail quotes: a sentence, and the mail behind `>` or a line at its side.
pub(super) fn gmail(written: &str, original: &OpenedMail, language: Language) -> Bodies {
    let sent = local(original);
    let (before, after) = match language {
        Language::Nl => (
            format!(
                "Op {} {} {} {} om {} schreef ",
                NL_WEEKDAYS[weekday(&sent)]
                    .chars()
                    .take(2)
                    .collect::<String>(),
                sent.day(),
                NL_SHORT_MONTHS[month(&sent)],
                sent.year(),
                sent.strftime("%H:%M")
            ),
            ":",
        ),
        // The space before AM and PM is a narrow one that does not break.
        Language::En => (
            format!(
                "On {} ",
                sent.strftime("%a, %b %-d, %Y at %-I:%M\u{202f}%p")
            ),
            " wrote:",
        ),
    };
    let sentence = format!("{before}{}{after}", original.from);
    let address = html_escape(&original.from.address);
    Bodies {
        text: format!(
            "{written}\n\n{}\n\n{}",
            wrapped(&sentence),
            quoted(&original.text)
        ),
        html: format!(
            "<div dir=\"ltr\">{}</div><br>\
             <div class=\"gmail_quote gmail_quote_container\"><div dir=\"ltr\" class=\"gmail_attr\">\
             {before}{} &lt;<a href=\"mailto:{address}\">{address}</a>&gt;{after}<br></div>\
             <blockquote class=\"gmail_quote\" style=\"margin:0px 0px 0px 0.8ex;\
             border-left:1px solid rgb(204,204,204);padding-left:1ex\">{}</blockquote></div>\n",
            first_bare(written, |line| format!("<div>{line}</div>")),
            html_escape(&original.from.name),
            body_of(original),
        ),
    }
}

/// As Apple Mail quotes: a sentence that stands inside the quote itself.
pub(super) fn apple(written: &str, original: &OpenedMail, language: Language) -> Bodies {
    let sent = local(original);
    let sentence = match language {
        Language::Nl => format!(
            "Op {} {} {} om {} heeft {} het volgende geschreven:",
            sent.day(),
            NL_SHORT_MONTHS[month(&sent)],
            sent.year(),
            sent.strftime("%H:%M"),
            original.from,
        ),
        Language::En => format!(
            "On {}, {} wrote:",
            sent.strftime("%-d %b %Y, at %H:%M"),
            original.from
        ),
    };
    Bodies {
        text: format!(
            "{written}\n\n{}",
            quoted(&format!("{sentence}\n\n{}", original.text))
        ),
        html: format!(
            "<html><head><meta http-equiv=\"content-type\" content=\"text/html; charset=utf-8\"></head>\
             <body style=\"overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;\">\
             {}<br id=\"lineBreakAtBeginningOfMessage\"><div><br><blockquote type=\"cite\">\
             <div>{}</div><br class=\"Apple-interchange-newline\"><div>{}</div></blockquote></div><br></body></html>",
            first_bare(written, |line| format!("<div>{line}</div>")),
            html_escape(&sentence),
            body_of(original),
        ),
    }
}

fn local(original: &OpenedMail) -> Zoned {
    let zone = TimeZone::get(TIME_ZONE).unwrap_or(TimeZone::UTC);
    original.sent_at.to_jiff().to_zoned(zone)
}

fn weekday(moment: &Zoned) -> usize {
    usize::from(moment.weekday().to_monday_zero_offset().unsigned_abs())
}

fn month(moment: &Zoned) -> usize {
    usize::from(moment.month().unsigned_abs()) - 1
}

const NL_WEEKDAYS: [&str; 7] = [
    "maandag",
    "dinsdag",
    "woensdag",
    "donderdag",
    "vrijdag",
    "zaterdag",
    "zondag",
];

const NL_MONTHS: [&str; 12] = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
];

const NL_SHORT_MONTHS: [&str; 12] = [
    "jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec",
];

fn quoted(text: &str) -> String {
    let mark = |line: &str| {
        let line = line.trim_end();
        if line.is_empty() {
            ">\n".to_owned()
        } else {
            format!("> {line}\n")
        }
    };
    text.trim_end().lines().map(mark).collect()
}

fn wrapped(sentence: &str) -> String {
    let mut lines = vec![String::new()];
    for word in sentence.split(' ') {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > GMAIL_WIDTH {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

/// Each line in an element; an empty one needs a break to have a height.
fn each_line(text: &str, element: impl Fn(&str) -> String) -> String {
    let line = |line: &str| {
        let content = if line.trim().is_empty() {
            "<br>".to_owned()
        } else {
            html_escape(line)
        };
        element(&content)
    };
    text.lines().map(line).collect()
}

/// Likewise, but for the first line, which these programs leave without an element.
fn first_bare(text: &str, element: impl Fn(&str) -> String) -> String {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    format!("{}{}", html_escape(first), each_line(rest, element))
}

/// What stands in the body of the HTML part; the text where there is none.
fn body_of(original: &OpenedMail) -> String {
    let Some(html) = &original.html else {
        return format!("<pre>{}</pre>", html_escape(&original.text));
    };
    let inner = html
        .split_once("<body")
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or(html.as_str(), |(_, inner)| inner);
    inner.split("</body>").next().unwrap_or(inner).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::opened_mail::samples;
    use super::*;

    fn original() -> OpenedMail {
        OpenedMail::of(&samples::approval_request())
    }

    #[test]
    fn programs_introduce_the_quote_in_their_own_words() {
        let original = original();
        for (bodies, expected) in [
            (
                outlook("x", &original, Language::Nl),
                "Van: eSecure <esecure@esecure.example.net>\nVerzonden: dinsdag 12 mei 2026 09:14\nAan: Anna Jansen <anna@bakkerij-jansen.example>\nOnderwerp: ",
            ),
            (
                outlook("x", &original, Language::En),
                "Sent: Tuesday, May 12, 2026 9:14 AM\nTo: ",
            ),
            (
                gmail("x", &original, Language::Nl),
                "Op di 12 mei 2026 om 09:14 schreef eSecure <esecure@esecure.example.net>:\n\n> ",
            ),
            (
                gmail("x", &original, Language::En),
                "On Tue, May 12, 2026 at 9:14\u{202f}AM eSecure <esecure@esecure.example.net> wrote:\n\n> ",
            ),
            (
                apple("x", &original, Language::Nl),
                "> Op 12 mei 2026 om 09:14 heeft eSecure <esecure@esecure.example.net> het volgende geschreven:\n>\n> ",
            ),
            (
                apple("x", &original, Language::En),
                "> On 12 May 2026, at 09:14, eSecure <esecure@esecure.example.net> wrote:\n",
            ),
        ] {
            assert!(
                bodies.text.contains(expected),
                "{expected}\n{}",
                bodies.text
            );
        }
    }

    #[test]
    fn gmail_wraps_a_long_sentence_of_its_text_part() {
        let sentence = format!(
            "Op di 12 mei 2026 om 09:14 schreef {} <a@b.example>:",
            "lang ".repeat(8).trim()
        );
        let lines: Vec<_> = wrapped(&sentence).lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.chars().count() <= GMAIL_WIDTH));
        assert_eq!(lines.join(" "), sentence);
    }

    #[test]
    fn what_was_typed_is_text_in_html_too() {
        let bodies = gmail("a < b\n\nc & d", &original(), Language::Nl);
        assert!(
            bodies
                .html
                .contains("a &lt; b<div><br></div><div>c &amp; d</div></div><br>")
        );
    }
}
