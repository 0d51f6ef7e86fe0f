//! How long it takes to read the mails that take longest: of the replies that the reader is tested
//! with, and of those that somebody makes to keep it busy. Beside each, how long a general parser
//! takes that only splits the same octets into parts.

use std::hint::black_box;

use esecured::reading::{self, Original};
use mail_parser::MessageParser;

use crate::{Figures, one::micros};

const MIB: usize = 1024 * 1024;

/// What is repeated until the mail is full: a media type, and octets.
const SHAPES: &[(&str, &str, &str)] = &[
    ("openTags", "text/html", "<div>"),
    ("openAngles", "text/html", "<"),
    ("openAttributes", "text/html", "<a b=c "),
    ("crossedTags", "text/html", "</p><p><blockquote>"),
    ("entities", "text/html", "&amp;"),
    (
        "styles",
        "text/html",
        "<style>.a{display:none}</style><p class=a>x</p>",
    ),
    ("quotes", "text/plain", ">"),
    ("quotedLines", "text/plain", "> \n"),
    ("words", "text/plain", "weiger "),
    ("commands", "text/plain", "weigeren\n"),
    ("headerBlocks", "text/plain", "Van: a\n"),
    (
        "attributions",
        "text/plain",
        "Op 11 mei 2026 schreef a@b.example:\n",
    ),
    ("questions", "text/plain", "?"),
    ("accents", "text/plain", "e\u{301}"),
    (
        "boundaries",
        "multipart/mixed; boundary=x",
        "--\n--y\n--x--\n",
    ),
];

/// The slowest of `replies`, and the slowest of 1 and of 9 MiB, beside the mail they answer.
pub fn measure(figures: &mut Figures, replies: Vec<(String, Vec<u8>)>, original: &Original) {
    slowest(figures, "slowestReply", replies, original);
    for mebibytes in [1, 9] {
        let mails = SHAPES
            .iter()
            .map(|(name, media_type, octets)| {
                let head = format!("From: a@example.org\nContent-Type: {media_type}\n\n");
                let body = octets.repeat(mebibytes * MIB / octets.len());
                ((*name).to_owned(), format!("{head}{body}").into_bytes())
            })
            .collect();
        slowest(figures, &format!("worstOf{mebibytes}MiB"), mails, original);
    }
}

fn slowest(figures: &mut Figures, what: &str, mails: Vec<(String, Vec<u8>)>, original: &Original) {
    let timed = mails.into_iter().map(|(name, raw)| {
        let took = micros(|| drop(black_box(reading::read(black_box(&raw), Some(original)))));
        (took, name, raw)
    });
    let Some((took, name, raw)) = timed.max_by(|one, other| one.0.total_cmp(&other.0)) else {
        return;
    };
    figures.say(what, name);
    figures.measure(&format!("{what}Us"), took);
    let parsing = micros(|| drop(black_box(MessageParser::default().parse(black_box(&raw)))));
    figures.measure(&format!("{what}ParserUs"), parsing);
}
