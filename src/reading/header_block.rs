//! The header lines with which Outlook, Notes, Zimbra, Samsung and others
//! introduce a quoted or forwarded mail, and the rules above them.

use super::line::Line;

/// Labels are looked for in so many lines that are not blank.
const MAX_LINES: usize = 7;

/// How a quoted mail begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    /// The mail that is answered.
    Answered,
    /// A mail that is sent on.
    Forwarded,
}

/// Whether a quoted mail begins with the first of these lines.
pub(super) fn begins(lines: &[Line]) -> Option<Begin> {
    let first = lines.first().filter(|line| !line.is_blank())?.text.trim();
    let lower = first.to_lowercase();
    if is_rule_with_words(&lower) || is_begin_sentence(&lower) {
        return Some(if says_forwarded(&lower) {
            Begin::Forwarded
        } else {
            Begin::Answered
        });
    }
    let after_rule = is_rule(first);
    let block = if after_rule { lines.get(1..)? } else { lines };
    is_block(block).then_some(Begin::Answered)
}

/// «-------- Original message --------», «----- Doorgestuurd bericht -----»;
/// Notes writes «name ---11-05-2026 09:14:03---subject».
fn is_rule_with_words(lower: &str) -> bool {
    let dash = |c: char| matches!(c, '-' | '_' | '=' | '—' | '–' | '*');
    let inner = lower.trim_matches(dash);
    let before = lower.len() - lower.trim_start_matches(dash).len();
    let after = lower.len() - lower.trim_end_matches(dash).len();
    let framed =
        before >= 3 && after >= 3 && inner.chars().any(char::is_alphabetic) && inner.len() <= 80;
    let known = before >= 2 && (says_original(lower) || says_forwarded(lower)) && inner.len() <= 80;
    let notes = lower
        .split("---")
        .nth(1)
        .is_some_and(|date| date.starts_with(|c: char| c.is_ascii_digit()) && date.contains(':'));
    framed || known || notes
}

fn says_original(lower: &str) -> bool {
    [
        "original",
        "oorspronkelijk",
        "origineel",
        "ursprüngliche",
        "d'origine",
        "mensaje original",
        "messaggio originale",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

fn says_forwarded(lower: &str) -> bool {
    [
        "forwarded",
        "doorgestuurd",
        "doorgezonden",
        "doorstuurbericht",
        "weitergeleitet",
        "transféré",
        "transmis",
        "reenviado",
        "inoltrato",
        "encaminhada",
        "vidarebefordrat",
        "videresendt",
        "przekazan",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

/// Apple's «Begin doorgestuurd bericht:».
fn is_begin_sentence(lower: &str) -> bool {
    (lower.starts_with("begin") || lower.starts_with("anfang") || lower.starts_with("début"))
        && lower.ends_with(':')
        && says_forwarded(lower)
}

fn is_rule(text: &str) -> bool {
    text.len() >= 8 && text.chars().all(|c| matches!(c, '_' | '-' | '='))
}

fn is_block(lines: &[Line]) -> bool {
    let mut labels = Vec::new();
    let (mut shaped, mut has_address, mut has_time) = (0, false, false);
    let not_blank = lines.iter().filter(|line| !line.is_blank());
    for (number, line) in not_blank.take(MAX_LINES).enumerate() {
        let text = line.text.trim().trim_start_matches(['*', '|', ' ']);
        let Some((word, value)) = text.split_once([':', '：']) else {
            // A long list of addresses goes on over several lines.
            if number == 0 || !text.contains('@') {
                break;
            }
            continue;
        };
        let word = word
            .trim_matches(|c: char| c == '*' || c == '_' || c.is_whitespace())
            .to_lowercase();
        let label = Label::of(&word);
        if label.is_none() && (number == 0 || word.chars().count() > 25) {
            break;
        }
        labels.extend(label.filter(|label| !labels.contains(label)));
        // Everything on one line, as some programs write it in text.
        if number == 0 {
            labels.extend(
                labels_inside(value)
                    .into_iter()
                    .filter(|label| Some(*label) != Label::of(&word)),
            );
        }
        shaped += 1;
        has_address |= value.contains('@');
        has_time |= value.contains("20") && value.bytes().any(|b| b == b':' || b == b'-');
    }
    labels.sort_unstable();
    labels.dedup();
    labels.len() >= 3 || (labels.len() >= 2 && shaped >= 3 && has_address && has_time)
}

/// The groups of labels, whatever their language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    From,
    To,
    Date,
    Subject,
}

impl Label {
    fn of(word: &str) -> Option<Self> {
        match word {
            "van" | "from" | "von" | "de" | "da" | "från" | "fra" | "od" | "lähettäjä" | "от"
            | "发件人" | "差出人" | "expéditeur" | "remitente" | "afzender" | "absender"
            | "kimden" | "feladó" => Some(Self::From),
            "aan" | "to" | "an" | "à" | "a" | "para" | "per" | "til" | "till" | "do" | "komu"
            | "vastaanottaja" | "кому" | "收件人" | "宛先" | "kime" | "pour" | "ontvanger"
            | "geadresseerde" | "címzett" => Some(Self::To),
            "verzonden" | "sent" | "gesendet" | "envoyé" | "datum" | "date" | "fecha" | "data"
            | "inviato" | "enviado" | "enviado el" | "skickat" | "sendt" | "dato" | "wysłano"
            | "odesláno" | "verstuurd" | "verzonden op" | "verstuurd op" | "sent at"
            | "lähetetty" | "дата" | "发送时间" | "送信日時" | "gönderildi" | "datum/tijd"
            | "elküldve" => Some(Self::Date),
            "onderwerp" | "subject" | "betreff" | "objet" | "asunto" | "oggetto" | "assunto"
            | "ämne" | "emne" | "temat" | "předmět" | "konu" | "betreft" | "aihe" | "тема"
            | "主题" | "件名" | "tárgy" => Some(Self::Subject),
            _ => None,
        }
    }
}

fn labels_inside(value: &str) -> Vec<Label> {
    value
        .split_whitespace()
        .filter_map(|word| Label::of(&word.strip_suffix(':')?.trim_matches('*').to_lowercase()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begins_text(text: &str) -> Option<Begin> {
        begins(&crate::reading::line::of_text(text, false, false))
    }

    #[test]
    fn header_blocks_of_many_languages_are_known() {
        for text in [
            "Van: esecured <a@b.example>\nVerzonden: maandag 11 mei 2026 09:14\nAan: Anna\nOnderwerp: x",
            "*From:* esecured <a@b.example>\n*Sent:* Monday\n*To:* Anna\n*Subject:* x",
            "________________________________\nVon: a\nGesendet: b\nAn: c\nBetreff: d",
            "De : a\nEnvoyé : b\nÀ : c\nObjet : d",
            "Aan: Anna <anna@example.org>,\nbram@example.org\nVan: esecured\nDatum: 11-5-2026",
            "Von: a\n\nGesendet: b\n\nAn: c",
            "From: a <a@b.example> Sent: Monday To: c Subject: d",
            "-----Oorspronkelijk bericht-----",
            "-------- Original message --------",
            "---- Op ma, 11 mei 2026 schreef x ----",
            "esecured ---11-05-2026 09:14:03---Goedkeuring gevraagd",
        ] {
            assert_eq!(begins_text(text), Some(Begin::Answered), "{text}");
        }
    }

    #[test]
    fn a_forwarded_mail_is_told_apart() {
        for text in [
            "---------- Forwarded message ---------",
            "Begin doorgestuurd bericht:",
            "-------- Doorgestuurd bericht --------",
        ] {
            assert_eq!(begins_text(text), Some(Begin::Forwarded), "{text}");
        }
    }

    #[test]
    fn what_people_write_is_no_header_block() {
        for text in [
            "Van: mij mag het\nWeigeren",
            "Tel: 030 555 0177\nMail: a@b.example\nWeb: www.b.example",
            "---",
            "Weigeren",
            "____________\nAnna",
        ] {
            assert_eq!(begins_text(text), None, "{text}");
        }
    }
}
