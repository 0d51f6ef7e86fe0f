//! Whether a clause with a word of rejection orders the rejection of this
//! request, or only has the word in it.

use super::clause::{Clause, Word};
use super::known_names::KnownNames;
use super::verb::{Verb, is_in, is_reject_word, is_slip_of};
use super::vocabulary;

/// After these a verb is a noun: «the reject button», «op weigeren drukken».
const BEFORE_NOUNS: &str =
    "the a an een de my mijn your uw jouw his her their onze our of about after
    op over met with by aan bij van in naar no";
const PREPOSITIONS: &str = "aan bij van in tot naar voor met over op tegen door na";

/// After these somebody else's business is refused: «we refuse to pay».
const OTHER_OBJECTS: &str = "to te om us ons my mijn onze our his their me mij";

/// Words of an order that say something elsewhere, or that other rules look at.
const ALSO_IN_ORDERS: &str = "would zou zouden wat geven below definitely absolutely certainly
    have decided therefore daarom derhalve r sorry id toch alsnog zsm spoedig dient dienen dezen
    gelijk verzoeke lekker resoluut even effe jullie obviously clearly simply straight surely need
    needs has get as then opnieuw weer alweer again";

/// Behind «per» these say that it is to be done now.
const AT_ONCE: &str = "direct omgaande ommegaande heden onmiddellijk";

/// In front of an order these agree to give it: «ok, weiger maar».
const AGREEING: &str = "ok oke okay prima";

/// Neutral elsewhere, but in the clause of an order it is about others.
const NOT_IN_ORDERS: &str = "zij they hen hun them alle all team aan";

/// Whether the rejection in the clause is meant. Beside it stands nothing but
/// what an order is made of: a single other word may turn it round («weigeren
/// onnodig», «reject worked»), and no list of such words could be complete.
pub(super) fn is_meant(clause: &Clause, verb: Verb, names: &KnownNames) -> bool {
    is_closed(clause, names) && !sounds_like_a_program(clause) && is_ordered(clause, verb)
}

fn is_closed(clause: &Clause, names: &KnownNames) -> bool {
    let (mut before, mut on_behalf) = ("", false);
    for (number, word) in clause.words.iter().enumerate() {
        let text = word.text.as_str();
        on_behalf |= text == "namens";
        // «Onze Carla» is no stranger, «onze UPS-nummers» are ours.
        let befriended = is_in("onze our", before)
            && !is_in(
                "nummer nummers account accounts number",
                text_at(clause, number + 1),
            );
        let expected = (word.is_name && !befriended && (on_behalf || is_known(text, names)))
            || is_expected(text)
            || (text == "one" && is_in("this that", before))
            || (is_in("them hen", text) && is_reject_word(before))
            || (text == "per" && is_at_once(clause, number))
            || (before == "per" && is_in(AT_ONCE, text))
            || (number == 0 && (is_in(AGREEING, text) || is_full_name(clause, names)))
            || (number == 0 && vocabulary::is_yes(text) && clause.has("please pls graag"))
            || (text == "klaar" && is_reject_word(before) && number + 1 == clause.words.len())
            || (is_in("heb hebben heeft", text) && clause.has("besloten wil willen wens wensen"));
        if !expected {
            return false;
        }
        before = text;
    }
    true
}

/// «Carla's request» is folded to «carlas».
fn is_known(name: &str, names: &KnownNames) -> bool {
    names.has(name) || name.strip_suffix('s').is_some_and(|owner| names.has(owner))
}

/// «Carla Nijman weigeren»: the first word has its capital in any case.
fn is_full_name(clause: &Clause, names: &KnownNames) -> bool {
    let second = clause.words.get(1);
    names.has(text_at(clause, 0))
        && second.is_some_and(|word| word.is_name && names.has(&word.text))
}

fn is_at_once(clause: &Clause, number: usize) -> bool {
    is_in(AT_ONCE, text_at(clause, number + 1))
}

/// «Access denied» is what somebody saw, unless it names the request.
fn sounds_like_a_program(clause: &Clause) -> bool {
    const SEEN: &str = "access toegang permission";
    const STATES: &str = "denied refused rejected declined geweigerd";
    clause.words.len() <= 3
        && clause.texts().any(|word| is_in(SEEN, word))
        && clause.texts().any(|word| is_in(STATES, word))
        && clause.texts().all(|word| {
            is_in(SEEN, word) || is_in(STATES, word) || is_in("is was your uw je", word)
        })
}

fn is_ordered(clause: &Clause, verb: Verb) -> bool {
    let at = clause.texts().position(is_reject_word).unwrap_or_default();
    let before = clause.words.get(..at).unwrap_or_default();
    let first_after = text_at(clause, at + 1);
    // «Dient geweigerd te worden».
    let is_passive = text_at(clause, at + 2) == "worden";
    let other_object = is_in(OTHER_OBJECTS, first_after) && !is_passive;
    let other_thing = clause.texts().any(vocabulary::is_other_thing);
    if other_thing || is_noun(before) || ends_in_a_question(clause) || is_turned(clause, at) {
        return false;
    }
    let about_request = clause.texts().any(vocabulary::is_about_request);
    match verb {
        Verb::Reject => {
            !other_object
                && is_own_wish(clause, before)
                && !is_gerund(clause, before)
                && has_no_other_object(clause, at)
                && !is_able(clause)
                && !says_more(clause)
        }
        Verb::Rejected => {
            let expected = unknown(before) <= usize::from(about_request);
            expected
                && !other_object
                && !is_told(clause, before)
                && !befell_the_writer(clause, at)
                && !follows_a_statement(clause, at)
        }
        Verb::RejectTold => {
            !other_object
                && about_request
                && unknown(before) <= 1
                && is_present(clause)
                && !is_about_others(clause, before)
        }
        Verb::Approve => false,
    }
}

/// «Ik weiger dit af te wijzen», «refuse rejecting», «weigeren nee»: what stands behind the word of
/// rejection is what is refused, or takes it back.
fn is_turned(clause: &Clause, at: usize) -> bool {
    const REFUSING: &str = "weiger weigeren refuse refusing deny denying decline declining";
    let behind = || clause.texts().skip(at + 1);
    let pairs = clause.words.windows(2).skip(at);
    let refuses_to = pairs.into_iter().any(|pair| match pair {
        [te, verb] => {
            // «Ik weiger toestemming te geven».
            let gives = is_in("geven verlenen", &verb.text);
            (te.text == "te" && !gives && verb.text != "worden")
                || (te.text == "to" && is_reject_word(&verb.text))
        }
        _ => false,
    });
    let refuses_a_refusal = is_in(REFUSING, text_at(clause, at)) && behind().any(is_other_reject);
    refuses_to || refuses_a_refusal || behind().any(vocabulary::is_no)
}

fn is_other_reject(word: &str) -> bool {
    const OTHER: &str = "afwijzen afkeuren reject rejecting rejection";
    is_in(OTHER, word)
}

/// «Mijn aanvraag is geweigerd», «our number is rejected», «I am denied access»: somebody complains.
fn befell_the_writer(clause: &Clause, at: usize) -> bool {
    const WRITER: &str = "ik wij we i im were";
    const PASSIVE: &str = "ben zijn word worden werd werden am are be being im were get has";
    const OWN: &str = "mijn onze ons my our";
    const REQUEST: &str = "aanvraag verzoek request application";
    const ALREADY_OURS: &str = "account nummer klantnummer accountnummer number gebruik use user
        zending shipment";
    let before = clause.words.get(..at).unwrap_or_default();
    let says = |list: &str| before.iter().any(|word| is_in(list, &word.text));
    let own = before.windows(2).any(|pair| match pair {
        [own, thing] => {
            let what = |list: &str| is_in(list, &thing.text);
            is_in(OWN, &own.text) && (what(REQUEST) || what(ALREADY_OURS) || what("toegang access"))
        }
        _ => false,
    });
    let ours = says(ALREADY_OURS) && !says(REQUEST);
    let left_open = matches!(before, [only] if only.text == "is");
    (says(WRITER) && says(PASSIVE)) || says("got getting") || own || ours || left_open
}

fn text_at(clause: &Clause, at: usize) -> &str {
    clause.texts().nth(at).unwrap_or_default()
}

/// Words that are neither names nor what an answer is usually made of.
fn unknown(words: &[Word]) -> usize {
    let is_unknown = |word: &&Word| !word.is_name && !is_expected(&word.text);
    words.iter().filter(is_unknown).count()
}

fn is_expected(word: &str) -> bool {
    (vocabulary::is_neutral(word) && !vocabulary::is_yes(word) && !is_in(NOT_IN_ORDERS, word))
        || is_in(ALSO_IN_ORDERS, word)
        || is_reject_word(word)
        || word == "af"
        || (word != "pleased" && is_slip_of(word, "please"))
}

fn is_noun(before: &[Word]) -> bool {
    let mut backwards = before.iter().rev().map(|word| word.text.as_str());
    let (last, one_before) = (backwards.next(), backwards.next());
    match last {
        Some("no") => before.len() > 1,
        // «Bedankt voor het weigeren», but «ik wil het weigeren».
        Some("het") => one_before.is_some_and(|word| is_in(PREPOSITIONS, word)),
        Some(word) => is_in(BEFORE_NOUNS, word),
        None => false,
    }
}

/// «Weigeren toch» wants to hear yes.
fn ends_in_a_question(clause: &Clause) -> bool {
    let last = clause.texts().last().unwrap_or_default();
    is_in("toch he right correct", last)
}

/// «I want to reject» is a wish, «I am inclined to reject» is none yet, and
/// «Floor wil dit weigeren» or «laat Floor weigeren» is somebody else's.
fn is_own_wish(clause: &Clause, before: &[Word]) -> bool {
    const BEFORE_TO: &str =
        "want wish like need have decided going choose prefer intend ask asking happy";
    const WITH_TE: &str =
        "wens wensen besluit besloten gelieve graag dient dienen verzoek verzoeken
        kies kiezen verzoeke";
    const MODALS: &str =
        "wil wilt willen mag mogen moet moeten kan kun kunt kunnen zal zullen gaat laat laten
        will should can must may shall let lets wants needs";
    const OWN: &str = "ik wij we i u je jullie you ze";
    const SOMEBODY: &str = "iemand somebody someone anybody anyone men everyone";
    let mut backwards = before.iter().rev().map(|word| word.text.as_str());
    let intended = match (backwards.next(), backwards.next()) {
        (Some("to"), Some("you")) => clause.texts().any(|word| is_in("want ask like need", word)),
        (Some("to"), verb) => verb.is_some_and(|verb| is_in(BEFORE_TO, verb)),
        (Some("te"), _) => clause.texts().any(|word| is_in(WITH_TE, word)),
        _ => true,
    };
    // «You reject everything» tells, «you must reject this» asks for it.
    let told = before
        .last()
        .is_some_and(|word| is_in("you u je jullie they ze", &word.text));
    let modal = clause.texts().any(|word| is_in(MODALS, word));
    let own = clause.texts().any(|word| is_in(OWN, word));
    let named = before.iter().any(|word| word.is_name) || unknown(before) > 0;
    let somebody = clause.texts().any(|word| is_in(SOMEBODY, word));
    intended && !somebody && (modal || !told) && !(modal && named && !own)
}

/// «Weigeren ze is van ons», «please reject let her in»: a second sentence without a full stop.
fn says_more(clause: &Clause) -> bool {
    let lets_in = clause.words.windows(2).any(|pair| match pair {
        [verb, whom] => {
            let lets = is_in("laat let", &verb.text);
            (lets && is_in("ze hen hem haar them him her", &whom.text))
                || (verb.text == "go" && whom.text == "on")
        }
        _ => false,
    });
    clause.has("is") || lets_in
}

/// «Ze is van ons», new line, «afgewezen».
fn follows_a_statement(clause: &Clause, at: usize) -> bool {
    let before = clause.words.get(..at).unwrap_or_default();
    let opens_line = clause.words.get(at).is_some_and(|word| word.opens_line);
    opens_line && before.iter().any(|word| is_in("is was", &word.text))
}

/// «I can reject», «ik mag weigeren», «weigeren kan»: able to, not about to.
fn is_able(clause: &Clause) -> bool {
    const ABLE: &str = "kan kunnen mag mogen can may";
    const LEFT_TO: &str = "wil willen laat laten wants let";
    const BOARD: &str = "directie bestuur bedrijf board management company persoon person heer";
    const OPEN_ENDS: &str = "kan kunnen mag mogen zal can may will is be are gaat";
    let says = |list: &str| clause.texts().any(|word| is_in(list, word));
    let others = says(BOARD) && (says(ABLE) || says(LEFT_TO));
    let first = text_at(clause, 0);
    let theirs = (is_in("ze zij they she he hij", first) && is_in(LEFT_TO, text_at(clause, 1)))
        || (is_in("laat let", first) && is_in("ze hen hem haar them him her", text_at(clause, 1)));
    let open = clause
        .texts()
        .last()
        .is_some_and(|word| is_in(OPEN_ENDS, word));
    if others || open || theirs {
        return true;
    }
    let pairs = clause.words.windows(2);
    pairs.into_iter().any(|pair| match pair {
        [one, other] => {
            let own = |word: &Word| is_in("ik wij we i", &word.text);
            let able = |word: &Word| is_in(ABLE, &word.text);
            let order = |word: &Word| is_reject_word(&word.text);
            (own(one) && able(other)) || (able(one) && own(other)) || (order(one) && able(other))
        }
        _ => false,
    })
}

/// «Sorry for rejecting» and «rejecting would help», but «I am rejecting this»
/// and «rejecting this».
fn is_gerund(clause: &Clause, before: &[Word]) -> bool {
    const GERUNDS: &str = "rejecting declining denying refusing";
    let gerund = clause.texts().any(|word| is_in(GERUNDS, word));
    let allowed = match before.last() {
        Some(word) => is_in(
            "am im are hereby therefore definitely needs need",
            &word.text,
        ),
        None => true,
    };
    gerund && !allowed
}

/// «We deny having asked», «I refuse any claim» and «we decline that we …» are
/// about other things than the request.
fn has_no_other_object(clause: &Clause, at: usize) -> bool {
    const OF_MANY_MEANINGS: &str = "deny denying refuse refusing decline declining";
    let mut after = clause.words.iter().skip(at + 1);
    let (Some(first), second) = (after.next(), after.next()) else {
        return true;
    };
    let expected =
        first.is_name || is_expected(&first.text) || !is_in(OF_MANY_MEANINGS, text_at(clause, at));
    let other_ones = is_in("one such een is heeft", &first.text)
        || is_in("deze these those", &first.text)
            && second.is_some_and(|word| !word.is_name && !is_expected(&word.text));
    let clause_follows = first.text == "that"
        && second.is_some_and(|word| !vocabulary::is_about_request(&word.text));
    expected && !other_ones && !clause_follows
}

/// «I declined this», «is door Floor geweigerd», «goed dat dit geweigerd is»
/// tell what was done; «this is declined» and «ik wil dat dit geweigerd wordt»
/// say what is to be.
fn is_told(clause: &Clause, before: &[Word]) -> bool {
    const WISHES: &str = "wil willen wens wensen moet moeten graag want must should";
    let by_me_before = before
        .last()
        .is_some_and(|word| is_in("i we you ik wij jullie je u", &word.text));
    let by_another = clause.words.windows(2).any(|pair| match pair {
        [preposition, agent] => {
            is_in("door by", &preposition.text) && !is_in("ons mij us me the our", &agent.text)
        }
        _ => false,
    });
    let remarked_on = clause.texts().skip(1).any(|word| is_in("dat that", word))
        && !clause.texts().any(|word| is_in(WISHES, word));
    by_me_before || by_another || remarked_on
}

/// «De directie keurt dit af», not «keurde» or «de afkeuring».
fn is_present(clause: &Clause) -> bool {
    const PRESENT: &str = "weigert wijst keurt afwijst afkeurt rejects declines denies refuses";
    clause.texts().any(|word| is_in(PRESENT, word)) && !clause.texts().any(|word| word == "te")
}

/// «Het bedrijf weigert», but «ons bedrijf weigert dit»; «ons account weigert» whosever it is.
fn is_about_others(clause: &Clause, before: &[Word]) -> bool {
    const OTHERS: &str = "bedrijf company persoon person heer mevrouw meneer";
    const THINGS: &str = "account accountnummer nummer klantnummer number toegang access";
    let of_us = clause.has("ons onze our wij we");
    let thing = before.iter().any(|word| is_in(THINGS, &word.text));
    thing || (clause.has(OTHERS) && !of_us)
}
