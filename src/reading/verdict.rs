//! A rejection that is named instead of given: «dat is een nee», «it's a no from
//! us», «hierop zeg ik nee», «a clear reject», «absolutely not».

use super::clause::{Clause, Sentence};
use super::known_names::KnownNames;
use super::reason::Stand;
use super::verb::is_in;
use super::{company, meaning};

const MAX_WORDS: usize = 8;

const VERDICTS: &str = "nee neen no reject rejection decline weigering afwijzing weigeren afwijzen";
const SAYING: &str = "zeg zeggen say";
const SAID: &str = "antwoord answer vote keuze besluit choice decision conclusie conclusion";

/// Makes a thing of the word.
const ARTICLES: &str = "een a an hard big clear definite duidelijk duidelijke dikke";
/// «Absoluut niet».
const EMPHASIS: &str = "absoluut zeker beslist absolutely certainly definitely";

const AROUND: &str = "hierop hierbij hier op daarop ik wij we i mijn ons my our is it its thats
    the dus so to one this that dit dat het de verzoek aanvraag request graag wordt becomes wat
    betreft van voor from for me mij us onze side kant definitely absolutely certainly";

/// Whether the reply pronounces a rejection, and has nothing else in it but reasons.
pub(super) fn is_pronounced(sentences: &[Sentence], names: &KnownNames) -> bool {
    let mut pronounced = false;
    let all = sentences.iter().all(|sentence| {
        sentence.clauses.iter().all(|clause| {
            let pronounces = pronounces(clause);
            pronounced |= pronounces;
            let stand = Stand::AfterNo;
            pronounces || (pronounced && company::is_understood(clause, false, stand, names))
        })
    });
    let asks = |sentence: &Sentence| sentence.question || meaning::asks(sentence);
    all && pronounced && !sentences.iter().any(asks)
}

fn pronounces(clause: &Clause) -> bool {
    let words: Vec<&str> = clause.texts().collect();
    if let [emphasis, "niet" | "not" | "no" | "nee"] = words.as_slice()
        && is_in(EMPHASIS, emphasis)
    {
        return true;
    }
    let Some(at) = words.iter().position(|word| is_in(VERDICTS, word)) else {
        return false;
    };
    let before = at.checked_sub(1).and_then(|before| words.get(before));
    let is_a_thing = before.is_some_and(|before| is_in(ARTICLES, before));
    let is_no = words.get(at).is_some_and(|word| is_in("nee neen no", word));
    let ends = at + 1 == words.len();
    let from_us = words
        .get(at + 1)
        .is_some_and(|after| is_in("from van voor", after))
        && words
            .iter()
            .any(|word| is_in("me mij us ons our onze", word));
    let on_this = words
        .get(at + 1..)
        .is_some_and(|on| on == ["op", "dit", "verzoek"]);
    // «Just say reject» tells how it is done, and «the answer to my request» is a complaint.
    let says = clause.has(SAID) || (clause.has(SAYING) && clause.has("ik wij we i"));
    let of_the_writer = words.windows(2).any(|pair| match pair {
        [own, thing] => is_in("mijn onze my our", own) && is_in("aanvraag verzoek request", thing),
        _ => false,
    });
    let said = (ends && says) || (is_no && from_us && clause.conjunction.is_none());
    words.len() <= MAX_WORDS
        && !of_the_writer
        && (said || (is_a_thing && (ends || from_us || on_this)))
        && words.iter().enumerate().all(|(number, word)| {
            let lists = [ARTICLES, AROUND, SAYING, SAID];
            number == at || lists.iter().any(|list| is_in(list, word))
        })
}
