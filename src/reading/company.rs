//! What may stand beside an order to reject without touching it: who decides,
//! the question who that is, and a reason.
//!
//! Nobody can list the ways to take something back: «schrap dat maar», «update:
//! hij is van ons», «that was meant for Piet». So it is the other way round:
//! every clause beside the order has to be understood as harmless, word by
//! word, and where one is not the answer is ambiguous.

use super::clause::{Clause, Sentence, fold};
use super::known_names::KnownNames;
use super::reason::{self, Stand};
use super::verb::{is_in, verbs};
use super::{charge, courtesy, disapproval, vocabulary};

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
    attached hieronder below van of de the coordinator mijn my vorige eerdere previous earlier mail
    email bericht message";

const ASKED_ABOUT: &str = "wie who whos is are these those people mensen dit dat deze this
    that it he she they hij zij ze zijn de het the persoon mevrouw meneer man vrouw bedrijf firma
    person lady woman company eigenlijk ook weer dan";

/// Only behind the order: «weigeren en klaar».
const FINAL: &str = "klaar basta finished";

/// Only in front of the order, or behind a «no»: «nee, weigeren», «absolutely not, reject».
const EMPHASIS: &str = "liever rather helaas unfortunately aub svp please absoluut zeker beslist
    natuurlijk echt niet geen nee neen no not hell never nooit hoor zeg joh dus sorry absolutely
    certainly definitely really";

/// Only in front of the order: «please just reject», but «nee, doe maar» says yes.
const URGING: &str = "of course go ahead please just doe way";

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
                || (before && is_understood_behind_no(clause, stand, names))
        })
    })
}

/// «Nee onbekend, weigeren».
fn is_understood_behind_no(clause: &Clause, stand: Stand, names: &KnownNames) -> bool {
    let rest = without_no(clause);
    !denies_the_charge(clause, &rest) && is_understood(&rest, false, stand, names)
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
            let limits = !opening;
            let denied = opening && denies_the_charge(clause, &rest);
            opening &= clause.texts().all(vocabulary::is_regret);
            let dismissed = matches!(rest.spoken().as_str(), "way" | "kan niet" | "dat kan niet");
            // «Thanks, but no» limits nothing.
            let turned = denied || (limits && clause.is_contrast());
            !turned
                && (rest.words.is_empty()
                    || dismissed
                    || rest.consists_of(&[EMPHASIS])
                    || disapproval::is_plain(&rest, true, names)
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
    if clause.is_contrast() {
        return courtesy::is_thanks(clause);
    }
    let before = stand == Stand::Before;
    asks_who
        || is_decision(clause, names)
        || is_pointer(clause)
        || is_since(clause)
        || (stand == Stand::After && clause.consists_of(&[FINAL]))
        || (before && (is_emphasis(clause) || disapproval::is_plain(clause, false, names)))
        || reason::is_given(clause, stand, names)
}

/// «Nee dit klopt niet» and «sorry nee» without their «nee».
fn without_no(clause: &Clause) -> Clause {
    let words = clause.words.iter().skip_while(|word| is_no(&word.text));
    Clause {
        words: words.cloned().collect(),
        conjunction: clause.conjunction.clone(),
    }
}

fn is_no(word: &str) -> bool {
    vocabulary::is_no(word) || vocabulary::is_regret(word) || is_in("hoor joh zeg", word)
}

/// «Ok then», in front of an order.
pub(super) fn is_yes(clause: &Clause) -> bool {
    clause.texts().any(vocabulary::is_yes)
        && clause
            .texts()
            .all(|word| vocabulary::is_yes(word) || is_in("then dan nou", word))
}

/// «Namens Bruins Optiek», «dit is ons besluit».
fn is_decision(clause: &Clause, names: &KnownNames) -> bool {
    let on_behalf = clause.has("namens behalf");
    // «Mijn aanvraag: geweigerd» complains.
    if clause.has("mijn onze ons my our") && clause.has("aanvraag verzoek request application") {
        return false;
    }
    clause.words.iter().all(|word| {
        is_in(DECISIONS, &word.text) || (word.is_name && (on_behalf || names.has(&word.text)))
    })
}

fn is_pointer(clause: &Clause) -> bool {
    let first = clause.texts().next().unwrap_or_default();
    is_in("zie see", first) && clause.consists_of(&[POINTERS])
}

/// «She has not worked here since March» is cut at its conjunction.
fn is_since(clause: &Clause) -> bool {
    clause.conjunction.as_deref() == Some("since") && reason::is_date(clause)
}

/// «Wie is dit eigenlijk», «Carla who».
fn is_question_who(clause: &Clause, names: &KnownNames) -> bool {
    clause.has("wie who whos")
        && (clause.words.iter().enumerate()).all(|(number, word)| {
            is_in(ASKED_ABOUT, &word.text)
                || ((word.is_name || number == 0) && names.has(&word.text))
        })
}

fn is_emphasis(clause: &Clause) -> bool {
    let may_go_ahead = clause.has("ahead") && clause.consists_of(&[URGING, "you can may"]);
    may_go_ahead || clause.consists_of(&[EMPHASIS, URGING])
}

/// «No fraud here» finds none.
fn denies_the_charge(clause: &Clause, rest: &Clause) -> bool {
    let first = rest.texts().next().unwrap_or_default();
    let said = clause.words.len() - rest.words.len();
    let last_no = said.checked_sub(1).and_then(|at| clause.words.get(at));
    last_no.is_some_and(|no| no.text == "no") && charge::speaks_against(first)
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
