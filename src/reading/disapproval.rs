//! A denied approval that says no more and no less than a rejection: «hier gaan
//! wij niet mee akkoord», «not approved by us», «geen toegang geven».

use super::clause::{Clause, Word};
use super::known_names::KnownNames;
use super::verb::is_in;

const DENIALS: &str = "niet geen nooit not no never dont doesnt wont isnt cannot cant";

/// What is denied.
const GRANTS: &str = "akkoord accoord akoord goedkeuren goedgekeurd goedkeuring toestemming
    toestaan toegestaan toelaten toegelaten accepteren geaccepteerd accorderen approve approved
    approval accept accepted allow allowed permit permitted permission authorize authorise
    authorized authorised agree agreed approving allowing accepting consent honoreren gehonoreerd
    inwilligen ingewilligd doorlaten";

/// What somebody does who grants.
const ACTS: &str =
    "goedkeuren toestaan toelaten accepteren doorlaten honoreren akkoord approve allow
    accept permit agree consent";
const ADMITTING: &str = "toestaan toegestaan allow allowed approve approved permit permitted";
const NOUNS: &str = "access approval permission consent";
const GIVING: &str = "geef geven geeft gegeven give giving grant granted verleen verlenen verleend";

/// Denied of the writer, some say that somebody else decides: «I am not allowed»; and «I can't
/// approve this» may only say that somebody has tried.
const WRITER: &str = "ik wij we i im";
const BEING: &str = "ben zijn am are im";
const LEAVE: &str = "allowed permitted authorize authorise authorized authorised toegestaan";
const ABLE: &str = "kan kunnen can cannot cant mag mogen may was were";
const AGREEING: &str = "akkoord accoord akoord agreed agree eens toestemming consent allow
    toestaan";

/// Who else may deny something: «het bedrijf gaat niet akkoord», «geen toestemming van u».
const PERSONS: &str = "persoon person mevrouw meneer bedrijf firma company lady man woman hem haar";
const THEIR_VERBS: &str = "geeft gaat does doesnt wil zal will";
const FROM: &str = "van from door by volgens";
const YOU: &str = "u je jullie you";

const AROUND: &str = "ik wij we i u je jullie you dit deze dat die het this that it verzoek
    aanvraag request application hier op hierop hiermee hieraan hiervoor mee met voor for van from
    door by aan to with us ons our onze side kant zijde graag please pls aub svp do does ga gaan
    gaat ben zijn are am is im be will zal zullen wil willen going want kan kunnen can them her him hem haar hen
    persoon person mevrouw meneer bedrijf firma company lady man woman de the een a te worden
    wordt absoluut zeker helaas echt absolutely unfortunately bij deze hierbij hereby dus maar
    gewoon ook hoor";

/// Whether the clause refuses what was asked for. `after_no` says that a «no» stands in front of
/// it, so that access needs nobody who gives it.
pub(super) fn is_plain(clause: &Clause, after_no: bool, names: &KnownNames) -> bool {
    let words = &clause.words;
    // «No give her access» denies nothing.
    let denies = |(at, word): &(usize, &Word)| {
        let noun = words
            .get(at + 1)
            .is_some_and(|noun| is_in(NOUNS, &noun.text));
        is_in(DENIALS, &word.text) && (word.text != "no" || noun)
    };
    let denials = words.iter().enumerate().filter(denies).count();
    let pair = |verb: &str, particle: &str| clause.has(verb) && clause.has(particle);
    let separable = pair("keur keuren keurt", "goed") || pair("sta staan", "toe");
    let goes_on = pair("gaat gaan", "door doen") && !clause.has("met with");
    let agrees = pair("eens", "mee met");
    let permits = clause.has("mag mogen") && !clause.has(WRITER);
    let access = clause.has("toegang access")
        && !agrees
        && !clause.has("akkoord accoord akoord agree agreed")
        && !clause.has("ons us mij me")
        && (after_no
            || clause.has(GIVING)
            || clause.has("please aub svp")
            || (!clause.has(WRITER) && clause.has("voor for")));
    let named = access || clause.has(GRANTS);
    let denied = named || separable || goes_on || agrees || permits;
    let speaks_of_writer = clause.has(WRITER)
        && ((clause.has(BEING) && clause.has(LEAVE))
            || (clause.has(ABLE) && !clause.has(AGREEING)));
    let speaks_of_others = clause.has(PERSONS) && clause.has(THEIR_VERBS) && !clause.has(WRITER);
    // «Wij willen geen toestemming» says that none is needed.
    let wants_none = clause.has("wil willen want") && !clause.has(ACTS) && !clause.has(GIVING);
    denials == 1
        && denied
        && !wants_none
        && !speaks_of_writer
        && !speaks_of_others
        && words.iter().enumerate().all(|(at, word)| {
            let text = word.text.as_str();
            is_in(DENIALS, text)
                || is_in(GRANTS, text)
                || is_in(GIVING, text)
                || (is_in(AROUND, text) && !(is_in(YOU, text) && follows(clause, at, FROM)))
                || (separable && is_in("keur keuren keurt goed sta staan toe", text))
                || (agrees && text == "eens")
                || (goes_on && text == "doen")
                || (permits && is_in("mag mogen", text))
                || (is_in("toegang access", text) && (access || clause.has(ADMITTING)))
                || (!follows(clause, at, FROM) && names.has(text))
        })
}

/// Whether a word of the list stands in front of the word.
fn follows(clause: &Clause, at: usize, list: &str) -> bool {
    at.checked_sub(1)
        .and_then(|before| clause.words.get(before))
        .is_some_and(|before| is_in(list, &before.text))
}
