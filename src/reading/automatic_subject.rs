//! Subjects that a program writes in somebody's place: it answers by itself, somebody is away, or
//! something was received.
//!
//! Programs let people choose these words, so that what is looked for is how such a subject is made,
//! not which one it is: «automatic» beside «answer», a word for being away behind «I am», a word for
//! having received beside «your message».

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::verb::is_in;

/// So much of a subject is looked at.
const MAX_CHARS: usize = 300;

/// Whether a program wrote it: a subject in lower case, without reply prefixes and the marks of
/// gateways. `is_answer` says that it had a reply prefix: «Re: Jan is away» is what a person answers,
/// «Jan is away» what a program writes.
pub(super) fn is_automatic(subject: &str, is_answer: bool) -> bool {
    let folded = folded(subject);
    let (before_quote, _) = folded.split_once(':').unwrap_or((&folded, ""));
    if before_quote.ends_with('?') {
        return false; // A program asks nothing.
    }
    let words: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !is_in(FILLERS, word))
        .collect();
    let said = behind_small_words(&words);
    folded.starts_with("auto:")
        || WITHOUT_SPACES
            .split(", ")
            .any(|begin| folded.starts_with(begin))
        || answers_by_itself(said)
        || tells_of_absence(said)
        || tells_of_receipt(&words)
        || !is_answer && tells_of_somebodys_absence(&words)
}

/// Without accents, which are often left out, and with one word where several are written as one.
fn folded(subject: &str) -> String {
    let plain: String = subject
        .chars()
        .take(MAX_CHARS)
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .nfc()
        .collect();
    let plain = plain.replace("e-mail", "email");
    let plain = plain.replace("tot en met", "tot").replace("t/m", "tot");
    plain.trim().to_owned()
}

/// «I am currently», «tot 5 mei»: what may stand before the words that matter.
fn behind_small_words<'a, 's>(words: &'a [&'s str]) -> &'a [&'s str] {
    let is_small = |word: &&&str| is_in(SMALL, word) || is_when(word);
    let small = words.iter().take_while(is_small).count();
    words.get(small..).unwrap_or_default()
}

/// «Automatic reply», «réponse automatique», «autoreply».
fn answers_by_itself(words: &[&str]) -> bool {
    match words {
        ["ooo" | "oof", ..] => true,
        [word, ..] if joins(word, "auto", NOTICES) => true,
        [one, other, ..] => {
            is_automatic_word(one) && begins_with_any(other, NOTICES)
                || begins_with_any(one, NOTICES) && is_automatic_word(other)
        }
        _ => false,
    }
}

fn is_automatic_word(word: &str) -> bool {
    word == "auto" || begins_with_any(word, "autom otomat автомат αυτοματ")
}

/// «Out of office until Monday», «op vakantie», «zwangerschapsverlof», «Abwesenheitsnotiz».
fn tells_of_absence(words: &[&str]) -> bool {
    let Some((first, rest)) = words.split_first() else {
        return false;
    };
    // «Op langdurig verlof», but not «in de vakantie».
    let near = if *first == "in" { 1 } else { 2 };
    let on_leave = is_in(ON, first) && rest.iter().take(near).any(|word| is_leave(word));
    let only_when = rest.iter().all(|word| is_when(word));
    on_leave
        || only_when && (is_leave(first) || is_in(AWAY_ALONE, first))
        || begins_with_phrase(words, AWAY)
        || ends_with_leave(first)
        || joins(first, ABSENCES, NOTICES)
}

fn is_when(word: &str) -> bool {
    is_in(WHEN, word) || word.starts_with(|c: char| c.is_ascii_digit())
}

fn is_leave(word: &str) -> bool {
    is_in(LEAVE, word) || ends_with_leave(word)
}

/// «Zwangerschapsverlof», «Erholungsurlaub».
fn ends_with_leave(word: &str) -> bool {
    word.ends_with("verlof") || word.ends_with("urlaub")
}

/// «Jan de Wit is out of the office».
fn tells_of_somebodys_absence(words: &[&str]) -> bool {
    const LONGEST_NAME: usize = 5;

    (1..=LONGEST_NAME).any(|at| {
        words.get(at).is_some_and(|word| is_in(IS, word))
            && tells_of_absence(behind_small_words(words.get(at + 1..).unwrap_or_default()))
    })
}

/// «We have received your message», «bedankt voor je e-mail», «Empfangsbestätigung».
fn tells_of_receipt(words: &[&str]) -> bool {
    const FAR: usize = 8;

    let near = words.get(..FAR).unwrap_or(words);
    let begins = |list| near.first().is_some_and(|word| is_in(list, word));
    let says = |list| near.iter().any(|word| is_in(list, word));
    let names_your_message = near
        .iter()
        .zip(near.iter().skip(1))
        .any(|(whose, what)| is_in(YOUR, whose) && begins_with_any(what, MESSAGES));
    let thanks = begins(THANKS) && (names_your_message || says(CONTACT));
    let has_it = (begins(WE) || begins(YOUR)) && names_your_message && says(RECEIVED);
    let named = match near {
        [what, has_it, ..] => begins_with_any(what, MESSAGES) && is_in(RECEIVED, has_it),
        _ => false,
    };
    begins_with_phrase(words, RECEIPTS) || named || thanks || has_it && !says(NOT)
}

/// One word made of two.
fn joins(word: &str, beginnings: &str, ends: &str) -> bool {
    beginnings.split_ascii_whitespace().any(|begin| {
        word.strip_prefix(begin)
            .is_some_and(|rest| begins_with_any(rest, ends))
    })
}

fn begins_with_any(word: &str, stems: &str) -> bool {
    let mut stems = stems.split_ascii_whitespace();
    stems.any(|stem| word.starts_with(stem))
}

fn begins_with_phrase(words: &[&str], phrases: &str) -> bool {
    phrases.split(',').any(|phrase| {
        let mut words = words.iter();
        let mut phrase = phrase.split_ascii_whitespace();
        phrase.all(|word| words.next() == Some(&word))
    })
}

// Words stand between blanks, phrases between commas; all without accents.

/// Left out wherever they stand.
const FILLERS: &str = "the a an my our mijn het la le el";

/// Left out at the beginning: who is away, and that it is so now.
const SMALL: &str =
    "this is dit een dies das ist eine ein ceci est une un es una uma i m am we re are will be ik
    ben wij zijn ich bin wir sind je j suis nous sommes estoy estamos sono siamo estou jag ar
    jeg er olen jestem jsem sunt currently now today temporarily unfortunately sorry momenteel
    even nu vandaag tijdelijk helaas derzeit zurzeit heute leider actuellement";

/// Until when, or on which day.
const WHEN: &str =
    "tot vanaf van until till from to through since bis ab vom du au jusqu week weeks dag days
    januari februari maart april mei juni juli augustus september oktober november december
    january february march may june july august october januar februar marz mai dezember
    maandag dinsdag woensdag donderdag vrijdag monday tuesday wednesday thursday friday montag
    dienstag mittwoch donnerstag freitag";

const IS: &str = "is ist est esta e ar er jest";

/// Beginnings of words for what a program sends.
const NOTICES: &str =
    "antwoord beantwoord reactie bericht melding mededeling notifica assistent bevestiging
    gegenereerd afwezig repl respon answer message mail email notice generated confirm
    acknowledg absen antwort ruckmeldung nachricht meldung notiz abwesen erzeugt generiert
    repons respuest rispost respost svar besked meddelande vastaus odpowied odpoved valasz
    raspuns yanit yanıt ответ απαντησ";

/// Beginnings of one word for a notice of absence.
const ABSENCES: &str =
    "afwezigheid afwezigheids vakantie verlof abwesenheit abwesenheits urlaub urlaubs franvaro
    fravær fraværs poissaolo";

/// Being away, by itself.
const AWAY: &str =
    "afwezig, afwezigheid, niet aanwezig, niet op kantoor, niet op werk, buiten kantoor,
    kantoor gesloten, kantoor is gesloten, wegens vakantie, wegens ziekte, uit dienst,
    niet meer werkzaam, out of office, not in office, away from, no longer with,
    no longer employed, limited access to email, absence, absent du, office closed,
    office is closed, vacation reply, vacation response, vacation message,
    vacation notice, holiday notice, parental leave, maternity leave, paternity leave,
    annual leave, sick leave, abwesend, abwesenheit, nicht im buro, nicht im haus, außer haus,
    ausser haus, elternzeit, mutterschutz, absente, message d absence, hors du bureau,
    pas au bureau, conge maternite, conge parental, ausente, ausencia, fuera de oficina,
    assente, assenza, fuori sede, fuori ufficio, fora do escritorio, franvaro, franvarande,
    inte pa kontoret, fravær, fraværende, ikke pa kontoret, ikke til stede, poissa, poissaolo,
    lomalla, nieobecnosc, nieobecny, nieobecna, poza biurem, nepritomnost, mimo kancelar,
    hazon kivul, ofis dısında, ofis disinda, вне офиса, отсутствую";

/// Being away, where nothing follows but until when.
const AWAY_ALONE: &str = "away absent";

/// Before a word for leave.
const ON: &str = "on op met in im auf en de em pa na в";

const LEAVE: &str =
    "vakantie sabbatical leave holiday holidays vacation pto elternzeit mutterschutz conge conges vacances
    vacaciones permiso baja ferie ferias congedo semester foraldraledighet barsel urlopie
    dovolene concediu отпуске";

const RECEIPTS: &str = "ontvangstbevestiging, bevestiging van ontvangst, bevestiging ontvangst,
    acknowledgement of receipt, acknowledgment of receipt, receipt confirmation,
    empfangsbestatigung, eingangsbestatigung, accuse de reception, accuse reception,
    acuse de recibo, conferma di ricezione, ticket ontvangen, ticket received";

const WE: &str = "we wij wir nous hemos abbiamo bevestiging confirmation";

const YOUR: &str =
    "your uw je jouw jullie ihre ihren ihr deine votre su tu vostra vostro sua seu din ditt";

/// Beginnings of words for what was received.
const MESSAGES: &str =
    "mail email message bericht request aanvraag verzoek vraag question inquiry enquiry feedback
    application melding ticket nachricht anfrage demande courriel mensaje correo solicitud
    messaggio richiesta mensagem";

const RECEIVED: &str =
    "received created aangemaakt geregistreerd ontvangen erhalten eingegangen recu recue recibido ricevuto recebido mottagit
    modtaget";

const NOT: &str = "not niet nicht never nooit";

const THANKS: &str = "thank thanks bedankt hartelijk herzlichen dank dankjewel danke vielen merci gracias grazie obrigado tack tak";

const CONTACT: &str = "contacting contact touch reaching kontaktaufnahme";

/// Of languages that write no spaces, or whose words are joined.
const WITHOUT_SPACES: &str =
    "自动回复, 自动答复, 自動回覆, 自動返信, 自動応答, 不在通知, 자동 회신, 자동 응답, 부재중";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_writes_that_it_answers_that_somebody_is_away_or_what_was_received() {
        for subject in [
            "automatisch antwoord: verzoek?",
            "autom. antwoord: verzoek",
            "dit is een automatisch bericht",
            "this is an automated response",
            "auto reply",
            "auto-reply: re: verzoek",
            "autoresponder",
            "auto: verzoek",
            "réponse automatique : verzoek",
            "reponse automatique",
            "respuesta automática: x",
            "odpowiedź automatyczna: x",
            "автоматический ответ: x",
            "自動返信: x",
            "ooo until monday",
            "out of the office",
            "away until 5 may",
            "tot en met 5 mei afwezig",
            "bin bis 5. mai nicht im büro",
            "vakantie t/m vrijdag",
            "wegens ziekte afwezig",
            "request received: 12345",
            "hartelijk dank voor uw e-mail",
            "i'm out of office until 5 may",
            "away from office",
            "away from my desk",
            "i am on holiday",
            "i will be on parental leave",
            "maternity leave",
            "on annual leave until 5 may",
            "ik ben met vakantie",
            "momenteel niet op kantoor",
            "op ouderschapsverlof",
            "zwangerschapsverlof tot 1 juni",
            "afwezig: verzoek",
            "afwezigheidsmelding",
            "vakantiebericht",
            "abwesenheitsnotiz",
            "abwesend",
            "ich bin im urlaub",
            "im erholungsurlaub",
            "absence du bureau",
            "je suis en congé",
            "message d'absence",
            "fuera de la oficina",
            "estoy de vacaciones",
            "frånvaromeddelande",
            "fravær",
            "wij hebben uw e-mail ontvangen",
            "we have received your e-mail",
            "uw bericht is ontvangen",
            "bedankt voor je e-mail",
            "thank you for contacting us",
            "vielen dank für ihre nachricht",
            "ontvangstbevestiging",
            "accusé de réception",
        ] {
            assert!(is_automatic(subject, true), "{subject}");
        }
        for subject in [
            "jan de wit is out of the office",
            "jan is met vakantie",
            "frau schmidt ist im urlaub",
        ] {
            assert!(is_automatic(subject, false), "{subject}");
            assert!(!is_automatic(subject, true), "{subject}");
        }
    }

    #[test]
    fn a_person_may_write_of_the_same_things() {
        for subject in [
            "jan is out of the office this week?",
            "afwezigheidsregistratie van jan",
            "autorisatie berichtenbox",
            "auto van de zaak",
            "is dit een automatisch bericht?",
            "in de vakantie niet leveren",
            "vakantiepakket",
            "vakantie voor het gezin",
            "away with this request",
            "verzoek r-7q4k9",
            "wij hebben uw e-mail niet ontvangen",
            "hebben jullie mijn e-mail ontvangen?",
            "bedankt, maar weigeren",
            "onze vakantieplanning",
            "goedkeuring gevraagd: klantnummer 3445",
            "het portaal is niet bereikbaar",
            "in de bijlage ons antwoord",
            "reactie op het verzoek",
            "",
        ] {
            for is_answer in [true, false] {
                assert!(!is_automatic(subject, is_answer), "{subject}");
            }
        }
    }
}
