//! Turns of phrase that do to a command what their single words would not: they
//! stand one to a line, folded as [`super::clause::fold`] does.

use super::clause::Clause;

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
    mag toegelaten
    ga je gang
    ga gerust je gang
    ga uw gang
    ga gerust uw gang
    is prima
    vind ik prima
    prima hoor
    is in orde
    laat maar door
    geef maar toegang
    graag toegang geven
    graag toegang verlenen
    go right ahead
    be my guest
    a yes from
    is a yes
    thats a yes
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

/// Nothing but leave: «mag hoor», «dat mag van mij».
const LEAVE: &str =
    "mag mogen dit dat deze die het ze zij hij hoor best gewoon zeker natuurlijk van
    mij ons door toegelaten gerust";

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

/// «Mag», and nothing that denies it or asks for something else.
pub(super) fn gives_leave(clause: &Clause) -> bool {
    clause.has("mag mogen") && clause.consists_of(&[LEAVE])
}

/// «Ik zou deze aanvraag graag laten weigeren» is a wish of the writer's own.
pub(super) fn without_wish(spoken: &str) -> String {
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
