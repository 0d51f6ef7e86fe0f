//! What the other words of an answer do to a command: deny it, doubt it, take
//! it back, or nothing. Words are folded as [`super::clause::fold`] does;
//! phrases stand one to a line.

use super::verb::{is_in, is_slip_of};

/// Denies what stands in the same clause.
const NEGATIONS: &str =
    "niet nooit geen niks niets niemand nimmer zonder hoeft hoef hoeven nog noch
    nergens geenszins geenzins allerminst amper nauwelijks onterecht not never without nothing none
    neither nor cannot cant dont donot doesnt didnt wont wouldnt shouldnt couldnt isnt arent wasnt
    hasnt havent hadnt mustnt unable nobody stop refrain hardly far fail fails failed disagree
    object nicht kein";

/// Makes the whole sentence depend on something.
const CONDITIONS: &str =
    "als indien tenzij mits zodra wanneer totdat tot anders behalve uitgezonderd
    alleen slechts voordat alvorens eerst nadat terwijl pas na gedeeltelijk deels afhankelijk altijd
    automatisch vanzelf vakantie afwezig principe beleid test help hulp vroeg prematuur if unless
    when once until till otherwise except only before after provided assuming whether while first
    depending depends or partly partially always automatically holiday absent early premature
    policy expires contact";

/// Makes the whole sentence a thought, a feeling or a wish about somebody else's act.
const THOUGHTS: &str = "misschien wellicht mogelijk waarschijnlijk eventueel denk dacht twijfel
    twijfels twijfelachtig overweeg overwegen zou zouden lijkt geloof neig neiging geneigd voorkomen
    voorkom vermijd vermijden stel stelt voorstel jammer raar vreemd moeilijk lastig bang hoop
    hopelijk raad adviseer helaas maybe perhaps possibly probably think thought guess
    doubt considering consider unsure would might could suppose tend tempted seems instead avoid
    hate hard difficult shame pity strange odd weird sad afraid suggest suggestion propose recommend
    recommended advise id youd hope hopefully unfortunately believe feel";

/// Makes the whole sentence tell of what is said.
const SPEECH: &str =
    "zei zegt zeiden vraagt vroeg volgens vindt woord optie betekent bedoel bedoelde
    uitleg uitleggen advies antwoorden beantwoorden systeem melding said says asked asks told
    according option means mean meant explain advice answering answer system";

const QUESTION_WORDS: &str =
    "waarom hoe wat wie waar waarvoor welke afvraag vraag tegen why how what
    who where which against rather wonder wondering";

/// Other requests and other times: in the same clause.
const OTHER_TIMES: &str =
    "vorige vorig vorigen eerdere eerder gisteren eergisteren reeds al opnieuw
    weer andere ander beide allebei tweede had hadden was waren werd werden later morgen overmorgen
    straks binnenkort voorlopig volgende ongeluk abusievelijk vergissing wacht wachten geweest wilde
    wilden wou probeer probeerde vergeten bijna normaal meestal vroeger previous previously earlier
    yesterday already again last other others another both second were tomorrow soon next accident
    accidentally accidental mistake mistakenly wait hold been wanted tried trying forgot almost
    normally usually";

/// Other people, and handling the mail instead of answering it: in the same clause.
const OTHERS: &str = "collega hij jij jullie zeggen drukken druk gedrukt drukte klik klikken klikte
    geklikt tik zie zag merk reden gevolg gevolgen antwoord colleague he she they word press pressed pressing
    click clicked clicking reason consequence consequences reply
    replying see saw notice noticed";

/// Something else that can be refused as well.
const OTHER_THINGS: &str = "factuur facturen pakket pakketten pakje zending zendingen levering
    leveringen betaling betalingen betalen offerte offertes uitnodiging vergadering afspraak
    bestelling bestellingen creditcard kaart lading goederen krediet aanbod voorstel voorwaarden
    verantwoordelijkheid mail mails email bericht invoice invoices parcel parcels package packages
    shipment shipments delivery deliveries payment payments pay quote quotation invitation invite
    meeting appointment order orders card cargo goods claim credit offer proposal cookies terms
    conditions responsibility liability message messages call calls";

/// Trouble with the mail or the portal: «access denied» is what somebody saw.
const TROUBLE: &str =
    "inloggen inlog ingelogd aanmelden wachtwoord foutmelding melding pagina portaal
    knop scherm login logging signin password error page website site portal button link screen
    mydhl filter spam";

/// Refusal or approval in words that mean other things too: worth an answer,
/// never worth an act.
const HINTS: &str = "blokkeer blokkeren geblokkeerd verbied verbieden verwerpen verworpen ontzeg
    ontzeggen block blocked disapprove disapproved disallow dislike nope neen nee ablehnen abgelehnt
    ablehnung refuser nein genehmigen genehmigt approuver approuve wijs keur";

const NO: &str = "nee neen nein no nope noo";
const YES: &str = "ja jaa jawel jazeker jep yes yep yeah yup ok oke okay okee prima sure fine goed
    agreed agree eens top";

/// After «ja» or «ok»: it will be looked at, which is no approval.
const PUT_OFF: &str = "kijk kijken checken overleg terug uitzoeken zoek weet bel bellen ontvangen
    informatie info bericht look check back call received message mail";

/// After «nee»: it may be meant as something else than «reject».
const OPEN_NO: &str = "idee zeker bezwaar probleem maar even mag goed prima hoor tijd haast nodig
    vragen wel kan klaar medewerker ok oke idea clue sure objection objections problem problems
    worries but fine time rush comment need ask question questions yet can employee longer issue";

/// What a short denial after the command gives as its reason: «weigeren, geen klant».
const REASONS: &str =
    "klant relatie ons onze bekende toestemming medewerker idee akkoord goedkeuren
    goedgekeurd toegestaan bevoegd gemachtigd contract afspraak afgesproken gehoord van bedoeling
    vertrouwd juist klopt gewenst ours our employee customer client idea approved approve allowed
    authorized authorised permission heard legit legitimate correct wanted interested";

/// Names for the request itself or what it asks for.
const REQUEST: &str = "aanvraag aanvragen verzoek verzoeken goedkeuringsverzoek aanmelding dit deze
    dat die het hem hierbij account accountnummer nummer klantnummer gebruik gebruiker toegang
    aanvrager toegangsverzoek toegangsaanvraag toestemmingsverzoek toestemming request requests
    application access this that it number use user requester permission";

/// Words an answer about the request is made of, which change nothing.
const NEUTRAL: &str = "ik wij we wil willen wens wensen zal zullen moet moeten mag mogen kan kunnen
    kunt kun laten laat ga gaan doe doen worden wordt word is zijn ben kies kiezen besluit besloten
    graag gaarne aub svp alsjeblieft alstublieft gelieve dus maar hiermee bij te om voor van door
    ons onze mij mijn mijns inziens betreft namens de een der den op in aan met naar over ook wel
    gewoon direct meteen definitief beslist zeker absoluut echt s hoor dank bedankt hallo hoi dag
    beste haar ze zij er en dan alle directie bestuur bedrijf hier u je jou uw nogmaals onmiddellijk
    nu persoon mevrouw meneer heer mw dhr gebruiken i im am are be being to them him her the a an
    please pls plz kindly just will shall must should can may do go going want wish like ill well
    hereby our us my of on for by from behalf thanks thank you hi hello dear then all board
    management team company here firmly immediately let lets have got your now person mr mrs ms
    using liever";

/// Takes back what was said, wherever it stands.
const RETRACTIONS: &str = "toch niet
    toch maar niet
    toch wel
    of nee
    of niet
    of misschien
    wacht
    laat maar
    bij nader inzien
    negeer
    negeren
    oeps
    foutje
    vergissing
    per ongeluk
    abusievelijk
    intrekken
    ingetrokken
    ongedaan
    terugdraaien
    grapje
    geintje
    verkeerde mail
    verkeerd bericht
    testmail
    testbericht
    wait
    actually no
    actually dont
    scratch that
    never mind
    nevermind
    on second thought
    on second thoughts
    ignore
    disregard
    oops
    by mistake
    by accident
    withdraw
    undo
    revert
    reverse
    changed my mind
    just kidding
    wrong mail
    wrong message
    wrong request
    or not
    or maybe";

/// Alone in a sentence or clause, it throws doubt on what stands before it.
const AFTERTHOUGHTS: &str = "niet
    niet doen
    nooit
    nee
    neen
    niet dus
    nee dus
    nog niet
    nog even niet
    natuurlijk niet
    denk ik
    dacht ik
    geloof ik
    misschien
    wellicht
    toch
    of wel
    of zo
    klopt dat
    akkoord
    goed
    ok
    oke
    no
    not
    dont
    do not
    never
    not yet
    no wait
    of course not
    i think
    i guess
    i suppose
    i believe
    maybe
    perhaps
    right
    correct
    agreed";

/// Approval in more than one word.
const APPROVAL_PHRASES: &str = "is goed
    mag wel
    mag dat wel
    mag dit wel
    mag doorgaan
    mag door
    is ok
    is oke
    is okay
    vind het goed
    geen bezwaar
    geen probleem
    wat mij betreft wel
    go ahead
    go for it
    is fine
    its fine
    thats fine
    thats ok
    no objection
    no objections
    no problem
    fine with me
    fine by me";

/// A denied approval that says no more and no less than a rejection.
const PLAIN_DISAPPROVALS: &str = "niet akkoord
    geen akkoord
    niet goedkeuren
    niet goedgekeurd
    geen goedkeuring
    geen toestemming
    niet toestaan
    niet toegestaan
    niet accepteren
    niet geaccepteerd
    ik ga niet akkoord
    wij gaan niet akkoord
    ik ben niet akkoord
    ik geef geen toestemming
    ik geef geen akkoord
    niet akkoord hiermee
    hier niet mee akkoord
    not approved
    do not approve
    dont approve
    not accepted
    no approval
    no permission
    not authorized
    not authorised
    not allowed
    do not allow
    dont allow
    i do not approve
    i dont approve
    we do not approve
    we dont approve";

/// A reason or courtesy after «nee» that leaves no doubt.
const REASONS_FOR_NO: &str = "onbekend
    niet bekend
    klopt niet
    hoort niet
    staat niet op
    niet van ons
    niet bij ons
    werkt hier niet
    mag niet
    willen wij niet
    willen we niet
    wil ik niet
    absoluut niet
    zeker niet
    geen klant
    geen relatie
    niet de bedoeling
    niet doen
    geen toestemming
    niet akkoord
    nooit van gehoord
    graag niet
    liever niet
    bedankt
    dank
    dankje
    dankjewel
    unknown
    not ours
    not one of ours
    not known
    not on our list
    not our
    does not work
    doesnt work here
    absolutely not
    certainly not
    definitely not
    dont allow
    do not allow
    not allowed
    never heard of
    way
    thanks
    thank you
    please";

/// Turns of phrase whose single words would say something else.
const POLITE: &str = "would like to
    id like to
    zou graag
    zou dit graag
    zou deze graag
    zou willen
    zouden graag
    als beheerder
    als accountbeheerder
    als eigenaar
    as administrator
    nooit van gehoord
    never heard of";

pub(super) fn is_negation(word: &str) -> bool {
    is_in(NEGATIONS, word) || is_nearly_negation(word)
}

/// A slip of the finger in a denial is worse than one in a command.
fn is_nearly_negation(word: &str) -> bool {
    let slip = |known: &str| is_slip_of(word, known);
    (3..=6).contains(&word.len())
        && !is_neutral(word)
        && ["niet", "nooit", "dont", "never"].into_iter().any(slip)
}

/// Takes the certainty out of a whole sentence.
pub(super) fn is_doubt(word: &str) -> bool {
    is_in(CONDITIONS, word) || is_in(THOUGHTS, word) || is_in(SPEECH, word)
}

/// Takes the certainty out of what stands in the same clause.
pub(super) fn is_local_doubt(word: &str) -> bool {
    is_in(OTHER_TIMES, word) || is_in(OTHERS, word) || is_question_word(word)
}

pub(super) fn is_question_word(word: &str) -> bool {
    is_in(QUESTION_WORDS, word)
}

pub(super) fn is_other_thing(word: &str) -> bool {
    is_in(OTHER_THINGS, word)
}

pub(super) fn is_trouble(word: &str) -> bool {
    is_in(TROUBLE, word)
}

pub(super) fn is_hint(word: &str) -> bool {
    is_in(HINTS, word)
}

pub(super) fn is_no(word: &str) -> bool {
    is_in(NO, word)
}

pub(super) fn is_yes(word: &str) -> bool {
    is_in(YES, word)
}

pub(super) fn is_put_off(word: &str) -> bool {
    is_in(PUT_OFF, word) || is_in(OTHER_TIMES, word)
}

pub(super) fn is_open_no(word: &str) -> bool {
    is_doubt(word) || is_local_doubt(word) || is_put_off(word) || is_in(OPEN_NO, word)
}

pub(super) fn is_reason(word: &str) -> bool {
    is_in(REASONS, word)
}

pub(super) fn is_about_request(word: &str) -> bool {
    is_in(REQUEST, word)
}

pub(super) fn is_neutral(word: &str) -> bool {
    is_in(NEUTRAL, word) || is_about_request(word) || is_yes(word) || is_no(word)
}

/// `spoken` has a space at either end, here and below.
pub(super) fn takes_back(spoken: &str) -> bool {
    phrases_in(RETRACTIONS, spoken) > 0
}

pub(super) fn is_afterthought(spoken: &str) -> bool {
    phrases(AFTERTHOUGHTS).any(|phrase| phrase == spoken.trim())
}

pub(super) fn approvals(spoken: &str) -> usize {
    phrases_in(APPROVAL_PHRASES, spoken)
}

pub(super) fn is_plain_disapproval(spoken: &str) -> bool {
    phrases(PLAIN_DISAPPROVALS).any(|phrase| phrase == spoken.trim())
}

pub(super) fn has_reason_for_no(spoken: &str) -> bool {
    phrases_in(REASONS_FOR_NO, spoken) > 0
}

/// Without the phrases whose single words would say something else.
pub(super) fn without_politeness(spoken: &str) -> String {
    phrases(POLITE).fold(spoken.to_owned(), |text, phrase| {
        text.replace(&format!(" {phrase} "), " ")
    })
}

fn phrases(list: &str) -> impl Iterator<Item = &str> {
    list.lines().map(str::trim)
}

fn phrases_in(list: &str, spoken: &str) -> usize {
    phrases(list)
        .filter(|phrase| spoken.contains(&format!(" {phrase} ")))
        .count()
}
