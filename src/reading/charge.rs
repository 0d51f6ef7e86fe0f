//! The reason that something is wrong with them, or that they are gone: «onbekend
//! bij ons», «dit is fraude», «she left the company». A clause of a word that
//! speaks against them and no denial.

use super::clause::Word;
use super::reason::{DATES, FRAME, Reason, Stand};
use super::verb::is_in;

/// Whether a word speaks against them by itself.
pub(super) fn speaks_against(word: &str) -> bool {
    is_in(AGAINST, word)
}

/// Speaks against them by itself.
const AGAINST: &str = "onbekend onbekende vreemde fraude frauduleus spam scam phishing
    oplichting oplichter oplichters oplichterij nep misbruik misbruikt misbruiken verdacht dubieus
    onbetrouwbaar onbevoegd onbevoegde ongevraagd ongevraagde ongewenst ongewenste onterecht
    concurrent failliet opgezegd beeindigd gestopt verlopen vertrokken ontslagen weg weggegaan
    pensioen voormalig voormalige exmedewerker elders blokkeren blokkeer unknown unfamiliar
    stranger strangers fraud fraudulent scams scammer scammers fake bogus abuse abused abusing
    misuse misused misusing illegal illegaal hacker hackers gehackt hacked malafide bedrog
    diefstal gestolen stolen theft nepaccount fishy shady sketchy dodgy louche vaag suspicious
    dubious untrusted unauthorised unauthorized unsolicited unwanted competitor bankrupt ended
    terminated discontinued expired left gone fired dismissed resigned retired former formerly
    elsewhere block reserved gereserveerd";

/// Stands around such a word.
const AROUND_AGAINST: &str = "lijkt ziet eruit als ruikt naar riekt klinkt puur pure vermoeden
    verdenking probeert proberen smells sounds suspected suspicion trying tries try must moet
    suspect vermoed vermoedelijk duidelijk uit dienst volledig compleet nu tegenwoordig inmiddels
    werkt werken ons onze contract overeenkomst samenwerking relatie leverancier klant medewerker
    werknemer collega chauffeur partner reeds was ging zie looks seems like obviously clearly
    probably completely now was were works working us our contract agreement cooperation
    relationship supplier vendor customer client employee colleague driver partner already turn
    down can open returns retouren because end";

impl Reason<'_> {
    /// «Onbekend bij ons», «she left the company», «dit is fraude».
    pub(super) fn accuses(&self) -> bool {
        let closed = self.has("closed gesloten opgeheven einde")
            && self.has("account accountnummer nummer number contract");
        let wrong = self.stand != Stand::AfterNo
            && self.pairs().any(|(wrong, whom)| {
                is_in("verkeerd verkeerde wrong", wrong)
                    && is_in("bedrijf firma partij company firm party", whom)
            });
        let odd = self.has("vreemd vreemde raar rare strange weird odd")
            && self.has("verzoek aanvraag request bedrijf company persoon person naam name");
        let own = !self.has("ons onze us our")
            && self.pairs().any(|(owner, own)| {
                is_in("eigen own", own)
                    && (is_in("haar zijn hun his her their", owner)
                        || (owner == "een" && self.has("heeft hebben")))
            });
        let former = self.pairs().any(|(old, who)| {
            let staff =
                "medewerker werknemer collega chauffeur klant leverancier employee colleague
                customer supplier driver";
            is_in("oud ex", old) && is_in(staff, who)
        });
        let turned_down = self.has("turn") && self.has("down");
        let let_go = self.pairs().any(|pair| pair == ("let", "go")) && self.has("was were");
        let gone = self.pairs().any(|(a, b)| (a, b) == ("uit", "dienst"));
        let fed_up = self.stand == Stand::Before && self.has("klaar zat beu");
        let understood = |(number, word): (usize, &Word)| {
            let text = word.text.as_str();
            is_in(FRAME, text)
                || is_in(DATES, text)
                || is_in(AGAINST, text)
                || is_in(AROUND_AGAINST, text)
                || (own && text == "own")
                || (odd && is_in("vreemd raar rare strange weird odd", text))
                || (closed && is_in("closed gesloten opgeheven einde", text))
                || (wrong && is_in("verkeerd verkeerde wrong", text))
                || (former && is_in("oud ex", text))
                || (let_go && is_in("let go", text))
                || (fed_up && is_in("ben klaar zat beu", text))
                || (self.has("ergens somewhere") && is_in("ergens anders somewhere else", text))
                || (word.is_name && text.chars().all(char::is_numeric))
                || self.is_named(number, word)
        };
        let elsewhere = self
            .pairs()
            .any(|pair| pair == ("ergens", "anders") || pair == ("somewhere", "else"));
        let speaks = self.has(AGAINST)
            || own
            || turned_down
            || gone
            || fed_up
            || odd
            || closed
            || wrong
            || former
            || let_go
            || elsewhere;
        let given_away = self
            .pairs()
            .any(|(left, what)| left == "left" && is_in("this that it his her him me them", what));
        let reserved_for_them = self.has("reserved gereserveerd")
            && (self.has("hem haar him her them hen")
                || self.words.iter().any(|word| word.is_name));
        speaks && self.words.iter().enumerate().all(understood) && !given_away && !reserved_for_them
    }
}
