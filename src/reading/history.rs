//! What went before an order and is no reason by itself: that they asked before,
//! and that somebody asked around. «Dit is al de derde keer», «I checked with my
//! colleagues».

use super::clause::Word;
use super::reason::{Reason, Stand};
use super::verb::is_in;

const TIMES: &str = "keer maal time times";
const COUNTED: &str = "tweede derde vierde vijfde zoveelste second third fourth fifth 2e 3e 4e 5e";
const ONCE_MORE: &str = "weer alweer again";
const WHO: &str = "die zij ze hij zij hen him her them they deze persoon mensen";
const AROUND_TIMES: &str = "dit is al de het nu voor this the for now already in";

const ASKED: &str = "nagevraagd gecheckt gecontroleerd nagekeken checked verified";
const ASKED_THEM: &str = "gevraagd gebeld asked";
const TALKED: &str = "overlegd besproken discussed decided against";
const AMONG_US: &str = "collegas colleagues team directie management administratie boekhouding
    iedereen everyone everybody overal rond around";
const AROUND_ASKED: &str =
    "ik wij we i ive weve heb hebben have net nog al ook even dit het this it
    bij met aan with hier here intern internally de het my our onze mijn the all";

impl Reason<'_> {
    /// Whether nobody can take it for a word in their favour.
    pub(super) fn tells_what_went_before(&self) -> bool {
        self.complains_of_another_time() || self.has_asked_around()
    }

    /// «Third time now», «weer die Nijman».
    fn complains_of_another_time(&self) -> bool {
        let counted = self.has(COUNTED) && self.has(TIMES);
        let first = self.texts().next().unwrap_or_default();
        let them = is_in(ONCE_MORE, first)
            && (self.has(WHO) || self.words.iter().any(|word| word.is_name));
        let known = |(number, word): (usize, &Word)| {
            [TIMES, COUNTED, ONCE_MORE, WHO, AROUND_TIMES]
                .iter()
                .any(|list| is_in(list, &word.text))
                || self.is_named(number, word)
        };
        (counted || them) && self.words.iter().enumerate().all(known)
    }

    /// «Nagevraagd bij de collega's». Who asked Carla herself heard her side.
    fn has_asked_around(&self) -> bool {
        // «My colleagues asked this» is theirs.
        let first = self.texts().next().unwrap_or_default();
        let by_me = is_in("ik wij we i ive weve asked heb hebben", first);
        let of_whom = (by_me && self.has(AMONG_US)) || self.has("met with bij around rond");
        let asked = self.has(ASKED)
            || (self.has(ASKED_THEM) && of_whom)
            || (self.stand == Stand::Before && self.has(TALKED));
        let known = |word: &Word| {
            [ASKED, ASKED_THEM, TALKED, AMONG_US, AROUND_ASKED]
                .iter()
                .any(|list| is_in(list, &word.text))
                || (word.is_name && self.is_somebody_else(word))
        };
        asked && self.words.iter().all(known)
    }
}
