//! What may stand beside an order to reject without touching it: thanks, a
//! closing, who decides, the question who that is, and a reason.
//!
//! Nobody can list the ways to take something back: «schrap dat maar», «update:
//! hij is van ons», «that was meant for Piet». So it is the other way round:
//! every clause beside the order has to be understood as harmless, word by
//! word, and where one is not the answer is ambiguous.

use super::clause::{Clause, Sentence, fold};
use super::known_names::KnownNames;
use super::reason::{self, Stand};
use super::verb::{is_in, verbs};
use super::vocabulary;

const THANKS: &str =
    "bedankt dank dankje dankjewel dankuwel merci thanks thank thx tnx thnx cheers";

/// What a thank is made of where nothing is thanked for.
const BARE_THANKS: &str = "je jou u jullie you wel zeer hartelijk vriendelijk alvast nogmaals very
    much many again anyway hoor a lot lots ever so";

/// What an administrator thanks for.
const THANKED_FOR: &str = "voor het de dit deze bij voorbaat vooraf bericht berichtje mail mailtje
    melding waarschuwing attentie oplettendheid informatie info controle vraag navraag seintje
    doorgeven for the this your uw message notice notification warning information heads up update
    letting me us know telling checking check asking in advance effort team";

const CLOSINGS: &str = "groet groeten groetjes gr mvg groetend regards greetings dag avond weekend
    week day evening wishes";
const AROUND_CLOSING: &str =
    "met vriendelijke hartelijke beste warme vriendelijk fijne fijn prettige
    prettig goede goed leuke nog verder en kind best warm have a nice good great lovely with";

/// Who decides, that it is decided, and what is wished besides.
const DECISIONS: &str =
    "namens directie bestuur beheerder besluit beslissing definitief definitieve
    mijn ons onze dit dat is de het bij deze hierbij graag aub svp alsjeblieft alstublieft gelieve
    direct meteen nu zeker absoluut echt hoor dus maar verzoek aanvraag betreft betreffende antwoord
    sorry helaas nogmaals snel zo mogelijk asap hereby on behalf of board management administrator
    decision final my our this that the please kindly pls definitely certainly absolutely really
    keuze choice r request application re regarding answer unfortunately now immediately";

/// Alone, these are no decision but half a sentence that says something else.
const POINTERS: &str = "zie ook see also bijlage bijgaand brief onze ons our letter attachment
    attached hieronder below van of de the coordinator";

/// Where the writer can be reached, which is no doubt.
const CONTACT: &str = "voor bij vragen kunt kan kun u je jij mij me ons bellen mailen bereiken op
    kantoor mobiel telefonisch bereikbaar altijd ik ben for any questions please call phone mail
    email me us you can contact at the office my mobile";

const ASKED_ABOUT: &str =
    "wie who whos is are dit dat deze this that it he she they hij zij ze zijn
    de het the persoon mevrouw meneer man vrouw bedrijf firma person lady woman company eigenlijk
    ook weer dan";

/// Only in front of the order, or behind a «no»: «nee, weigeren», «absolutely not, reject».
const EMPHASIS: &str = "absoluut zeker beslist natuurlijk echt niet geen nee neen no not hell never
    nooit hoor zeg joh dus sorry absolutely certainly definitely really";

/// Only in front of the order: «please just reject», but «nee, doe maar» says yes.
const URGING: &str = "of course go ahead please just doe";

/// Whether every clause that has no order in it is harmless company of one.
/// `is_slip` says that mistyped orders count.
pub(super) fn is_harmless(sentences: &[Sentence], is_slip: bool, names: &KnownNames) -> bool {
    let has_order = |clause: &Clause| {
        let order = |verb: &_| !matches!(verb, super::verb::Verb::Approve);
        verbs(clause, is_slip).iter().any(order)
    };
    let mut before = sentences.iter().flat_map(|s| &s.clauses).any(has_order);
    sentences.iter().all(|sentence| {
        let orders = sentence.clauses.iter().any(has_order);
        sentence.clauses.iter().all(|clause| {
            if has_order(clause) {
                before = false;
                return true;
            }
            let stand = if before { Stand::Before } else { Stand::After };
            let opens = before && orders && is_yes(clause);
            opens
                || is_understood(clause, sentence.question, stand, names)
                || (before && is_understood(&without_no(clause), false, stand, names))
        })
    })
}

/// Whether nothing but courtesy and reasons follows a «no».
pub(super) fn follows_no(sentences: &[Sentence], names: &KnownNames) -> bool {
    let mut opening = true;
    sentences.iter().all(|sentence| {
        sentence.clauses.iter().all(|clause| {
            let rest = if opening {
                without_no(clause)
            } else {
                clause.clone()
            };
            let denied = opening && denies_the_charge(clause, &rest);
            opening = false;
            let dismissed = rest.spoken() == "way";
            !limits(clause)
                && !denied
                && (rest.words.is_empty()
                    || dismissed
                    || is_bare_thanks(&rest)
                    || is_closing(&rest)
                    || consists_of(&rest, &[EMPHASIS])
                    || reason::is_given(&rest, Stand::AfterNo, names))
        })
    })
}

/// Whether a clause is harmless where it stands.
pub(super) fn is_understood(
    clause: &Clause,
    question: bool,
    stand: Stand,
    names: &KnownNames,
) -> bool {
    let asks_who = is_question_who(clause, names);
    if question {
        return asks_who;
    }
    if limits(clause) && !is_thanks(clause) {
        return false;
    }
    asks_who
        || is_thanks(clause)
        || is_closing(clause)
        || is_decision(clause, names)
        || is_pointer(clause)
        || is_contact(clause)
        || is_since(clause)
        || (stand == Stand::Before && is_emphasis(clause))
        || reason::is_given(clause, stand, names)
}

/// «Nee dit klopt niet» without its «nee».
fn without_no(clause: &Clause) -> Clause {
    let words = clause
        .words
        .iter()
        .skip_while(|word| vocabulary::is_no(&word.text));
    Clause {
        words: words.cloned().collect(),
        conjunction: clause.conjunction.clone(),
    }
}

fn limits(clause: &Clause) -> bool {
    let conjunction = clause.conjunction.as_deref();
    conjunction.is_some_and(|word| is_in("maar but however echter", word))
}

fn is_yes(clause: &Clause) -> bool {
    clause.texts().all(vocabulary::is_yes)
}

pub(super) fn is_thanks(clause: &Clause) -> bool {
    has(clause, THANKS) && consists_of(clause, &[THANKS, BARE_THANKS, THANKED_FOR])
        || clause.spoken() == "bij voorbaat"
        || clause.spoken() == "alvast"
}

fn is_bare_thanks(clause: &Clause) -> bool {
    has(clause, THANKS) && consists_of(clause, &[THANKS, BARE_THANKS])
}

/// «Groeten, Anna», «fijne dag nog». After a closing any name may stand.
fn is_closing(clause: &Clause) -> bool {
    let at = clause.texts().position(|word| is_in(CLOSINGS, word));
    at.is_some()
        && clause.words.iter().enumerate().all(|(number, word)| {
            is_in(CLOSINGS, &word.text)
                || is_in(AROUND_CLOSING, &word.text)
                || (word.is_name && at.is_some_and(|at| number > at))
        })
}

/// «Namens Bruins Optiek», «dit is ons besluit».
fn is_decision(clause: &Clause, names: &KnownNames) -> bool {
    let on_behalf = has(clause, "namens behalf");
    clause.words.iter().all(|word| {
        is_in(DECISIONS, &word.text) || (word.is_name && (on_behalf || names.has(&word.text)))
    })
}

fn is_pointer(clause: &Clause) -> bool {
    let first = clause.texts().next().unwrap_or_default();
    is_in("zie see", first) && consists_of(clause, &[POINTERS])
}

/// «Voor vragen kunt u mij bellen».
fn is_contact(clause: &Clause) -> bool {
    has(clause, "vragen questions") && consists_of(clause, &[CONTACT])
}

/// «She has not worked here since March» is cut at its conjunction.
fn is_since(clause: &Clause) -> bool {
    clause.conjunction.as_deref() == Some("since") && reason::is_date(clause)
}

/// «Wie is dit eigenlijk», «Carla who».
fn is_question_who(clause: &Clause, names: &KnownNames) -> bool {
    has(clause, "wie who whos")
        && (clause.words.iter().enumerate()).all(|(number, word)| {
            is_in(ASKED_ABOUT, &word.text)
                || ((word.is_name || number == 0) && names.has(&word.text))
        })
}

fn is_emphasis(clause: &Clause) -> bool {
    consists_of(clause, &[EMPHASIS, URGING])
}

/// «No fraud here» finds none.
fn denies_the_charge(clause: &Clause, rest: &Clause) -> bool {
    let first = rest.texts().next().unwrap_or_default();
    clause.texts().next() == Some("no") && reason::speaks_against(first)
}

fn has(clause: &Clause, list: &str) -> bool {
    clause.texts().any(|word| is_in(list, word))
}

fn consists_of(clause: &Clause, lists: &[&str]) -> bool {
    let mut words = clause.texts();
    words.all(|word| lists.iter().any(|list| is_in(list, word)))
}

/// The sentences without lines that are only the writer's name.
pub(super) fn without_writer(mut sentences: Vec<Sentence>, writer: &[String]) -> Vec<Sentence> {
    let is_writer = |word: &str| writer.iter().any(|name| fold(name) == word);
    for sentence in &mut sentences {
        sentence
            .clauses
            .retain(|clause| !clause.texts().all(is_writer));
    }
    sentences.retain(|sentence| !sentence.clauses.is_empty());
    sentences
}
