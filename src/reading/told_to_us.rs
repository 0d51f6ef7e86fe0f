//! Words of rejection that are no order, because somebody else is their subject: «je weigert dit» tells
//! us what we do, «weigeren wil je» what we want, «weigeren laat maar» takes it back, and «uw verzoek»
//! was written to a requester.

use super::clause::Sentence;
use super::verb::{is_in, is_reject_word};

/// Forms that no order and no «I» has.
const FINITE: &str = "weigert wijst keurt verwerpt";
const STEMS: &str = "weiger weigeren wijs wijzen keur keuren verwerp verwerpen";
const US: &str = "je jij u jullie";
const NOT_THE_WRITER: &str = "je jij u jullie ze zij men";
const MODALS: &str =
    "wil wilt willen kan kun kunt kunnen moet moeten mag mogen doe doet doen zal zult zullen";
const LETTING: &str = "laat laten let";
const DOING: &str = "rejecting declining refusing denying";
const REQUESTS: &str = "verzoek aanvraag request";

/// Whether any sentence has such words.
pub(super) fn is_in_any(sentences: &[Sentence]) -> bool {
    sentences.iter().any(|sentence| {
        let words: Vec<&str> = sentence.words().collect();
        lets_it_be(&words) || is_told(&words) || is_about_others(&words)
    })
}

/// «Weigeren laat maar», «reject let it go»: letting that stands behind the rejection.
fn lets_it_be(words: &[&str]) -> bool {
    let behind = words.iter().skip_while(|word| !is_reject_word(word));
    behind.skip(1).any(|word| is_in(LETTING, word))
}

/// «U weigert dit», «deze wijs je af», «you are rejecting this». «Ik wil dat u dit weigert» is an order.
fn is_told(words: &[&str]) -> bool {
    let is_wished = words.contains(&"dat");
    let finite = !is_wished && words.iter().any(|word| is_in(FINITE, word));
    let pairs = words.iter().zip(words.iter().skip(1));
    let asked = pairs
        .clone()
        .any(|(verb, subject)| is_in(STEMS, verb) && is_in(US, subject));
    let doing = pairs
        .clone()
        .any(|(are, doing)| is_in("are re", are) && is_in(DOING, doing));
    finite || asked || doing && words.contains(&"you")
}

/// «Weigeren willen ze», «your request is declined».
fn is_about_others(words: &[&str]) -> bool {
    words.windows(3).any(|three| match three {
        [rejection, modal, who] => {
            is_reject_word(rejection) && is_in(MODALS, modal) && is_in(NOT_THE_WRITER, who)
        }
        _ => false,
    }) || words.windows(2).any(|two| match two {
        [whose, what] => is_in("uw your", whose) && is_in(REQUESTS, what),
        _ => false,
    })
}
