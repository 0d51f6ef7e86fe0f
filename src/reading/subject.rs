//! What a subject line tells about the kind of mail: the words that mail
//! programs of many languages put before the subject they answer.

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

/// Reads the beginning of a subject. An automatic answer or a bounce is one
/// also after `Re:`; a calendar answer, receipt, recall or forward is so only
/// when its word stands first.
pub(super) fn sign(subject: &str) -> Sign {
    let subject = subject.to_lowercase();
    let subject = without_tags(&subject);
    let bare = without_reply_prefixes(subject);
    if starts_with_any(bare, AUTO_REPLY) {
        return Sign::AutoReply;
    }
    if starts_with_any(bare, BOUNCE) {
        return Sign::Bounce;
    }
    if bare.len() != subject.len() {
        return Sign::Reply;
    }
    match subject.split_once(':').map(|(word, _)| word.trim()) {
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

/// Drops marks that gateways put first, such as `[EXTERNAL]`.
fn without_tags(subject: &str) -> &str {
    let mut rest = subject.trim();
    while let Some((_, after)) = rest
        .strip_prefix('[')
        .and_then(|inner| inner.split_once(']'))
    {
        rest = after.trim_start();
    }
    rest
}

fn without_reply_prefixes(subject: &str) -> &str {
    let mut rest = subject;
    while let Some((word, after)) = rest.split_once([':', '：']) {
        // `Re[2]:` and `Re (2):` count the answers.
        let word = word.split(['[', '(']).next().unwrap_or_default().trim();
        if !matches!(
            word,
            "re" | "aw"
                | "antw"
                | "antwoord"
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
        ) {
            break;
        }
        rest = without_tags(after);
    }
    rest
}

fn starts_with_any(subject: &str, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|beginning| {
        subject
            .strip_prefix(beginning)
            // A whole word: «Afwezig: …», not «Afwezigheidsregistratie».
            .is_some_and(|rest| {
                beginning.ends_with(':') || !rest.starts_with(char::is_alphanumeric)
            })
    })
}

const AUTO_REPLY: &[&str] = &[
    "automatisch antwoord",
    "automatische reactie",
    "automatische beantwoording",
    "automatisch bericht",
    "automatisch gegenereerd",
    "automatische afwezigheid",
    "autom. antwoord",
    "afwezig",
    "afwezigheid",
    "afwezigheidsbericht",
    "afwezigheidsassistent",
    "ik ben afwezig",
    "niet aanwezig",
    "niet op kantoor",
    "buiten kantoor",
    "op vakantie",
    "met vakantie",
    "vakantiebericht",
    "ontvangstbevestiging",
    "bevestiging van ontvangst",
    "bevestiging ontvangst",
    "wij hebben uw bericht ontvangen",
    "we hebben je bericht ontvangen",
    "uw bericht is ontvangen",
    "je bericht is ontvangen",
    "uw e-mail is ontvangen",
    "bedankt voor uw bericht",
    "bedankt voor je bericht",
    "bedankt voor uw e-mail",
    "bedankt voor je e-mail",
    "ticket ontvangen",
    "automatic reply",
    "automatic response",
    "automated reply",
    "automated response",
    "automatically generated",
    "auto reply",
    "auto-reply",
    "autoreply",
    "auto response",
    "auto-response",
    "autoresponse",
    "autoresponder",
    "auto:",
    "out of office",
    "out of the office",
    "out-of-office",
    "out of office:",
    "ooo",
    "oof",
    "on vacation",
    "on holiday",
    "on leave",
    "on annual leave",
    "on parental leave",
    "on maternity leave",
    "away from the office",
    "away from my desk",
    "i am out of the office",
    "i'm out of the office",
    "vacation reply",
    "vacation response",
    "thank you for contacting",
    "thank you for your email",
    "thank you for your e-mail",
    "thank you for your message",
    "thanks for contacting",
    "we have received your",
    "we received your",
    "your message has been received",
    "ticket received",
    "abwesenheit",
    "abwesenheitsnotiz",
    "abwesend",
    "automatische antwort",
    "automatische rückmeldung",
    "nicht im büro",
    "réponse automatique",
    "reponse automatique",
    "absence du bureau",
    "absent du bureau",
    "absence",
    "message d'absence",
    "respuesta automática",
    "respuesta automatica",
    "fuera de la oficina",
    "risposta automatica",
    "fuori sede",
    "fuori ufficio",
    "resposta automática",
    "autosvar",
    "automatisk svar",
    "automatiskt svar",
    "frånvaro",
    "automaattinen vastaus",
    "poissa",
    "automatyczna odpowiedź",
    "odpowiedź automatyczna",
    "automatická odpověď",
    "otomatik yanıt",
    "автоматический ответ",
    "自动回复",
    "自動返信",
    "自動応答",
];

const BOUNCE: &[&str] = &[
    "onbestelbaar",
    "niet te bezorgen",
    "niet bezorgd",
    "bezorging mislukt",
    "bezorgingsfout",
    "bezorging vertraagd",
    "kan niet worden bezorgd",
    "undeliverable",
    "undelivered",
    "undeliverable mail",
    "returned mail",
    "returned to sender",
    "failure notice",
    "delivery status notification",
    "delivery failure",
    "delivery failed",
    "delivery has failed",
    "delivery delayed",
    "delayed mail",
    "mail delivery failed",
    "mail delivery failure",
    "mail delivery delayed",
    "mail system error",
    "message undeliverable",
    "message delivery failure",
    "message delayed",
    "non-delivery",
    "non delivery",
    "nondeliverable",
    "warning: could not send",
    "warning: message",
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
        ] {
            assert_eq!(sign(subject), expected, "{subject}");
        }
    }
}
