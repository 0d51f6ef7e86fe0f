//! The reason that an administrator gives for rejecting: nobody here knows
//! them, they do not work here, it is a fraud.
//!
//! A reason says that there is *no* tie to whom it is about, so a clause needs
//! a tie and exactly one denial («wij kennen hem niet»), or a word that speaks
//! against them and no denial («onbekend bij ons»). The same words without the
//! denial, «wij kennen hem», take a rejection back.

use super::clause::{Clause, Word};
use super::known_names::KnownNames;
use super::verb::is_in;
use super::vocabulary;

/// Whether a word speaks against them by itself.
pub(super) fn speaks_against(word: &str) -> bool {
    is_in(AGAINST, word)
}

/// Where a clause stands, seen from the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// In front of it: what is denied here is the request.
    Before,
    /// Behind it: what is denied here may be the order itself.
    After,
    /// Behind a «no» that stands for the order.
    AfterNo,
}

/// Who or what a reason is about, and the words that hold it together.
const FRAME: &str =
    "deze dit dat die het de een er hij zij ze hem haar hen hun persoon mensen mevrouw mw meneer
    heer dhr dame man vrouw naam bedrijf bedrijven firma partij onderneming organisatie afzender
    verzender aanvrager gebruiker winkel webwinkel webshop shop aanvraag verzoek account
    accountnummer nummer toegang ik wij we hier daar bij in van met voor om te tot op binnen sinds
    per door is zijn wordt heeft hebben heb hebt mee samen gebruik gebruiken gebruikt doen staat staan gegeven gegaan zo genaamd hiervoor hiermee hiervan ermee mij al
    jaren jaar maanden lang meer ooit echt absoluut helemaal totaal ook gewoon eigen volgens
    do does did use uses using together give given gave named called mr mrs ms dr
    this that these those the a an it he she they him her them his their there person people lady
    woman gentleman name company companies firm party organisation organization sender requester
    user store request application number access i me here with of at to by on in within from as for
    since is are has have been be any anymore more longer ever really absolutely at all also
    months years year someone somebody anyone iemand ie its thats hes shes theyre ive weve im s
    e email mail mailadres emailadres adres address addresses vestiging filiaal franchise afdeling team kantoor magazijn groep branch department office
    warehouse group ups dhl fedex postnl gls dpd tnt
    one ones some sorry helaas unfortunately inderdaad
    indeed wat betreft concerned far";

/// Since when.
const DATES: &str = "januari februari maart april mei juni juli augustus september oktober november
    december january february march may june july august october geleden ago vorig vorige last jaar
    jaren maand maanden year years month months week enkele enige some a few";

/// Ties between the company and whom it is about.
const TIES: &str =
    "ken kent kennen herken herkent herkennen bekend vertrouw vertrouwen vertrouwd betrouwbaar werkt werken werkzaam
    gewerkt samenwerken rijdt rijden gereden hoort horen behoort behoren klant klanten relatie
    relaties leverancier leveranciers medewerker medewerkers werknemer collega chauffeur bestuurder
    vervoerder koerier transporteur partner uitzendkracht stagiair contract overeenkomst
    samenwerking onderhouden samenwerkt zaken ons onze lijst systeem administratie bestand register dienst gehoord gezien
    toestemming bevoegd gemachtigd gerechtigd recht rechten toegestaan betalen aangevraagd gevraagd
    aangesloten verbonden
    know knows known recognise recognises recognize recognizes trust work works worked working drive
    drives driving belong belongs customer customers client clients relation relationship supplier
    suppliers vendor employee employees employed colleague driver carrier courier contractor partner
    temp intern business cooperate cooperates collaborate deal dealings cooperation agreement us our ours list records system payroll heard seen met
    permission authorised authorized allowed right rights entitled affiliated associated familiar
    acquainted pay paying request requested ask asked";

/// Ties only in front of the order or behind a «no», where what is denied is
/// the request and not the order.
const TIES_BEFORE: &str =
    "door doorgaan gaat ga gaan will wil willen mag mogen klopt bedoeling afspraak afgesproken akkoord
    eens goed goedkeuren keur keuren goedkeuring geef geven toestaan sprake maken doen doe
    want may allow approve accept agree agreed right correct do does nothing";

/// The same behind a «no»: «I did not ask for this» is no rejection there.
const NOT_AFTER_NO: &str = "aangevraagd gevraagd request requested ask asked";

/// Speaks against them by itself.
const AGAINST: &str =
    "onbekend onbekende vreemde fraude frauduleus spam scam phishing oplichting oplichter
    oplichters oplichterij nep misbruik verdacht dubieus onbetrouwbaar onbevoegd onbevoegde
    ongevraagd ongevraagde ongewenst ongewenste onterecht concurrent failliet opgezegd beeindigd
    gestopt verlopen vertrokken ontslagen weg weggegaan pensioen voormalig voormalige exmedewerker
    elders blokkeren blokkeer
    unknown unfamiliar stranger strangers fraud fraudulent scams scammer scammers fake bogus abuse
    suspicious dubious untrusted unauthorised unauthorized unsolicited unwanted competitor bankrupt
    ended terminated discontinued expired left gone fired dismissed resigned retired former formerly
    elsewhere block reserved gereserveerd";

/// Stands around such a word.
const AROUND_AGAINST: &str =
    "lijkt vermoedelijk duidelijk uit dienst volledig compleet nu tegenwoordig inmiddels werkt
    werken ons onze contract overeenkomst samenwerking relatie leverancier klant medewerker
    werknemer collega chauffeur partner reeds was ging zie
    looks seems like obviously clearly probably completely now was were works working us our contract
    agreement cooperation relationship supplier vendor customer client employee colleague driver
    partner already turn down can open returns retouren because end";

const DENIALS: &str =
    "niet geen nooit niets niks niemand not no never nothing nobody none dont doesnt didnt isnt
    arent havent hasnt cannot cant";

const SUBJECTS: &str = "ik wij we hij zij i he she they im hes shes theyre ive weve";

/// Whether the clause gives a reason to reject, every word of it understood.
pub(super) fn is_given(clause: &Clause, stand: Stand, names: &KnownNames) -> bool {
    let reason = Reason {
        words: &clause.words,
        stand,
        names,
    };
    !reason.is_about_the_writer() && !reason.quotes() && (reason.denies_a_tie() || reason.accuses())
}

/// «(Since) last year», «(since) March 2024».
pub(super) fn is_date(clause: &Clause) -> bool {
    let is_figure = |word: &str| word.chars().all(char::is_numeric);
    clause
        .texts()
        .all(|word| is_in(DATES, word) || is_figure(word))
}

struct Reason<'a> {
    words: &'a [Word],
    stand: Stand,
    names: &'a KnownNames<'a>,
}

impl Reason<'_> {
    fn texts(&self) -> impl Iterator<Item = &str> + Clone {
        self.words.iter().map(|word| word.text.as_str())
    }

    fn has(&self, list: &str) -> bool {
        self.texts().any(|word| is_in(list, word))
    }

    fn count(&self, list: &str) -> usize {
        self.texts().filter(|word| is_in(list, word)).count()
    }

    /// Neighbours, the second empty at the end.
    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts().zip(self.texts().skip(1).chain([""]))
    }

    /// «Wij kennen hem niet», «geen klant», «no idea who this is».
    fn denies_a_tie(&self) -> bool {
        let early = self.stand != Stand::After;
        let is_tie = |word: &str| {
            (is_in(TIES, word) && !(self.stand == Stand::AfterNo && is_in(NOT_AFTER_NO, word)))
                || (early && is_in(TIES_BEFORE, word))
        };
        let no_idea = self.stand != Stand::AfterNo && self.asks_who();
        let understood = |(number, word): (usize, &Word)| {
            let text = word.text.as_str();
            is_in(FRAME, text)
                || is_in(DATES, text)
                || is_in(DENIALS, text)
                || is_tie(text)
                || (no_idea && is_in("idee idea weet wie who whos", text))
                || (early && is_in("was werd", text))
                || (text == "zegt" && self.has("naam"))
                || (text == "means" && self.has("name"))
                || self.is_named(number, word)
        };
        let tied = no_idea || self.texts().any(is_tie) || self.has("zegt means");
        self.count(DENIALS) == 1
            && tied
            && self.words.iter().enumerate().all(understood)
            && !self.leaves_the_tie_open()
    }

    /// «Onbekend bij ons», «she left the company», «dit is fraude».
    fn accuses(&self) -> bool {
        let own = self.pairs().any(|(owner, own)| {
            is_in("eigen own", own)
                && (is_in("haar zijn hun his her their", owner)
                    || (owner == "een" && self.has("heeft hebben")))
        });
        let turned_down = self.has("turn") && self.has("down");
        let gone = self.pairs().any(|(a, b)| (a, b) == ("uit", "dienst"));
        let fed_up = self.stand == Stand::Before && self.has("klaar zat beu");
        let understood = |(number, word): (usize, &Word)| {
            let text = word.text.as_str();
            is_in(FRAME, text)
                || is_in(DATES, text)
                || is_in(AGAINST, text)
                || is_in(AROUND_AGAINST, text)
                || (own && text == "own")
                || (fed_up && is_in("ben klaar zat beu", text))
                || (self.has("ergens somewhere") && is_in("ergens anders somewhere else", text))
                || (word.is_name && text.chars().all(char::is_numeric))
                || self.is_named(number, word)
        };
        let elsewhere = self
            .pairs()
            .any(|pair| pair == ("ergens", "anders") || pair == ("somewhere", "else"));
        let speaks = self.has(AGAINST) || own || turned_down || gone || fed_up || elsewhere;
        let given_away = self
            .pairs()
            .any(|(left, what)| left == "left" && is_in("this that it his her him me them", what));
        let reserved_for_them = self.has("reserved gereserveerd")
            && (self.has("hem haar him her them hen")
                || self.words.iter().any(|word| word.is_name));
        speaks
            && self.count(DENIALS) == 0
            && self.words.iter().enumerate().all(understood)
            && !given_away
            && !reserved_for_them
    }

    /// A name may be the one that nobody knows. The first word of a sentence
    /// has its capital in any case, so there it has to stand in the sent mail.
    fn is_named(&self, number: usize, word: &Word) -> bool {
        let plain = !vocabulary::is_doubt(&word.text) && !vocabulary::is_local_doubt(&word.text);
        (word.is_name && plain) || (number == 0 && self.names.has(&word.text))
    }

    /// «Geen idee wie dit is», «I do not know who they are».
    fn asks_who(&self) -> bool {
        self.has("wie who whos") && self.has("idee idea weet know")
    }

    /// «I don't know» is doubt, «dat werkt niet» is trouble and «not for us»
    /// may be about the mail: these ties need to be tied to somebody.
    fn leaves_the_tie_open(&self) -> bool {
        const WHOM: &str = "him her them this that these those the who someone anyone anybody any";
        let known = |(number, (word, next)): (usize, (&str, &str))| {
            !is_in("know knows", word)
                || is_in(WHOM, next)
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
            || list_itself
            || asked_them
    }

    /// «Ik werk hier niet meer», «I'm not the administrator»: the wrong person answers.
    fn is_about_the_writer(&self) -> bool {
        const EXCEPT: &str =
            "bekend familiar acquainted akkoord eens working met aware klaar zat beu";
        let is_own = self.pairs().any(|(who, verb)| {
            let copula = (is_in("ik wij we", who) && is_in("ben zijn", verb))
                || (is_in("ben zijn", who) && is_in("ik wij we", verb))
                || (who == "i" && verb == "am")
                || (who == "we" && verb == "are")
                || who == "im";
            copula && !self.has(EXCEPT)
        });
        let works = self.has("i ive") && self.has("work works worked working") && !self.has("with");
        let empowered = self.has("ik wij we i")
            && self.has("bevoegd gemachtigd gerechtigd authorised authorized allowed entitled");
        is_own || works || empowered
    }

    /// «I did not know that he is ours»: the denial is about the writer's
    /// knowledge, and what is known stands behind it.
    fn quotes(&self) -> bool {
        const BEGINS: &str =
            "hij zij ze ik wij we he she they i it the de het er dit deze this there
            hes shes theyre its";
        let told = self.pairs().enumerate().any(|(number, (that, next))| {
            is_in("dat that of if", that)
                && number > 0
                && (is_in(BEGINS, next)
                    || self.words.get(number + 1).is_some_and(|word| word.is_name))
                && !(that == "of" && is_in("the this it", next))
        });
        told || (self.count(SUBJECTS) > 1 && !self.has("wie who"))
    }
}
