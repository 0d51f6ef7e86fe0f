//! The words of both languages by what they do in an answer. All of them are
//! folded as [`super::clause::fold`] does: lower case, no accents, no apostrophes.

/// What a word may be by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// An order or wish: weigeren, afwijzen, reject.
    Reject,
    /// A state or the order in short: geweigerd, afgewezen, rejected.
    Rejected,
    /// Told of another person or of the past: weigerde, rejects, weigering.
    RejectTold,
    /// An order, wish or state of approval.
    Approve,
}

pub(super) fn verb(word: &str) -> Option<Verb> {
    match word {
        "weiger" | "weigeren" | "afwijzen" | "afwijs" | "afkeuren" | "afkeur" | "reject"
        | "rejecting" | "decline" | "declining" | "deny" | "denying" | "refuse" | "refusing" => {
            Some(Verb::Reject)
        }
        "geweigerd" | "afgewezen" | "afgekeurd" | "rejected" | "declined" | "denied"
        | "refused" => Some(Verb::Rejected),
        "weigert" | "weigerde" | "weigerden" | "weigering" | "weigeringen" | "geweigerde"
        | "afwijst" | "afwees" | "afwezen" | "afwijzing" | "afwijzingen" | "afkeurt"
        | "afkeurde" | "afkeuring" | "afgekeurde" | "rejects" | "rejection" | "rejections"
        | "declines" | "denies" | "denial" | "refuses" | "refusal" => Some(Verb::RejectTold),
        "goedkeuren" | "goedgekeurd" | "goedkeuring" | "goedkeur" | "goedkeurt" | "akkoord"
        | "accoord" | "akoord" | "accorderen" | "geaccordeerd" | "accepteren" | "accepteer"
        | "accepteert" | "geaccepteerd" | "toestaan" | "toegestaan" | "toestemming"
        | "toelaten" | "toegelaten" | "approve" | "approved" | "approves" | "approving"
        | "approval" | "accept" | "accepted" | "accepting" | "allow" | "allowed" | "grant"
        | "granted" | "permit" | "permitted" | "permission" | "authorize" | "authorise"
        | "authorized" | "authorised" | "autoriseren" | "geautoriseerd" | "machtigen" => {
            Some(Verb::Approve)
        }
        _ => None,
    }
}

/// A slip of the finger in a word of rejection.
pub(super) fn is_nearly_reject(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "weiger",
        "weigeren",
        "geweigerd",
        "afwijzen",
        "afgewezen",
        "afkeuren",
        "afgekeurd",
        "reject",
        "rejected",
        "decline",
        "declined",
    ];
    const OTHER_WORDS: &[&str] = &[
        "afwijken",
        "afgeweken",
        "eject",
        "ejected",
        "recline",
        "reclined",
        "weigerde",
        "afkeurend",
        "afwijzend",
        "neiger",
        "steiger",
    ];
    word.len() >= 5
        && !OTHER_WORDS.contains(&word)
        && verb(word).is_none()
        && WORDS.iter().any(|known| one_slip_apart(word, known))
}

/// One letter missing, added, wrong, or two swapped.
fn one_slip_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let (Some(a), Some(b)) = (middle(&a, head, tail), middle(&b, head, tail)) else {
        // The equal ends overlap: one is the other with a letter doubled or dropped.
        return true;
    };
    match (a, b) {
        (a, b) if a.len() + b.len() <= 2 && a.len() <= 1 && b.len() <= 1 => true,
        ([x, y], [v, w]) => x == w && y == v,
        _ => false,
    }
}

fn middle(word: &[char], head: usize, tail: usize) -> Option<&[char]> {
    word.get(head..word.len().checked_sub(tail)?)
}

/// Denies what stands in the same clause.
pub(super) fn is_negation(word: &str) -> bool {
    matches!(
        word,
        "niet"
            | "nooit"
            | "geen"
            | "niks"
            | "niets"
            | "niemand"
            | "nimmer"
            | "zonder"
            | "hoeft"
            | "hoef"
            | "hoeven"
            | "not"
            | "never"
            | "without"
            | "nothing"
            | "none"
            | "neither"
            | "nor"
            | "cannot"
            | "cant"
            | "dont"
            | "doesnt"
            | "didnt"
            | "wont"
            | "wouldnt"
            | "shouldnt"
            | "couldnt"
            | "isnt"
            | "arent"
            | "wasnt"
            | "hasnt"
            | "havent"
            | "hadnt"
            | "unable"
            | "nobody"
            | "nog"
            | "stop"
            | "nicht"
            | "kein"
            | "nt"
            | "neithr"
            | "onterecht"
            | "noch"
            | "nergens"
            | "refrain"
    )
}

/// Takes the certainty out of a whole sentence: a condition, a choice, a
/// thought, words of others.
pub(super) fn is_doubt(word: &str) -> bool {
    is_condition(word) || is_uncertain(word) || is_speech(word)
}

/// Takes the certainty out of what stands in the same clause: other people,
/// other requests, other times.
pub(super) fn is_local_doubt(word: &str) -> bool {
    is_other_time(word) || is_report(word) || is_question_word(word)
}

pub(super) fn is_question_word(word: &str) -> bool {
    matches!(
        word,
        "waarom"
            | "hoe"
            | "wat"
            | "wie"
            | "why"
            | "how"
            | "what"
            | "who"
            | "waarvoor"
            | "welke"
            | "which"
            | "against"
            | "tegen"
            | "rather"
            | "afvraag"
            | "vraag"
            | "wonder"
            | "wondering"
    )
}

fn is_speech(word: &str) -> bool {
    matches!(
        word,
        "zei"
            | "zegt"
            | "zeiden"
            | "said"
            | "says"
            | "vraagt"
            | "vroeg"
            | "asked"
            | "asks"
            | "told"
            | "volgens"
            | "according"
            | "hoorde"
            | "heard"
            | "vindt"
            | "woord"
            | "optie"
            | "option"
            | "betekent"
            | "means"
            | "mean"
            | "meant"
            | "bedoel"
            | "bedoelde"
            | "uitleg"
            | "uitleggen"
            | "explain"
            | "advies"
            | "advice"
    )
}

fn is_condition(word: &str) -> bool {
    matches!(
        word,
        "als"
            | "indien"
            | "tenzij"
            | "mits"
            | "zodra"
            | "wanneer"
            | "totdat"
            | "tot"
            | "anders"
            | "behalve"
            | "uitgezonderd"
            | "alleen"
            | "slechts"
            | "voordat"
            | "alvorens"
            | "eerst"
            | "nadat"
            | "terwijl"
            | "if"
            | "unless"
            | "when"
            | "once"
            | "until"
            | "till"
            | "otherwise"
            | "except"
            | "only"
            | "before"
            | "provided"
            | "assuming"
            | "whether"
            | "while"
            | "first"
            | "in case"
            | "afhankelijk"
            | "depending"
            | "depends"
            | "or"
            | "gedeeltelijk"
            | "partly"
            | "partially"
            | "deels"
    )
}

fn is_uncertain(word: &str) -> bool {
    matches!(
        word,
        "misschien"
            | "wellicht"
            | "mogelijk"
            | "waarschijnlijk"
            | "eventueel"
            | "denk"
            | "dacht"
            | "twijfel"
            | "twijfels"
            | "overweeg"
            | "overwegen"
            | "zou"
            | "zouden"
            | "lijkt"
            | "geloof"
            | "neig"
            | "neiging"
            | "geneigd"
            | "maybe"
            | "perhaps"
            | "possibly"
            | "probably"
            | "think"
            | "thought"
            | "guess"
            | "doubt"
            | "considering"
            | "consider"
            | "unsure"
            | "would"
            | "might"
            | "could"
            | "suppose"
            | "tend"
            | "tempted"
            | "seems"
            | "instead"
            | "avoid"
            | "voorkomen"
            | "voorkom"
            | "vermijd"
            | "vermijden"
            | "twijfelachtig"
            | "besluiteloos"
    )
}

fn is_other_time(word: &str) -> bool {
    matches!(
        word,
        "vorige"
            | "vorig"
            | "vorigen"
            | "eerdere"
            | "eerder"
            | "gisteren"
            | "eergisteren"
            | "reeds"
            | "al"
            | "opnieuw"
            | "weer"
            | "previous"
            | "previously"
            | "earlier"
            | "yesterday"
            | "already"
            | "again"
            | "last"
            | "andere"
            | "ander"
            | "other"
            | "others"
            | "another"
            | "beide"
            | "both"
            | "allebei"
            | "tweede"
            | "second"
            | "had"
            | "hadden"
            | "was"
            | "waren"
            | "were"
            | "werd"
            | "werden"
            | "later"
            | "morgen"
            | "overmorgen"
            | "tomorrow"
            | "straks"
            | "soon"
            | "binnenkort"
            | "voorlopig"
            | "volgende"
            | "next"
            | "accident"
            | "accidentally"
            | "accidental"
            | "ongeluk"
            | "abusievelijk"
            | "vergissing"
            | "mistake"
            | "mistakenly"
            | "per ongeluk"
            | "wacht"
            | "wachten"
            | "wait"
            | "hold"
            | "been"
            | "geweest"
            | "wilde"
            | "wilden"
            | "wou"
            | "wanted"
            | "tried"
            | "probeer"
            | "probeerde"
            | "trying"
            | "forgot"
            | "vergeten"
            | "almost"
            | "bijna"
            | "earliest"
            | "normaal"
            | "normally"
            | "usually"
            | "meestal"
            | "vroeger"
    )
}

fn is_report(word: &str) -> bool {
    matches!(
        word,
        "collega"
            | "colleague"
            | "hij"
            | "he"
            | "she"
            | "they"
            | "jij"
            | "jullie"
            | "word"
            | "zeggen"
            | "drukken"
            | "druk"
            | "gedrukt"
            | "drukte"
            | "klik"
            | "klikken"
            | "klikte"
            | "geklikt"
            | "press"
            | "pressed"
            | "pressing"
            | "click"
            | "clicked"
            | "clicking"
            | "tik"
            | "reason"
            | "reden"
            | "gevolg"
            | "gevolgen"
            | "consequence"
            | "consequences"
            | "antwoord"
            | "reply"
            | "replying"
    )
}

/// Something else that can be refused as well.
pub(super) fn is_other_thing(word: &str) -> bool {
    matches!(
        word,
        "factuur"
            | "facturen"
            | "invoice"
            | "invoices"
            | "pakket"
            | "pakketten"
            | "pakje"
            | "parcel"
            | "parcels"
            | "package"
            | "packages"
            | "zending"
            | "zendingen"
            | "shipment"
            | "shipments"
            | "levering"
            | "leveringen"
            | "delivery"
            | "deliveries"
            | "betaling"
            | "betalingen"
            | "betalen"
            | "payment"
            | "payments"
            | "pay"
            | "offerte"
            | "offertes"
            | "quote"
            | "quotation"
            | "uitnodiging"
            | "invitation"
            | "invite"
            | "meeting"
            | "vergadering"
            | "afspraak"
            | "appointment"
            | "order"
            | "orders"
            | "bestelling"
            | "bestellingen"
            | "creditcard"
            | "card"
            | "kaart"
            | "lading"
            | "cargo"
            | "goods"
            | "goederen"
            | "claim"
            | "krediet"
            | "credit"
            | "offer"
            | "aanbod"
            | "voorstel"
            | "proposal"
            | "cookies"
            | "responsibility"
            | "liability"
            | "verantwoordelijkheid"
    )
}

/// Trouble with the mail or the portal: then «access denied» is what somebody saw.
pub(super) fn is_trouble(word: &str) -> bool {
    matches!(
        word,
        "inloggen"
            | "inlog"
            | "ingelogd"
            | "aanmelden"
            | "login"
            | "logging"
            | "signin"
            | "wachtwoord"
            | "password"
            | "foutmelding"
            | "melding"
            | "error"
            | "pagina"
            | "page"
            | "website"
            | "site"
            | "portaal"
            | "portal"
            | "knop"
            | "button"
            | "link"
            | "scherm"
            | "screen"
            | "mydhl"
    )
}

/// Takes back what was said, wherever it stands. Between spaces, as phrases.
pub(super) const RETRACTIONS: &[&str] = &[
    " toch niet ",
    " toch maar niet ",
    " toch wel ",
    " of nee ",
    " wacht even ",
    " wacht ",
    " wait ",
    " actually no ",
    " actually dont ",
    " scratch that ",
    " never mind ",
    " nevermind ",
    " laat maar ",
    " on second thought",
    " bij nader inzien ",
    " ignore ",
    " disregard ",
    " negeer ",
    " negeren ",
    " oeps ",
    " oops ",
    " vergissing ",
    " by mistake ",
    " by accident ",
    " per ongeluk ",
    " abusievelijk ",
    " intrekken ",
    " ingetrokken ",
    " withdraw ",
    " ongedaan ",
    " undo ",
    " terugdraaien ",
    " revert ",
    " changed my mind ",
    " foutje ",
    " testbericht ",
    " geintje ",
    " grapje ",
    " just kidding ",
    " of niet ",
    " or not ",
    " or maybe ",
    " of misschien ",
];

/// A sentence or last clause that is only this throws doubt on what stands before it.
pub(super) fn is_afterthought(spoken: &str) -> bool {
    matches!(
        spoken.trim(),
        "niet"
            | "niet doen"
            | "nee"
            | "neen"
            | "no"
            | "not"
            | "dont"
            | "do not"
            | "nooit"
            | "never"
            | "denk ik"
            | "dacht ik"
            | "i think"
            | "misschien"
            | "maybe"
            | "perhaps"
            | "wellicht"
            | "toch"
            | "right"
            | "correct"
            | "of wel"
            | "ok"
            | "oke"
            | "goed"
            | "akkoord"
            | "agreed"
            | "klopt dat"
            | "zeg ik toch"
            | "i guess"
            | "of zo"
            | "geloof ik"
            | "i suppose"
            | "i believe"
    )
}

/// Approval in more than one word, between spaces.
pub(super) const APPROVAL_PHRASES: &[&str] = &[
    " go ahead ",
    " is goed ",
    " mag wel ",
    " mag doorgaan ",
    " mag door ",
    " is fine ",
    " thats fine ",
    " is ok ",
    " is oke ",
    " is okay ",
    " vind het goed ",
    " geen bezwaar ",
    " geen probleem ",
    " no objection ",
    " no objections ",
    " no problem ",
    " mag het ",
    " mag dat wel ",
    " mag dit wel ",
    " go for it ",
    " wat mij betreft wel ",
    " fine with me ",
    " fine by me ",
];

/// A denied approval that says no more and no less than a rejection.
pub(super) fn is_plain_disapproval(spoken: &str) -> bool {
    matches!(
        spoken.trim(),
        "niet akkoord"
            | "geen akkoord"
            | "niet goedkeuren"
            | "niet goedgekeurd"
            | "geen goedkeuring"
            | "geen toestemming"
            | "niet toestaan"
            | "niet toegestaan"
            | "niet accepteren"
            | "niet geaccepteerd"
            | "ik ga niet akkoord"
            | "wij gaan niet akkoord"
            | "ik ben niet akkoord"
            | "ik geef geen toestemming"
            | "ik geef geen akkoord"
            | "niet akkoord hiermee"
            | "hier niet mee akkoord"
            | "not approved"
            | "do not approve"
            | "dont approve"
            | "not accepted"
            | "no approval"
            | "no permission"
            | "not authorized"
            | "not authorised"
            | "not allowed"
            | "do not allow"
            | "dont allow"
            | "i do not approve"
            | "i dont approve"
            | "we do not approve"
            | "we dont approve"
    )
}

/// Refusal or approval in words that mean other things too: worth an answer,
/// never worth an act.
pub(super) fn is_hint(word: &str) -> bool {
    matches!(
        word,
        "blokkeer"
            | "blokkeren"
            | "geblokkeerd"
            | "block"
            | "blocked"
            | "verbied"
            | "verbieden"
            | "ablehnen"
            | "abgelehnt"
            | "ablehnung"
            | "refuser"
            | "refuse"
            | "verwerpen"
            | "verworpen"
            | "ontzeg"
            | "ontzeggen"
            | "disapprove"
            | "disapproved"
            | "disallow"
            | "nein"
            | "nope"
            | "neen"
            | "nee"
            | "genehmigen"
            | "genehmigt"
            | "approuver"
            | "approuve"
            | "dislike"
    )
}

pub(super) fn is_no(word: &str) -> bool {
    matches!(word, "nee" | "neen" | "nein" | "no" | "nope" | "noo")
}

pub(super) fn is_yes(word: &str) -> bool {
    matches!(
        word,
        "ja" | "jaa"
            | "jawel"
            | "jazeker"
            | "jep"
            | "yes"
            | "yep"
            | "yeah"
            | "yup"
            | "ok"
            | "oke"
            | "okay"
            | "okee"
            | "prima"
            | "sure"
            | "fine"
            | "goed"
            | "agreed"
            | "agree"
            | "eens"
            | "top"
    )
}

/// After «ja» or «ok»: it will be looked at, which is no approval.
pub(super) fn is_put_off(word: &str) -> bool {
    is_other_time(word)
        || matches!(
            word,
            "kijk"
                | "kijken"
                | "look"
                | "check"
                | "checken"
                | "overleg"
                | "terug"
                | "back"
                | "uitzoeken"
                | "zoek"
                | "know"
                | "weet"
                | "bel"
                | "bellen"
                | "call"
                | "ontvangen"
                | "received"
                | "informatie"
                | "info"
                | "bericht"
                | "message"
                | "mail"
        )
}

/// Why «nee» may be meant as something else than «reject».
pub(super) fn is_open_no(word: &str) -> bool {
    is_doubt(word)
        || is_local_doubt(word)
        || is_put_off(word)
        || matches!(
            word,
            "idee"
                | "idea"
                | "clue"
                | "zeker"
                | "sure"
                | "bezwaar"
                | "objection"
                | "objections"
                | "probleem"
                | "problem"
                | "problems"
                | "worries"
                | "maar"
                | "but"
                | "even"
                | "mag"
                | "goed"
                | "fine"
                | "ok"
                | "oke"
                | "prima"
                | "hoor"
                | "tijd"
                | "time"
                | "rush"
                | "haast"
                | "comment"
                | "need"
                | "nodig"
                | "ask"
                | "vragen"
                | "vraag"
                | "question"
                | "questions"
                | "yet"
                | "wel"
                | "kan"
                | "can"
                | "klaar"
                | "collega"
                | "medewerker"
                | "employee"
                | "longer"
        )
}

/// A reason for «nee» that leaves no doubt, between spaces.
pub(super) const REASONS_FOR_NO: &[&str] = &[
    " onbekend ",
    " unknown ",
    " ken ik niet ",
    " kennen wij niet ",
    " kennen we niet ",
    " niet bekend ",
    " dont know ",
    " do not know ",
    " klopt niet ",
    " hoort niet ",
    " staat niet op ",
    " niet van ons ",
    " niet bij ons ",
    " werkt hier niet ",
    " not ours ",
    " not one of ours ",
    " not known ",
    " not on our list ",
    " not our ",
    " does not work ",
    " doesnt work here ",
    " dit mag niet ",
    " mag niet ",
    " dat mag niet ",
    " willen wij niet ",
    " willen we niet ",
    " wil ik niet ",
    " absoluut niet ",
    " zeker niet ",
    " absolutely not ",
    " certainly not ",
    " definitely not ",
    " geen klant ",
    " geen relatie ",
    " niet de bedoeling ",
    " niet doen ",
    " dont allow ",
    " do not allow ",
    " not allowed ",
    " bedankt ",
    " dank ",
    " dank je ",
    " dank u ",
    " thanks ",
    " thank you ",
    " graag niet ",
    " please ",
    " dankje ",
    " dankjewel ",
    " way ",
    " never heard ",
    " nooit van gehoord ",
    " liever niet ",
    " geen toestemming ",
    " niet akkoord ",
    " niet herkend ",
    " dont recognise ",
    " dont recognize ",
];

/// Words an answer about the request is made of, which change nothing.
pub(super) fn is_neutral(word: &str) -> bool {
    is_about_request(word)
        || is_yes(word)
        || is_no(word)
        || matches!(
            word,
            "ik" | "wij"
                | "we"
                | "wil"
                | "willen"
                | "wens"
                | "wensen"
                | "zal"
                | "zullen"
                | "moet"
                | "moeten"
                | "mag"
                | "mogen"
                | "kan"
                | "kunnen"
                | "kunt"
                | "kun"
                | "laten"
                | "laat"
                | "ga"
                | "gaan"
                | "doe"
                | "doen"
                | "worden"
                | "wordt"
                | "word"
                | "is"
                | "zijn"
                | "ben"
                | "kies"
                | "kiezen"
                | "besluit"
                | "besloten"
                | "graag"
                | "gaarne"
                | "aub"
                | "svp"
                | "alsjeblieft"
                | "alstublieft"
                | "dus"
                | "maar"
                | "hierbij"
                | "hiermee"
                | "bij"
                | "deze"
                | "dit"
                | "die"
                | "dat"
                | "het"
                | "hem"
                | "haar"
                | "ze"
                | "zij"
                | "er"
                | "te"
                | "om"
                | "voor"
                | "van"
                | "door"
                | "ons"
                | "onze"
                | "mij"
                | "mijn"
                | "me"
                | "mijns"
                | "inziens"
                | "betreft"
                | "namens"
                | "de"
                | "een"
                | "der"
                | "den"
                | "op"
                | "in"
                | "aan"
                | "met"
                | "naar"
                | "over"
                | "ook"
                | "wel"
                | "gewoon"
                | "direct"
                | "meteen"
                | "definitief"
                | "beslist"
                | "zeker"
                | "absoluut"
                | "echt"
                | "s"
                | "hoor"
                | "dank"
                | "bedankt"
                | "hallo"
                | "hoi"
                | "dag"
                | "beste"
                | "toegang"
                | "liever"
                | "en"
                | "i"
                | "im"
                | "am"
                | "are"
                | "be"
                | "being"
                | "to"
                | "it"
                | "this"
                | "that"
                | "them"
                | "him"
                | "her"
                | "the"
                | "a"
                | "an"
                | "please"
                | "pls"
                | "plz"
                | "kindly"
                | "just"
                | "will"
                | "shall"
                | "must"
                | "should"
                | "can"
                | "may"
                | "do"
                | "go"
                | "going"
                | "want"
                | "wish"
                | "like"
                | "id"
                | "ill"
                | "well"
                | "hereby"
                | "our"
                | "us"
                | "my"
                | "of"
                | "on"
                | "for"
                | "by"
                | "from"
                | "behalf"
                | "thanks"
                | "thank"
                | "you"
                | "hi"
                | "hello"
                | "dear"
                | "then"
                | "dan"
                | "all"
                | "alle"
                | "board"
                | "directie"
                | "bestuur"
                | "management"
                | "team"
                | "bedrijf"
                | "company"
                | "here"
                | "hier"
                | "firmly"
                | "immediately"
                | "let"
                | "lets"
                | "have"
                | "got"
                | "u"
                | "je"
                | "jou"
                | "uw"
                | "your"
                | "nogmaals"
                | "onmiddellijk"
                | "nu"
                | "now"
                | "persoon"
                | "person"
                | "mevrouw"
                | "meneer"
                | "heer"
                | "mw"
                | "dhr"
                | "mr"
                | "mrs"
                | "ms"
                | "gebruik"
                | "gebruiken"
                | "use"
                | "using"
        )
}

/// Names for the request itself or what it asks for.
pub(super) fn is_about_request(word: &str) -> bool {
    matches!(
        word,
        "aanvraag"
            | "aanvragen"
            | "verzoek"
            | "verzoeken"
            | "goedkeuringsverzoek"
            | "request"
            | "requests"
            | "application"
            | "toegang"
            | "access"
            | "aanmelding"
            | "dit"
            | "deze"
            | "dat"
            | "die"
            | "this"
            | "that"
            | "it"
            | "het"
            | "hem"
            | "hierbij"
            | "account"
            | "accountnummer"
            | "nummer"
            | "number"
            | "klantnummer"
            | "gebruik"
            | "use"
            | "gebruiker"
            | "user"
            | "toestemmingsverzoek"
            | "accountgebruik"
            | "toegangsverzoek"
            | "toegangsaanvraag"
            | "aanvrager"
            | "requester"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_known_and_other_words_are_not() {
        for word in [
            "weigern",
            "wiegeren",
            "weigerren",
            "wegeren",
            "afwijzn",
            "rejct",
            "rejekt",
            "declien",
        ] {
            assert!(is_nearly_reject(word), "{word}");
        }
        for word in [
            "afwijken", "select", "steiger", "define", "project", "wegen", "akkoord", "weigeren",
        ] {
            assert!(!is_nearly_reject(word), "{word}");
        }
    }
}
