//! What a letter has beside its message: thanks, a closing, praise, an offer to
//! talk, a wish to hear that it is done. All of it is taken out before anybody
//! looks for a command, so that its «if», «of» and «graag» belong to no order.

use super::clause::{Clause, Sentence, Word};
use super::verb::is_in;
use super::vocabulary;

const THANKS: &str = "bedankt dank dankje dankjewel dankuwel merci thanks thank thx tnx thnx thanx
    tks ty bvd cheers";

/// What a thank is made of where nothing is thanked for.
const BARE_THANKS: &str = "je jou u jullie you wel zeer hartelijk vriendelijk alvast nogmaals very
    much many again anyway hoor a lot lots ever so bij voorbaat";

/// What an administrator thanks for.
const THANKED_FOR: &str = "voor het de dit deze vooraf bericht berichtje mail mailtje
    melding waarschuwing attentie oplettendheid informatie info controle vraag navraag seintje
    doorgeven doorsturen melden vragen checken for the this your uw message notice notification
    warning information heads up update letting me us know telling checking check asking in advance
    effort team";

const CLOSINGS: &str =
    "groet groeten groetjes gr grt grtz grts vrgr mvg groetend regards rgds brgds kr
    br greetings succes sterkte luck";

/// These close a letter only with a good wish in front of them.
const OCCASIONS: &str = "dag avond weekend wknd week day evening wishes";
const WISHING: &str = "fijne fijn prettige prettig goede leuke mooie nice good great lovely best";
const POLITELY: &str = "met vr with kind vriendelijke hartelijke beste warm";
const AROUND_CLOSING: &str =
    "vr met vriendelijke vriendelijk hartelijke beste warme nog verder ermee
    en kind warm have a een goed with it that";

/// How somebody can be reached, and what is offered with it.
const REACH: &str = "bel bellen mail mailen call phone contact bereiken bereikbaar reach discuss";
const OFFER: &str = "gerust vrij welkom altijd vragen vraag iets onduidelijk questions question
    anything something free happy welcome available hesitate anytime";
const AROUND_OFFER: &str = "me mij ons us our u je jij you ik ben i am im er is zijn nog more
    any bij voor als if mocht mochten hebben hebt heeft have should to te kunt kan kun can may even
    dan on op kantoor mobiel telefonisch email nummer number please aub svp feel for het the at via
    of or graag dont my mijn";

/// To hear that it is done.
const CONFIRMING: &str = "bevestiging bevestig bevestigen bevestigt confirm confirmation informeren
    informeer inform update";
const AROUND_CONFIRMING: &str = "graag gaarne een het dat dit deze mij me us ons even van the a
    please pls aub svp kunt kan u je you could can ontvangst receipt ontvangen received of als
    wanneer zodra if when once it this is has been gelukt gedaan verwerkt geregeld afgehandeld done
    processed completed ook ik i stuur send by per mail email terug back asap hiervan that anything
    else need nodig hebt iets weten know laat let hoor horen hear ontvang krijg";

/// «Goed dat jullie dit navragen», «glad that you checked».
const PRAISE: &str = "fijn goed top mooi netjes super good great nice glad well";
const WATCHFUL: &str = "checken check checked checking controleren controleert gecontroleerd vragen
    vraagt ask asked asking navragen navraagt nagevraagd opletten oplet opgelet melden meldt spotted
    catch attent gezien";
const AROUND_PRAISE: &str = "dat that jullie u je you dit this it het even hebben hebt have job";

/// Said again, done with, regretted, signed: whole clauses.
const SET_PHRASES: &[&str] = &[
    "again",
    "nogmaals",
    "opnieuw",
    "wederom",
    "once more",
    "zoals gezegd",
    "zoals al gezegd",
    "zoals eerder gezegd",
    "as i said",
    "as said",
    "like i said",
    "i repeat",
    "punt",
    "punt uit",
    "period",
    "end of story",
    "im sorry",
    "i am sorry",
    "het spijt me",
    "spijt me",
    "best",
    "all the best",
    "sincerely",
    "verder geen opmerkingen",
    "verder geen vragen",
    "no further comments",
    "no further questions",
];

/// The sentences without what is only polite. `writer` are the words of the writer's name.
pub(super) fn without(mut sentences: Vec<Sentence>, writer: &[String]) -> Vec<Sentence> {
    for sentence in &mut sentences {
        if sentence.question {
            continue;
        }
        cut_off_tails(sentence, writer);
        if is_offer(sentence.clauses.iter().flat_map(|clause| &clause.words)) {
            sentence.clauses.clear();
        }
        sentence
            .clauses
            .retain(|clause| clause.is_contrast() || !is_courtesy(clause, writer));
    }
    sentences.retain(|sentence| !sentence.clauses.is_empty());
    sentences
}

/// «Bedankt voor de melding», where it stands behind a «maar» and therefore is still there.
pub(super) fn is_thanks(clause: &Clause) -> bool {
    clause.has(THANKS)
        && clause.consists_of(&[THANKS, BARE_THANKS, THANKED_FOR])
        && clause.has("in") == clause.has("advance")
        && clause.has("letting") == clause.has("know")
}

fn is_courtesy(clause: &Clause, writer: &[String]) -> bool {
    is_thanks(clause)
        || is_closing(&clause.words, writer)
        || is_offer(clause.words.iter())
        || is_confirmation(clause)
        || is_praise(clause)
        || matches!(clause.spoken().as_str(), "alvast" | "bij voorbaat")
        || SET_PHRASES.contains(&clause.spoken().as_str())
}

/// «Weigeren mvg Anna» is «weigeren» and «mvg Anna».
fn cut_off_tails(sentence: &mut Sentence, writer: &[String]) {
    let clauses = std::mem::take(&mut sentence.clauses);
    for mut clause in clauses {
        let tail = (0..clause.words.len())
            .find(|&at| is_closing(clause.words.get(at..).unwrap_or_default(), writer))
            .filter(|&at| at > 0)
            .map(|at| clause.words.split_off(at));
        sentence.clauses.push(clause);
        sentence.clauses.extend(tail.map(|words| Clause {
            words,
            conjunction: None,
        }));
    }
}

/// «Groeten, Anna», «fijne dag nog», «tnx a». Behind it any name may stand.
fn is_closing(words: &[Word], writer: &[String]) -> bool {
    let Some(first) = words.first() else {
        return false;
    };
    let opens = |list| is_in(list, &first.text);
    let closes = |word: &Word| is_in(CLOSINGS, &word.text) || is_in(THANKS, &word.text);
    let wishes = opens(WISHING) && words.iter().any(|word| is_in(OCCASIONS, &word.text));
    let have = opens("have een a") && words.iter().any(|word| is_in(WISHING, &word.text));
    let bare_occasion = words.len() == 1 && first.text == "dag";
    let polite = [CLOSINGS, THANKS, WISHING, BARE_THANKS, POLITELY]
        .into_iter()
        .any(opens);
    if !(polite || have || bare_occasion) {
        return false;
    }
    let mut closed = bare_occasion;
    let understood = words.iter().all(|word| {
        let text = word.text.as_str();
        let signs = closed
            && (is_in("de van der den ten", text)
                || is_signed(word)
                || writer.iter().any(|name| name == text));
        closed |= closes(word) || ((wishes || have) && is_in(OCCASIONS, text));
        closes(word)
            || is_in(OCCASIONS, text)
            || is_in(WISHING, text)
            || is_in(AROUND_CLOSING, text)
            || is_in(BARE_THANKS, text)
            || signs
    });
    closed && understood
}

/// A name or its first letter, but not «Niet».
fn is_signed(word: &Word) -> bool {
    let text = word.text.as_str();
    let plain = !vocabulary::is_negation(text)
        && !vocabulary::is_doubt(text)
        && !vocabulary::is_local_doubt(text)
        && !vocabulary::is_yes(text)
        && !vocabulary::is_no(text);
    (word.is_name && plain) || text.len() == 1
}

/// «Bel gerust als er iets is», «if you have any questions, call me», but not «I have questions».
fn is_offer<'a>(words: impl Iterator<Item = &'a Word> + Clone) -> bool {
    let has = |list| words.clone().any(|word| is_in(list, &word.text));
    let pairs = words.clone().zip(words.clone().skip(1));
    let asks = pairs.into_iter().any(|(who, verb)| {
        is_in("ik wij we i", &who.text) && is_in("heb hebben have kan kunnen can", &verb.text)
    });
    let number = |word: &Word| word.text.chars().all(char::is_numeric);
    has(REACH)
        && has(OFFER)
        && !asks
        && words.clone().all(|word| {
            is_in(REACH, &word.text)
                || is_in(OFFER, &word.text)
                || is_in(AROUND_OFFER, &word.text)
                || number(word)
        })
}

/// «Graag bevestiging», «let me know when it is done».
fn is_confirmation(clause: &Clause) -> bool {
    let let_know =
        (clause.has("laat") && clause.has("weten")) || (clause.has("let") && clause.has("know"));
    let hear = clause.has("hoor horen hear") && clause.has("graag gelukt done");
    (clause.has(CONFIRMING) || let_know || hear)
        && clause.consists_of(&[CONFIRMING, AROUND_CONFIRMING])
}

fn is_praise(clause: &Clause) -> bool {
    let because = clause.has("dat that") || clause.words.len() == 2;
    because
        && clause.has(PRAISE)
        && clause.has(WATCHFUL)
        && clause.consists_of(&[PRAISE, WATCHFUL, AROUND_PRAISE])
}
