//! What only leads up to a command: whom it is about, that it is the answer,
//! a polite wish. «Betreft Nijman Kado's: weigeren» and «we would like to reject»
//! are read as «weigeren» and «reject».

use std::ops::Range;

use super::clause::{Clause, Sentence, Word};
use super::known_names::KnownNames;
use super::verb::{Verb, is_in, is_reject_word, verb, verbs};
use super::vocabulary;

/// What a clause is about that only says so.
const SUBJECT: &str = "re betreft betreffende inzake aanvraag verzoek request application";
const ANSWER: &str = "antwoord answer besluit beslissing decision keuze choice conclusie conclusion
    uitkomst outcome reactie";
const AROUND_SUBJECT: &str = "de het van voor door the of for from is";

/// With whom it was talked over.
const AFTER: &str = "na in after following";
const CONSULTING: &str = "overleg beraad ruggespraak navraag consultation consulting talking
    discussion";
const AROUND_CONSULTING: &str = "intern kort goed met bij de het directie bestuur team
    collegas management with to the my our board colleagues internal";

/// Turns of phrase in front of what is wished, in any clause.
const WISHES: &[&str] = &[
    "i would like to",
    "we would like to",
    "i would like",
    "we would like",
    "id like to",
    "id like",
    "wed like to",
    "wed like",
    "id prefer to",
    "i prefer to",
    "i would prefer to",
    "we would prefer to",
    "wed prefer to",
    "id rather",
    "wed rather",
    "i would rather",
    "we would rather",
    "zou graag",
    "graag zou ik",
    "graag zouden wij",
    "graag zouden we",
    "zou dit graag",
    "zou deze graag",
    "zou willen",
    "zouden graag",
    "als beheerder",
    "als accountbeheerder",
    "als eigenaar",
    "as administrator",
    "deel ik u mee dat",
    "deel ik mee dat",
    "delen wij u mee dat",
    "delen wij mee dat",
    "laat ik u weten dat",
    "laat ik weten dat",
    "laten wij u weten dat",
    "ik laat u weten dat",
    "bevestig ik dat",
    "ik bevestig dat",
    "i can confirm that",
    "i can confirm",
    "i confirm that",
    "we confirm that",
    "inform you that",
    "let you know that",
];

/// The same behind an «and»: «we do not know them and would like to reject».
const OPENING_WISHES: &[&str] = &["would like to", "would like"];

/// Turns of phrase that hurry or stress an order, in its own clause.
const HURRYING: &[&str] = &[
    "zo snel mogelijk",
    "zo spoedig mogelijk",
    "vandaag nog",
    "met spoed",
    "zonder meer",
    "zonder twijfel",
    "zonder pardon",
    "right away",
    "straight away",
    "right now",
    "of course",
    "without hesitation",
    "without delay",
    "without question",
    "with immediate effect",
    "at once",
    "at your earliest convenience",
];

/// «Helaas moeten wij dit weigeren» is the writer's own; «helaas geweigerd» may be a complaint.
const REGRETS: &[&str] = &[
    "het spijt me maar",
    "helaas",
    "unfortunately",
    "sadly",
    "regrettably",
    "i am sorry but",
    "im sorry but",
    "i am afraid",
    "im afraid",
    "sorry",
];

/// The sentences without what leads up to their command.
pub(super) fn without(mut sentences: Vec<Sentence>, names: &KnownNames) -> Vec<Sentence> {
    for sentence in &mut sentences {
        while let [first, next, ..] = sentence.clauses.as_slice()
            && (is_subject(first, names) || is_consultation(first) || urges(first, next))
        {
            sentence.clauses.remove(0);
        }
        sentence.clauses.iter_mut().for_each(shorten);
        sentence.clauses.retain(|clause| !clause.words.is_empty());
    }
    sentences.retain(|sentence| !sentence.clauses.is_empty());
    sentences
}

/// Takes turns of phrase out of a clause.
fn shorten(clause: &mut Clause) {
    // «In overleg met Floor weigeren wij dit»; «na overleg» may be yet to come.
    if clause.texts().take(3).eq(["in", "overleg", "met"]) {
        let talked = consultation_length(&clause.words);
        clause.words.splice(..talked, [hereby()]);
    }
    let wish = find(&clause.words, 0, OPENING_WISHES).or_else(|| any(&clause.words, WISHES));
    if let Some(wish) = wish {
        clause.words.drain(wish);
    }
    if let Some(hurry) = any(&clause.words, HURRYING)
        && clause.texts().any(is_reject_word)
    {
        clause.words.drain(hurry);
    }
    if let Some(regret) = any(&clause.words, REGRETS)
        && clause.has("ik wij we i")
        && verbs(clause, false) == [Verb::Reject]
    {
        clause.words.splice(regret, [hereby()]);
    }
}

/// Stands in for what was taken out in front of «moeten wij dit weigeren», which would ask alone.
fn hereby() -> Word {
    Word {
        text: "hierbij".into(),
        ..Word::default()
    }
}

fn is_command(word: &str) -> bool {
    is_reject_word(word) || verb(word).is_some()
}

/// «Betreft Nijman Kado's», «our answer»; but «my request» is the writer's own.
fn is_subject(clause: &Clause, names: &KnownNames) -> bool {
    let own = !clause.has(SUBJECT);
    let says_what = |word: &str| is_in(SUBJECT, word) || is_in(ANSWER, word);
    let is_filler =
        |word: &str| is_in(AROUND_SUBJECT, word) || (own && is_in("mijn my ons onze our", word));
    // Our own mail has «Reject» in it, written like a name.
    let is_known = |number: usize, word: &Word| {
        let may_be_a_name = word.is_name || (number == 0 && !vocabulary::is_neutral(&word.text));
        may_be_a_name && !is_command(&word.text) && names.has(&word.text)
    };
    // From the end: the sent mail is asked only where the rest is understood.
    let mut words = clause.words.iter().enumerate().rev();
    clause.conjunction.is_none()
        && !clause.texts().all(is_filler)
        && words.all(|(number, word)| {
            says_what(&word.text) || is_filler(&word.text) || is_known(number, word)
        })
}

/// «Na overleg met de directie».
fn is_consultation(clause: &Clause) -> bool {
    consultation_length(&clause.words) == clause.words.len()
}

/// How many words say in front that it was talked over.
fn consultation_length(words: &[Word]) -> usize {
    let is_part = |word: &&Word| {
        let text = word.text.as_str();
        word.is_name || is_in(CONSULTING, text) || is_in(AROUND_CONSULTING, text)
    };
    let [first, rest @ ..] = words else {
        return 0;
    };
    let said = rest.iter().take_while(is_part);
    let consults = said.clone().any(|word| is_in(CONSULTING, &word.text));
    if is_in(AFTER, &first.text) && consults {
        1 + said.count()
    } else {
        0
    }
}

/// «Go ahead, reject».
fn urges(clause: &Clause, next: &Clause) -> bool {
    clause.has("ahead")
        && clause.consists_of(&["please go ahead yes"])
        && next.texts().next().is_some_and(is_reject_word)
}

/// Where the first of the phrases stands.
fn any(words: &[Word], phrases: &[&str]) -> Option<Range<usize>> {
    (0..words.len()).find_map(|at| find(words, at, phrases))
}

/// Where one of the phrases stands, if it begins here.
fn find(words: &[Word], at: usize, phrases: &[&str]) -> Option<Range<usize>> {
    let here = words.get(at..)?;
    let first = here.first()?.text.as_str();
    let stands_here = |phrase: &&str| {
        let mut words = here.iter().map(|word| word.text.as_str());
        phrase.starts_with(first) && phrase.split(' ').all(|word| words.next() == Some(word))
    };
    let phrase = phrases.iter().copied().find(stands_here)?;
    Some(at..at + phrase.split(' ').count())
}
