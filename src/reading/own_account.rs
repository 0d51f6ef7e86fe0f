//! The reason that everybody has an account of their own: «dit nummer is alleen
//! voor intern gebruik», «they should use their own account».

use super::reason::{FRAME, Reason};
use super::verb::is_in;

const ONLY: &str = "alleen uitsluitend enkel exclusief only exclusively solely";
const OURSELVES: &str = "eigen own intern interne internal ons onze our us";
const FOR_WHOM: &str = "medewerkers personeel staff employees mensen people collegas colleagues
    zendingen verzendingen pakketten shipments parcels bedoeld bestemd meant mogen mag may can kan
    kunnen zelf strikt strictly";

/// Somebody from outside.
const THEM: &str = "hij zij ze hem haar hen he she they him her them their his hun die";

const OWNERS: &str = "haar zijn hun his her their een";
const TO_GET: &str = "own eigen zelf moet moeten kan kunnen should must can has to need needs
    aanvragen nemen regelen openen maken get open apply contract accounts tell them let laat";

impl Reason<'_> {
    /// Ours is for us, or theirs is for them.
    pub(super) fn keeps_accounts_apart(&self) -> bool {
        self.keeps_ours() || self.needs_it() || self.sends_them_to_theirs()
    }

    /// «Alleen eigen medewerkers mogen ons nummer gebruiken», but not «alleen Carla».
    fn keeps_ours(&self) -> bool {
        let known = |word: &str| {
            [ONLY, OURSELVES, FOR_WHOM, FRAME]
                .iter()
                .any(|list| is_in(list, word))
        };
        self.count(ONLY) == 1 && self.has(OURSELVES) && !self.has(THEM) && self.texts().all(known)
    }

    /// «Wij gebruiken dit account zelf».
    fn needs_it(&self) -> bool {
        let known = |word: &str| {
            is_in(
                "zelf ourselves myself need nodig verzenden versturen ship",
                word,
            ) || is_in(FRAME, word)
        };
        self.has("zelf ourselves myself")
            && self.has("ik wij we i")
            && self.has("gebruik gebruiken use nodig need verzenden versturen ship")
            && !self.has(THEM)
            && self.texts().all(known)
    }

    /// «Zij moet haar eigen nummer gebruiken», «laat ze zelf een account nemen».
    fn sends_them_to_theirs(&self) -> bool {
        let of_their_own = self.pairs().any(|(owner, own)| {
            (is_in(OWNERS, owner) && is_in("own eigen", own)) || (owner, own) == ("zelf", "een")
        });
        let known = |word: &str| is_in(TO_GET, word) || is_in(FRAME, word);
        of_their_own
            && self.has(THEM)
            && !self.has("ons onze our us ik wij we i")
            && self.texts().all(known)
    }
}
