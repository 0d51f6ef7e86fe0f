//! Whether our mails keep their promises whatever people type into what they show.
//!
//! Every mail is made once with sample facts, and again with each hostile text in every place that a
//! requester or an administrator fills in. Nothing of the mail but that text may change: no header,
//! no link, no line and no markup. `mail check` shows the outcome; a daemon with templates of its
//! operator's own looks before it starts.

mod hostile;

use std::collections::BTreeSet;

use mail_parser::{HeaderValue, MessageParser};

use super::compose::{
    Composed, MailFacts, SIZE_MAX, compose,
    preview::{self, Sample},
};
use crate::{
    domain::{email_address::EmailAddress, language::Language, message::MessageKind},
    templates::Templates,
};
pub use hostile::hostile_texts;
use hostile::{ANOTHER, asked_by, asks_with, name_everybody};

/// One mail in one language.
pub struct Checked {
    /// Which mail.
    pub kind: MessageKind,
    /// The language that comes first.
    pub language: Language,
    /// How many bytes it has with sample facts; `None` where it cannot be made.
    pub size: Option<usize>,
    /// What is wrong with it, in words.
    pub faults: BTreeSet<String>,
}

/// What loads, runs or sends something where a mail is read.
const ACTIVE: [&str; 10] = [
    "<script", "<img", "<iframe", "<object", "<embed", "<form", "<link", " src=", "url(", "@import",
];

/// What may stand in no mail: it hides text, turns it around or moves a cursor.
const INVISIBLE: [char; 6] = [
    '\u{202e}', '\u{2066}', '\u{2028}', '\u{200b}', '\u{1b}', '\0',
];

/// Makes these mails of these templates. `built_in` says which links each must have.
pub fn check(templates: &Templates, built_in: &Templates, kinds: &[MessageKind]) -> Vec<Checked> {
    let (sample, hostile) = (Sample::new(), hostile_texts());
    let another = EmailAddress::parse(ANOTHER).expect("it is an address");
    let mails = kinds
        .iter()
        .flat_map(|kind| Language::ALL.map(|language| (*kind, language)));
    mails
        .map(|(kind, language)| {
            let mut checked = Checked {
                kind,
                language,
                size: None,
                faults: BTreeSet::new(),
            };
            match compose(templates, &sample.facts(kind, language)) {
                Ok(plain) => {
                    checked.size = Some(plain.bytes.len());
                    checked.look_at(&plain, &sample, built_in);
                    let mut facts = sample.facts(kind, language);
                    asked_by(&mut facts, &another);
                    checked.compare(&plain, templates, &facts, Dots::Kept);
                    for text in &hostile {
                        let mut facts = sample.facts(kind, language);
                        let asked = asks_with(&mut facts, text);
                        let names_stay = facts.clone();
                        name_everybody(&mut facts, text);
                        if asked {
                            checked.compare(&plain, templates, &names_stay, Dots::Broken);
                        }
                        checked.compare(&plain, templates, &facts, Dots::Kept);
                    }
                }
                Err(error) => checked.say(format!("cannot be made: {error}")),
            }
            checked
        })
        .collect()
}

/// Whether `evil.example` may stay as it is: a company may be called so, what a requester writes is
/// made fit not to become a link.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dots {
    Broken,
    Kept,
}

impl Checked {
    fn say(&mut self, fault: impl Into<String>) {
        self.faults.insert(fault.into());
    }

    /// The mail with sample facts.
    fn look_at(&mut self, plain: &Composed, sample: &Sample, built_in: &Templates) {
        if plain.bytes.len() > SIZE_MAX {
            self.say(format!("is larger than {SIZE_MAX} bytes"));
        }
        let (in_html, in_text) = (links(&plain.html), urls(&plain.text));
        for url in in_html.iter().filter(|url| !in_text.contains(url)) {
            self.say(format!("the text part does not link to {url}"));
        }
        // Each block of the text part has a link once, the HTML part has perhaps a button beside it.
        for url in &in_text {
            if times(url, &in_html) < times(url, &in_text) {
                self.say(format!("a block of the HTML part does not link to {url}"));
            }
        }
        if let Ok(ours) = preview::preview(built_in, self.kind, self.language) {
            let expected = urls(&ours.text);
            for url in &expected {
                if times(url, &in_text) < times(url, &expected) {
                    self.say(format!("a block of the text part does not link to {url}"));
                }
            }
        }
        // A scanner that opens the first link of a mail, and whoever is in a hurry, rejects nothing.
        let first = [in_text.first(), in_html.first()];
        if first.into_iter().flatten().any(|url| url.contains("/r/")) {
            self.say("its first link rejects");
        }
        let html = plain.html.to_ascii_lowercase();
        for sign in ACTIVE.iter().filter(|sign| html.contains(**sign)) {
            self.say(format!("the HTML part holds {sign}"));
        }
        // The line that inboxes show is the only one.
        if html.replace(' ', "").matches("display:none").count() > 1 {
            self.say("the HTML part hides what it says");
        }
        let facts = sample.facts(self.kind, self.language);
        let request = facts.request.as_ref();
        let named = [
            request.map(|request| request.number.as_str()),
            request.map(|request| request.email.as_typed()),
            facts
                .account
                .as_ref()
                .map(|account| account.number.as_str()),
        ];
        for fact in named.into_iter().flatten() {
            let times = |part: &str| part.matches(fact).count();
            if times(&plain.html) < times(&plain.text) {
                self.say(format!("a block of the HTML part does not say {fact}"));
            }
            if times(&plain.html) > 0 && times(&plain.text) == 0 {
                self.say(format!("the text part does not say {fact}"));
            }
        }
        if facts.content.is_for_requester() {
            let account = facts.account.map(|account| account.name);
            for name in [account, Some(facts.to_name)].into_iter().flatten() {
                if plain.html.contains(name) || plain.text.contains(name) {
                    self.say(format!("tells whoever asks what others wrote: {name}"));
                }
            }
        }
    }

    /// The mail with a hostile text beside the one with sample facts.
    fn compare(
        &mut self,
        plain: &Composed,
        templates: &Templates,
        facts: &MailFacts<'_>,
        dots: Dots,
    ) {
        let hostile = match compose(templates, facts) {
            Ok(hostile) => hostile,
            Err(error) => return self.say(format!("cannot be made of hostile text: {error}")),
        };
        let same = [
            (
                headers(&hostile) == headers(plain) && hostile.subject == plain.subject,
                "its headers change with what people typed",
            ),
            (
                recipients(&hostile) == recipients(plain),
                "its recipients change with what people typed",
            ),
            (
                links(&hostile.html) == links(&plain.html)
                    && urls(&hostile.text) == urls(&plain.text),
                "what people typed becomes a link",
            ),
            (
                elements(&hostile) == elements(plain),
                "what people typed becomes markup",
            ),
            // What stands at the start of a line is ours.
            (
                hostile.text.lines().count() == plain.text.lines().count(),
                "what people typed begins a line of the text part",
            ),
            (
                ![&hostile.html, &hostile.text]
                    .iter()
                    .any(|part| part.contains(INVISIBLE)),
                "invisible characters pass",
            ),
            (
                dots == Dots::Kept
                    || !["www.evil", "@evil.", "//evil."]
                        .iter()
                        .any(|domain| hostile.text.contains(domain)),
                "a mail program makes a link of what people typed",
            ),
            (
                hostile.bytes.len() <= SIZE_MAX && hostile.bytes.is_ascii(),
                "what people typed makes it too large",
            ),
        ];
        for (_, fault) in same.into_iter().filter(|(holds, _)| !holds) {
            self.say(fault);
        }
    }
}

fn times(url: &str, all: &[&str]) -> usize {
    all.iter().filter(|one| **one == url).count()
}

/// Every place in the HTML part that a click follows, in order. What is a comment to most mail programs
/// is left away, such as Outlook's twin of a button.
fn links(html: &str) -> Vec<&str> {
    let (mut found, mut rest) = (Vec::new(), html);
    loop {
        let (seen, comment) = rest.split_once("<!--").unwrap_or((rest, ""));
        let hrefs = seen.split(" href=").skip(1);
        found.extend(hrefs.filter_map(|href| href.split(['"', '\'']).nth(1)));
        match comment.split_once("-->") {
            Some((_, after)) => rest = after,
            None => return found,
        }
    }
}

/// What a mail program would make a link of in plain text.
fn urls(text: &str) -> Vec<&str> {
    text.split_whitespace()
        .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
        .collect()
}

/// The header block, unfolded, but for the recipient's name.
fn headers(mail: &Composed) -> Vec<String> {
    let text = String::from_utf8_lossy(&mail.bytes);
    let (block, _) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let lines = block.replace("\r\n ", " ");
    let lines = lines.split("\r\n");
    lines
        .map(|line| match line.starts_with("To: ") {
            true => "To".to_owned(),
            false => line.to_owned(),
        })
        .collect()
}

/// The addresses that it says it goes to.
fn recipients(mail: &Composed) -> Vec<String> {
    let Some(read) = MessageParser::default().parse(&mail.bytes) else {
        return Vec::new();
    };
    ["To", "Cc", "Bcc"]
        .iter()
        .filter_map(|name| match read.header(*name) {
            Some(HeaderValue::Address(all)) => Some(all.clone()),
            _ => None,
        })
        .flat_map(|all| {
            let addresses = all
                .iter()
                .filter_map(|one| one.address().map(str::to_owned));
            addresses.collect::<Vec<_>>()
        })
        .collect()
}

/// How many elements the visible part has. A mail that got too large leaves the twin of its button
/// for Outlook away.
fn elements(mail: &Composed) -> usize {
    let body = mail.html.split_once("<body").map_or("", |(_, body)| body);
    let tags = |text: &str| text.matches('<').count();
    let twins = body.split("<!--[if mso]><v:").skip(1).map(|rest| {
        let twin = rest.split("<!--[if !mso]><!-->").next();
        // The two that open it, and the four of the comments around the button that others see.
        twin.map_or(0, tags) + 6
    });
    tags(body).saturating_sub(twins.sum::<usize>())
}
