//! What the other words of an answer do to a command: deny it, doubt it, take
//! it back, or nothing. All of them are folded as [`super::clause::fold`] does.

use super::verb::{is_in, is_slip_of};

/// Denies what stands in the same clause.
const NEGATIONS: &str =
    "niet nooit geen niks niets niemand nimmer zonder hoeft hoef hoeven nog noch
    nergens geenszins geenzins allerminst amper nauwelijks onterecht not never without nothing none
    neither nor cannot cant dont donot doesnt didnt wont wouldnt shouldnt couldnt isnt arent wasnt
    hasnt havent hadnt mustnt unable nobody stop refrain hardly far fail fails failed disagree
    object nicht kein nt dnt ni nie un ont non anti";

/// Makes the whole sentence depend on something.
const CONDITIONS: &str =
    "mocht mochten ware standaard eigenlijk theorie theoretisch technisch formeel
    default theory technically theoretically actually als indien tenzij mits zodra wanneer totdat tot anders behalve uitgezonderd
    alleen slechts voordat alvorens eerst nadat terwijl pas na gedeeltelijk deels afhankelijk altijd
    automatisch vanzelf vakantie afwezig principe beleid test help hulp vroeg prematuur if unless
    when once until till otherwise except only before after provided assuming whether while first
    depending depends or partly partially always automatically holiday absent early premature
    policy expires contact";

/// Makes the whole sentence a thought, a feeling or a wish about somebody else's act.
const THOUGHTS: &str =
    "krijg kreeg misschien wellicht mogelijk waarschijnlijk eventueel denk dacht twijfel
    twijfels twijfelachtig overweeg overwegen zou zouden lijkt geloof neig neiging geneigd voorkomen
    voorkom vermijd vermijden stel stelt voorstel jammer raar vreemd moeilijk lastig bang hoop
    hopelijk raad adviseer helaas maybe perhaps possibly probably think thought guess
    doubt considering consider unsure would might could suppose tend tempted seems instead avoid
    hate hard difficult shame pity strange odd weird sad afraid suggest suggestion propose recommend
    recommended advise id youd hope hopefully unfortunately believe feel";

/// Makes the whole sentence tell of what is said.
const SPEECH: &str =
    "zei zegt zeiden vraagt vroeg volgens vindt woord optie betekent bedoel bedoelde
    uitleg uitleggen advies antwoorden beantwoorden systeem said says asked asks told
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
    yesterday already again last other others another both second were tomorrow soon next two twee rest overige remaining accident
    accidentally accidental mistake mistakenly wait hold been wanted tried trying forgot almost
    normally usually";

/// Other people, and handling the mail instead of answering it: in the same clause.
const OTHERS: &str = "collega hij jij zeggen drukken druk gedrukt drukte klik klikken klikte
    geklikt tik zie zag merk reden gevolg gevolgen antwoord colleague he she they word press pressed pressing
    click clicked clicking wants reason consequence consequences reply
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
const TROUBLE: &str = "inloggen inlog ingelogd aanmelden wachtwoord foutmelding pagina portaal
    knop scherm login logging signin password error page website site portal button link screen
    mydhl filter";

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
const OPEN_NO: &str = "idee zeker bezwaar probleem maar even goed prima hoor tijd haast nodig
    vragen wel kan klaar medewerker ok oke idea clue sure objection objections problem problems
    worries but fine time rush comment need ask question questions yet can employee longer issue";

/// What a short denial after the command gives as its reason: «weigeren, geen klant».
const REASONS: &str =
    "klant relatie ons onze bekende toestemming medewerker idee akkoord goedkeuren
    goedgekeurd toegestaan bevoegd gemachtigd contract afspraak afgesproken gehoord van 
    vertrouwd klopt ours our employee customer client idea approved approve allowed
    authorized authorised permission heard legit legitimate interested";

/// Names for the request itself or what it asks for.
const REQUEST: &str = "aanvraag aanvragen verzoek verzoeken goedkeuringsverzoek aanmelding dit deze
    dat die het hem hierbij account accountnummer nummer klantnummer gebruik gebruiker toegang
    aanvrager toegangsverzoek toegangsaanvraag toestemmingsverzoek toestemming request requests
    application access this that it number use user requester permission";

/// Words an answer about the request is made of, which change nothing.
const NEUTRAL: &str =
    "m em hen hun asap ik wij we wil willen wens wensen zal zullen moet moeten mag mogen kan kunnen
    kunt kun laten laat ga gaan doe doen worden wordt word is zijn ben kies kiezen besluit besloten
    graag gaarne aub ajb svp alsjeblieft alstublieft gelieve dus maar hiermee bij te om voor van door
    ons onze mij mijn mijns inziens betreft namens de een der den op in aan met naar over ook wel
    gewoon direct meteen definitief beslist zeker absoluut echt s hoor dank bedankt hallo hoi dag
    beste haar ze zij er en dan alle directie bestuur bedrijf hier u je jou uw nogmaals onmiddellijk
    nu persoon mevrouw meneer heer mw dhr gebruiken i im am are be being to them him her the a an
    please pls plz kindly just will shall must should can may do go going want wish like ill well
    hereby our us my of on for by from behalf thanks thank you hi hello dear then all board
    management team company here firmly immediately let lets have got your now person mr mrs ms
    using liever";

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

/// «Sorry, no»: it softens what follows and says nothing.
pub(super) fn is_regret(word: &str) -> bool {
    is_in("sorry helaas unfortunately", word)
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
