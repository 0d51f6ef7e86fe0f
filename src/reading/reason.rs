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
pub(super) const FRAME: &str = "deze dit dat die het de een er hij zij ze hem haar hen hun
    persoon mensen mevrouw mw meneer heer dhr dame man vrouw naam bedrijf bedrijven firma partij
    onderneming organisatie afzender verzender aanvrager gebruiker winkel webwinkel webshop shop
    aanvraag verzoek account accountnummer nummer toegang ik wij we hier daar bij in van met voor
    om te tot op binnen sinds per via door is zijn iets derden externen outsiders parties about
    somebody something wordt heeft hebben heb hebt mee samen gebruik gebruiken gebruikt doen gedaan staat
    staan gegeven gegaan zo genaamd hiervoor hiermee hiervan ermee mij al jaren jaar maanden lang
    meer ooit echt absoluut helemaal totaal ook gewoon eigen volgens do does did use uses using
    together give given gave named called mr mrs ms dr verlenen verleend verleen verstrekken grant
    granted this that these those the a an it he she they him her them his their there person
    people lady woman gentleman name company companies firm party organisation organization sender
    requester applicant requestor user store request application number access i me here with of
    at to by on in within from as for since is are has have been be any anymore more longer ever
    really absolutely at all also months years year someone somebody anyone iemand ie its thats
    hes shes theyre ive weve im s e email mail mailadres emailadres adres address addresses
    vestiging filiaal franchise afdeling team kantoor magazijn groep branch department office
    warehouse group ups dhl fedex postnl gls dpd tnt one ones some sorry helaas unfortunately
    inderdaad indeed wat betreft concerned far";

/// Since when.
pub(super) const DATES: &str =
    "januari februari maart april mei juni juli augustus september oktober november
    december january february march may june july august october geleden ago vorig vorige last jaar
    jaren maand maanden year years month months week enkele enige some a few";

pub(super) const DENIALS: &str = "zonder without wont niet geen nooit niets niks niemand not
    no never nothing nobody none dont doesnt didnt isnt arent havent hasnt cannot cant";

const SUBJECTS: &str = "ik wij we hij zij i he she they im hes shes theyre ive weve";

/// Whether the clause gives a reason to reject, every word of it understood.
pub(super) fn is_given(clause: &Clause, stand: Stand, names: &KnownNames) -> bool {
    let reason = Reason {
        words: &clause.words,
        stand,
        names,
    };
    let given = match reason.count(DENIALS) {
        0 => reason.accuses() || reason.keeps_accounts_apart() || reason.tells_what_went_before(),
        1 => reason.denies_a_tie(),
        _ => false,
    };
    given && !reason.is_about_the_writer() && !reason.quotes()
}

/// «(Since) last year», «(since) March 2024».
pub(super) fn is_date(clause: &Clause) -> bool {
    let is_figure = |word: &str| word.chars().all(char::is_numeric);
    clause
        .texts()
        .all(|word| is_in(DATES, word) || is_figure(word))
}

/// A clause that may be one.
pub(super) struct Reason<'a> {
    pub(super) words: &'a [Word],
    pub(super) stand: Stand,
    names: &'a KnownNames<'a>,
}

impl Reason<'_> {
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> + Clone {
        self.words.iter().map(|word| word.text.as_str())
    }

    pub(super) fn has(&self, list: &str) -> bool {
        self.texts().any(|word| is_in(list, word))
    }

    pub(super) fn count(&self, list: &str) -> usize {
        self.texts().filter(|word| is_in(list, word)).count()
    }

    /// Neighbours, the second empty at the end.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts().zip(self.texts().skip(1).chain([""]))
    }

    /// Whether a word of the list stands in front of the word.
    pub(super) fn follows(&self, number: usize, list: &str) -> bool {
        let before = number
            .checked_sub(1)
            .and_then(|before| self.words.get(before));
        before.is_some_and(|before| is_in(list, &before.text))
    }

    /// A name may be the one that nobody knows. The first word of a sentence
    /// has its capital in any case, so there it has to stand in the sent mail.
    pub(super) fn is_named(&self, number: usize, word: &Word) -> bool {
        let plain = !vocabulary::is_doubt(&word.text) && !vocabulary::is_local_doubt(&word.text);
        (word.is_name && plain) || (number == 0 && self.names.has(&word.text))
    }

    /// A name that does not stand in the sent mail.
    pub(super) fn is_somebody_else(&self, word: &Word) -> bool {
        let plain = !vocabulary::is_doubt(&word.text) && !vocabulary::is_local_doubt(&word.text);
        plain && !self.names.has(&word.text)
    }

    /// «Ik werk hier niet meer», «I'm not the administrator»: the wrong person answers.
    fn is_about_the_writer(&self) -> bool {
        const EXCEPT: &str =
            "paying betalen hoogte interested bekend familiar acquainted akkoord eens
    working met aware klaar zat beu";
        let is_own = self.pairs().any(|(who, verb)| {
            let copula = (is_in("ik wij we", who) && is_in("ben zijn", verb))
                || (is_in("ben zijn", who) && is_in("ik wij we", verb))
                || (who == "i" && verb == "am")
                || (who == "we" && verb == "are")
                || who == "im";
            copula && !self.has(EXCEPT)
        });
        let works = self.has("i ive") && self.has("work works worked working") && !self.has("with");
        // «We were not authorised», but «we have not authorised this».
        let empowered = self.has("ik wij we i")
            && !self.has("have heb hebben ive weve havent did didnt")
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
                && !(that == "of"
                    && (is_in("the this it", next) || self.has("heard aware one name")))
        });
        told || (self.count(SUBJECTS) > 1 && !self.has("wie who"))
    }
}
