//! What a subject line tells about the kind of mail: the words that mail
//! programs of many languages put before the subject they answer.

use super::automatic_subject::is_automatic;

/// What the beginning of a subject says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    AutoReply,
    Bounce,
    Receipt,
    Calendar,
    Recall,
    Forward,
    Reply,
    Nothing,
}

/// So many marks before a subject are looked at; the others are dropped like them.
const MAX_TAGS: usize = 5;

/// Reads the beginning of a subject. An automatic answer or a bounce is one
/// also after `Re:`; a calendar answer, receipt, recall or forward is so only
/// when its word stands first.
pub(super) fn sign(subject: &str) -> Sign {
    let subject = subject.to_lowercase();
    let bare = Bare::of(&subject);
    let mut tags = bare.tags.iter().take(MAX_TAGS);
    let marked = tags.any(|tag| is_automatic(tag, true));
    if marked || is_automatic(bare.text, bare.is_answer) {
        return Sign::AutoReply;
    }
    if tells_of_a_bounce(bare.text) {
        return Sign::Bounce;
    }
    if bare.is_answer {
        return Sign::Reply;
    }
    match bare.text.split_once(':').map(|(word, _)| word.trim()) {
        Some(
            "fw" | "fwd" | "doorst" | "doorgestuurd" | "doorsturen" | "wg" | "tr" | "rv" | "enc"
            | "vb" | "vl" | "vs" | "pd" | "ilt",
        ) => Sign::Forward,
        Some(
            "gelezen" | "niet gelezen" | "read" | "not read" | "leesbevestiging" | "gelesen"
            | "nicht gelesen" | "lu" | "non lu" | "leído" | "no leído" | "letto" | "non letto"
            | "lida" | "não lida" | "läst" | "oläst" | "læst" | "ikke læst" | "lest"
            | "przeczytane" | "nie przeczytane" | "přečteno" | "olvasva" | "citit" | "luettu"
            | "прочитано" | "okundu" | "read receipt" | "return receipt",
        ) => Sign::Receipt,
        Some(
            "geweigerd"
            | "afgewezen"
            | "geaccepteerd"
            | "voorlopig"
            | "geannuleerd"
            | "accepted"
            | "declined"
            | "tentative"
            | "tentatively accepted"
            | "canceled"
            | "cancelled"
            | "new time proposed"
            | "nieuwe tijd voorgesteld"
            | "zugesagt"
            | "abgelehnt"
            | "abgesagt"
            | "mit vorbehalt"
            | "accepté"
            | "refusé"
            | "provisoire"
            | "annulé"
            | "invitation"
            | "uitnodiging"
            | "invitation acceptée"
            | "updated invitation"
            | "bijgewerkte uitnodiging",
        ) => Sign::Calendar,
        Some(
            "recall"
            | "intrekken"
            | "rappel"
            | "rückruf"
            | "message recall report"
            | "bericht intrekken",
        ) => Sign::Recall,
        _ => Sign::Nothing,
    }
}

/// A subject without what was put before it.
struct Bare<'a> {
    /// The marks of gateways and programs, such as `[EXTERNAL]` or `(Auto reply)`, without brackets.
    tags: Vec<&'a str>,
    /// Whether `Re:`, or that word of another language, was there.
    is_answer: bool,
    text: &'a str,
}

impl<'a> Bare<'a> {
    fn of(subject: &'a str) -> Self {
        let mut bare = Self {
            tags: Vec::new(),
            is_answer: false,
            text: subject.trim(),
        };
        loop {
            if let Some((tag, rest)) = leading_tag(bare.text) {
                bare.tags.push(tag);
                bare.text = rest;
            } else if let Some(rest) = without_reply_prefix(bare.text) {
                bare.is_answer = true;
                bare.text = rest;
            } else {
                return bare;
            }
        }
    }
}

fn leading_tag(subject: &str) -> Option<(&str, &str)> {
    let (tag, rest) = match subject.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => subject.strip_prefix('(')?.split_once(')')?,
    };
    Some((tag, rest.trim_start()))
}

fn without_reply_prefix(subject: &str) -> Option<&str> {
    let (word, rest) = subject.split_once([':', '：'])?;
    // `Re[2]:` and `Re (2):` count the answers.
    let word = word.split(['[', '(']).next().unwrap_or_default().trim();
    matches!(
        word,
        "re" | "aw"
            | "antw"
            | "antwoord"
            | "antwort"
            | "betr"
            | "sv"
            | "odp"
            | "ynt"
            | "rif"
            | "res"
            | "r"
            | "ref"
            | "回复"
            | "答复"
    )
    .then(|| rest.trim_start())
}

/// Mail systems write these words; people write some of them too, of a parcel that did not arrive,
/// where they name the parcel.
fn tells_of_a_bounce(subject: &str) -> bool {
    let rest_behind = |beginning: &&str| {
        subject
            .strip_prefix(*beginning)
            .filter(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    BOUNCE.iter().find_map(rest_behind).is_some()
        || NOT_DELIVERED.iter().filter_map(rest_behind).any(|rest| {
            let rest = rest.trim_start();
            rest.is_empty()
                || rest.starts_with([':', '('])
                || MAIL.iter().any(|word| rest.starts_with(word))
        })
}

/// What a mail did not do, or a parcel.
const NOT_DELIVERED: &[&str] = &[
    "onbestelbaar",
    "niet te bezorgen",
    "niet bezorgd",
    "bezorging mislukt",
    "bezorging vertraagd",
    "kan niet worden bezorgd",
    "undeliverable",
    "undelivered",
    "returned to sender",
    "delivery failure",
    "delivery failed",
    "delivery has failed",
    "delivery delayed",
    "non-delivery",
    "non delivery",
    "nondeliverable",
    "could not deliver",
    "unzustellbar",
    "nicht zugestellt",
    "zustellung fehlgeschlagen",
    "non remis",
    "non distribuable",
    "échec de la remise",
    "no se puede entregar",
    "no entregado",
    "mancato recapito",
    "não entregue",
    "olevererbart",
];

/// What follows there, where it is about a mail.
const MAIL: &[&str] = &[
    "mail",
    "e-mail",
    "email",
    "message",
    "bericht",
    "notification",
    "notice",
    "report",
    "to these",
    "your m",
];

const BOUNCE: &[&str] = &[
    "bezorgingsfout",
    "returned mail",
    "failure notice",
    "delivery status notification",
    "delayed mail",
    "mail delivery failed",
    "mail delivery failure",
    "mail delivery delayed",
    "mail system error",
    "message undeliverable",
    "message delivery failure",
    "message delayed",
    "warning: could not send",
    "warning: message",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_a_subject_tells_the_kind() {
        for (subject, expected) in [
            (
                "Automatisch antwoord: Goedkeuring gevraagd",
                Sign::AutoReply,
            ),
            ("Re: Out of Office Re: Approval", Sign::AutoReply),
            ("OOO until Monday", Sign::AutoReply),
            ("Afwezigheidsregistratie van Jan", Sign::Nothing),
            ("Onbestelbaar: Goedkeuring", Sign::Bounce),
            ("Undelivered Mail Returned to Sender", Sign::Bounce),
            ("FW: RE: Goedkeuring gevraagd", Sign::Forward),
            ("RE: FW: Goedkeuring gevraagd", Sign::Reply),
            ("[EXTERNAL] Fwd: Goedkeuring gevraagd", Sign::Forward),
            ("Geweigerd: overleg", Sign::Calendar),
            ("Re: Geweigerd: overleg", Sign::Reply),
            ("Niet gelezen: Goedkeuring", Sign::Receipt),
            ("RE[2]: [EXT] Goedkeuring", Sign::Reply),
            ("Goedkeuring gevraagd", Sign::Nothing),
            ("[Auto-Reply] Goedkeuring gevraagd", Sign::AutoReply),
            ("(Auto reply) Re: Goedkeuring", Sign::AutoReply),
            ("Re: [EXTERNAL] Out of office", Sign::AutoReply),
            ("Antwort: Abwesend", Sign::AutoReply),
            ("Jan is out of the office", Sign::AutoReply),
            ("Re: Jan is out of the office this week?", Sign::Reply),
            ("Re: Undelivered parcel", Sign::Reply),
            ("Re: Delivery failed of 3SABC", Sign::Reply),
            ("Onbestelbaar pakket", Sign::Nothing),
            ("Undelivered", Sign::Bounce),
            ("Delivery has failed to these recipients", Sign::Bounce),
            ("DELIVERY FAILURE: User anna not listed", Sign::Bounce),
            ("Mail System Error - Returned Mail", Sign::Bounce),
        ] {
            assert_eq!(sign(subject), expected, "{subject}");
        }
    }
}
