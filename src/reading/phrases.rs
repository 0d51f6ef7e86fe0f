//! Turns of phrase that do to a command what their single words would not: they
//! stand one to a line, folded as [`super::clause::fold`] does.

/// So far behind its verb stands the word that makes a wish of it.
const MAX_WORDS_TO_GLADLY: usize = 7;

/// Takes back what was said, wherever it stands.
const RETRACTIONS: &str = "toch niet
    op tegen
    zou niet moeten
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
    annuleer
    annuleren
    cancel
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
const AFTERTHOUGHTS: &str = "0
    false
    off
    uit
    krijg kreeg niet
    niet doen
    nooit
    nee
    nee hoor
    tuurlijk niet
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

/// Turns of phrase whose single words would say something else.
const POLITE: &str = "would like to
    id like to
    zou graag
    graag zou ik
    graag zouden wij
    graag zouden we
    zou dit graag
    zou deze graag
    zou willen
    zouden graag
    als beheerder
    als accountbeheerder
    als eigenaar
    as administrator
    my answer
    our answer
    mijn antwoord
    ons antwoord
    lijkt op phishing
    lijkt op spam
    lijkt op fraude
    lijkt op oplichting
    lijkt me phishing
    lijkt me spam
    lijkt me fraude
    lijkt verdacht
    nooit van gehoord
    never heard of";

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

/// Without the phrases whose single words would say something else.
pub(super) fn without_politeness(spoken: &str) -> String {
    let spoken = phrases(POLITE).fold(spoken.to_owned(), |text, phrase| {
        text.replace(&format!(" {phrase} "), " ")
    });
    without_wish(&spoken)
}

/// «Ik zou deze aanvraag graag laten weigeren» is a wish of the writer's own.
fn without_wish(spoken: &str) -> String {
    const OWN: [&str; 3] = ["ik", "wij", "we"];
    let words: Vec<&str> = spoken.split_whitespace().collect();
    let wish = words.windows(2).position(|pair| {
        matches!(pair, [who, "zou" | "zouden"] if OWN.contains(who))
            || matches!(pair, ["zou" | "zouden", who] if OWN.contains(who))
    });
    let Some(at) = wish else {
        return spoken.to_owned();
    };
    let (before, after) = words.split_at(at);
    let gladly = after
        .iter()
        .take(MAX_WORDS_TO_GLADLY)
        .position(|word| *word == "graag");
    gladly.map_or_else(
        || spoken.to_owned(),
        |gladly| {
            let rest = after.iter().skip(gladly + 1);
            let kept: Vec<&str> = before.iter().chain(rest).copied().collect();
            format!(" {} ", kept.join(" "))
        },
    )
}

fn phrases(list: &str) -> impl Iterator<Item = &str> {
    list.lines().map(str::trim)
}

fn phrases_in(list: &str, spoken: &str) -> usize {
    phrases(list)
        .filter(|phrase| spoken.contains(&format!(" {phrase} ")))
        .count()
}
