//! The reason that nothing ties them to us: «wij kennen hem niet», «geen klant»,
//! «komt niet van ons». A clause of a tie and exactly one denial.

use super::clause::Word;
use super::reason::{DATES, DENIALS, FRAME, Reason, Stand};
use super::verb::is_in;

/// Ties between the company and whom it is about.
const TIES: &str = "ken kent kennen herken herkent herkennen bekend vertrouw vertrouwen
    vertrouwd betrouwbaar werkt werken werkzaam gewerkt samenwerken rijdt rijden gereden hoort
    horen behoort behoren klant klanten relatie relaties leverancier leveranciers medewerker
    medewerkers werknemer collega chauffeur bestuurder vervoerder koerier transporteur partner
    uitzendkracht stagiair contract overeenkomst samenwerking onderhouden samenwerkt zaken ons
    onze lijst systeem administratie bestand register dienst gehoord gezien toestemming bevoegd
    gemachtigd gerechtigd recht rechten toegestaan betalen aangevraagd gevraagd aangesloten
    verbonden know knows known recognise recognises recognize recognizes trust work works worked
    working drive drives driving belong belongs customer customers client clients relation
    relationship supplier suppliers vendor employee employees employed colleague driver carrier
    courier contractor partner temp intern opdracht overleg overlegd afgestemd besproken besteld
    ordered komt komen comes come afkomstig vandaan weten weet versturen verstuur verzenden
    verzend ship ships shipping betaal betaalt bestaat exist exists vinden gevonden find
    found plaatsen interesse behoefte interested interest thuis zoeken delen deel share sharing
    zzper freelancer accountant opdrachtgever afnemer contactpersoon vertegenwoordiger
    representative part member lid agent agency bureau dealer distributor
    distributeur subcontractor onderaannemer student oproepkracht bezorger friend kennis
    acquaintance gekocht bought geleverd supplied contact recognised recognized record records
    staff personnel authorise authorize medewerking verstrekt hoogte aware consent authorisation
    authorization instructed discussed consulted partners business cooperate cooperates
    collaborate deal dealings cooperation agreement us our ours list records system payroll heard
    seen met permission authorised authorized allowed right rights entitled affiliated associated
    familiar acquainted pay paying request requested ask asked";

/// Ties only where it is said of whom or what: «niet te vinden in ons systeem», «wij delen ons nummer
/// niet», but not «dat bestaat niet».
const WITH_WHOM: &str = "gezien seen vinden gevonden find found plaatsen bestaat exist exists thuis
    delen deel share sharing";
const WHOM_OR_WHAT: &str =
    "hem haar hen him her them persoon person naam name bedrijf company adres
    mailadres address systeem system lijst list administratie records account accountnummer nummer
    number ons our";

/// Ties only in front of the order or behind a «no», where what is denied is
/// the request and not the order.
const TIES_BEFORE: &str =
    "door doorgaan gaat ga gaan will wil willen mag mogen klopt bedoeling afspraak afgesproken akkoord
    eens goed goedkeuren keur keuren goedkeuring geef geven toestaan sprake maken doen doe
    ok oke okay juist want may allow approve accept agree agreed right correct do does nothing";

/// No ties behind a «no»: «I did not ask for this», «don't do that» are no rejections there.
const NOT_AFTER_NO: &str = "aangevraagd gevraagd request requested ask asked gezien seen do does
    doen doe gedaan interesse behoefte interested interest vinden gevonden find found delen deel
    share sharing bestaat exist exists thuis zoeken";

/// What is sent or paid for, beside words that say so.
const GOODS: &str = "zending zendingen pakket pakketten pakjes shipment shipments parcel parcels
    package packages kosten costs andermans anderen derden others";
const HANDLING: &str = "betalen betaal betaalt pay paying versturen verstuur verzenden verzend ship
    ships shipping";
const CARRIERS: &str = "ups dhl fedex postnl gls dpd tnt nummer number account service";

impl Reason<'_> {
    /// «Wij kennen hem niet», «geen klant», «no idea who this is».
    pub(super) fn denies_a_tie(&self) -> bool {
        let early = self.stand != Stand::After;
        let is_tie = |word: &str| {
            (is_in(TIES, word) || (early && is_in(TIES_BEFORE, word)))
                && !(self.stand == Stand::AfterNo && is_in(NOT_AFTER_NO, word))
        };
        let no_idea = (self.stand != Stand::AfterNo && self.asks_who())
            || (self.stand == Stand::Before && self.has("idee idea clue"));
        // «Daar heb ik niets mee te maken» says who does not decide.
        let no_business = self.has("maken") && self.has("mee") && !self.has("ik daar");
        let done_by_us = self.has("door by met with from van")
            && self.has(
                "requested ordered authorised authorized aangevraagd besteld overlegd besproken",
            );
        let sends = self.has(HANDLING);
        let used_no_more = self.has(CARRIERS)
            && self.has("gebruik gebruiken use using")
            && self.has("meer longer anymore service");
        let no_longer_with =
            self.has("company firm") && self.has("with at") && self.has("longer anymore");
        let means_nothing = self.has("naam name")
            || (self
                .pairs()
                .any(|(says, whom)| says == "zegt" && is_in("mij me ons", whom)));
        let understood = |(number, word): (usize, &Word)| {
            let text = word.text.as_str();
            is_in(FRAME, text)
                || is_in(DATES, text)
                || is_in(DENIALS, text)
                || is_tie(text)
                || (no_idea && is_in("idee idea clue weet wie who whos waar over what", text))
                || (sends && is_in(GOODS, text))
                || (no_business && is_in("maken niets niks", text))
                || (text == "kan" && self.has("vinden plaatsen"))
                || ((early || done_by_us) && is_in("was werd", text))
                || (is_in("anderen others", text) && self.follows(number, "voor for met with"))
                || (text == "aan" && self.has("medewerking"))
                || (used_no_more && text == "service")
                || (means_nothing && is_in("zegt means", text))
                || self.is_named(number, word)
        };
        let tied = no_idea
            || no_business
            || (self.has("naam name") && self.has("niemand nobody"))
            || used_no_more
            || no_longer_with
            || self.texts().any(is_tie)
            || self.has("zegt means");
        tied && self.words.iter().enumerate().all(understood) && !self.leaves_the_tie_open()
    }

    /// «Geen idee wie dit is», «I do not know who they are».
    fn asks_who(&self) -> bool {
        self.has("wie who whos") && self.has("idee idea clue weet know")
    }

    /// «I don't know» is doubt, «dat werkt niet» is trouble and «not for us»
    /// may be about the mail: these ties need to be tied to somebody.
    fn leaves_the_tie_open(&self) -> bool {
        const WHOM: &str = "him her them this that these those the who someone anyone anybody any";
        let known = |(number, (word, next)): (usize, (&str, &str))| {
            !is_in("know knows", word)
                || is_in(WHOM, next)
                || (next == "nothing" && self.has("about of"))
                || self.words.get(number + 1).is_some_and(|whom| whom.is_name)
        };
        let knows_whom = self.pairs().enumerate().all(known);
        let works = self.has("werkt werken work works worked working");
        let where_to = self.has("hier daar bij voor met mee samen ons here with for us our at");
        let thing_works = self.pairs().any(|(a, b)| {
            let thing = "dit dat het it this that";
            let works = "werkt works work does doesnt";
            (is_in(thing, a) && is_in(works, b)) || (is_in(works, a) && is_in(thing, b))
        });
        let for_us = self
            .pairs()
            .any(|(a, b)| is_in("voor for", a) && is_in("ons mij us me our", b))
            && !self
                .has("werkt werken gewerkt rijdt rijden work works worked working drive drives");
        let of_whom = self.has(WITH_WHOM) && !self.has(WHOM_OR_WHAT);
        let heard_what =
            self.stand == Stand::AfterNo && self.has("gehoord heard") && !self.has("van of");
        let comes_from =
            self.has("komt komen comes come afkomstig") && !self.has("ons onze us our hier here");
        let not_so_well = self
            .pairs()
            .any(|(not, so)| is_in("niet not", not) && is_in("zo so", so));
        let knows_what = self.has("weten weet") && !self.has("van wie who");
        let rightly = self
            .pairs()
            .any(|(a, b)| b == "right" && !is_in("no the any", a));
        let lists = "lijst systeem administratie bestand register list records system payroll";
        let list_itself = self.has(lists) && !self.has("op in on of from");
        let asked_them = self.has("gevraagd asked ask") && self.has("hem him haar her hen them");
        !knows_whom
            || (works && (!where_to || thing_works))
            || for_us
            || rightly
            || of_whom
            || heard_what
            || comes_from
            || knows_what
            || not_so_well
            || list_itself
            || asked_them
    }
}
