//! Adding users as the guide does it: account number, addresses, Save.

use std::time::Duration;

use serde_json::{Value, json};

use super::{CARLA, ROSES, add_roses, rows};
use crate::support::{
    ANNA, BRAM, Browser, Database, JORIS, TULIPS, TestApp, browser::Page, invariants,
    on_both_databases,
};

const ADD: &str = "/authorized-users/add";

impl Browser {
    /// Fills in the form and presses a button.
    pub async fn adds(&self, account: &str, email: &str, until: &str, action: &str) -> Page {
        let csrf = self.open(ADD).await.field("csrf");
        let fields = [
            ("csrf", csrf.as_str()),
            ("account", account),
            ("email", email),
            ("until", until),
            ("action", action),
        ];
        self.submit(ADD, &fields).await
    }

    /// The same with Save, and the page that it leads to.
    pub async fn saves(&self, account: &str, email: &str, until: &str) -> Page {
        let answer = self.adds(account, email, until, "save").await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        self.open(&answer.location.unwrap()).await
    }

    /// Asked whether some are what they look like, says yes, and sees the page that it leads to.
    pub async fn means(&self, asked: &Page, account: &str, email: &str) -> Page {
        let (csrf, sure) = (asked.field("csrf"), asked.field("sure"));
        let fields = [
            ("csrf", csrf.as_str()),
            ("account", account),
            ("email", email),
            ("until", ""),
            ("action", "save"),
            ("sure", &sure),
        ];
        let answer = self.submit(ADD, &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        self.open(&answer.location.unwrap()).await
    }
}

async fn decision(app: &TestApp, email: &str) -> Value {
    let body = json!({ "accountNumber": TULIPS, "email": email });
    let answer = app.post("/v1/access-checks", &body).await;
    let answer: Value = answer.json().await.unwrap();
    answer["decision"].clone()
}

async fn the_guide_is_followed_step_by_step(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let list = anna.open("/authorized-users").await;
    list.shows("<a class=\"button\" href=\"/authorized-users/add\">Toevoegen</a>");
    let form = anna.open(ADD).await;
    form.shows("DHL-klantnummer <span class=\"star\"")
        .shows("E-mailadres <span class=\"star\"")
        .shows(&format!("name=\"account\" value=\"{TULIPS}\""))
        .hides("role=\"alert\"");
    let first = form.body.split("class=\"primary\"").nth(1).unwrap();
    assert!(first.starts_with(" name=\"action\" value=\"save\">Opslaan<"));
    let english = [("accept-language", "en")];
    let form = anna.send(reqwest::Method::GET, ADD, &english).await;
    form.shows("Account Number <span class=\"star\"")
        .shows("Email ID <span class=\"star\"")
        .shows(">Save</button>");

    let page = anna
        .saves(
            "112 233 445",
            "kees@partner.example; mia@partner.example\n",
            "",
        )
        .await;
    page.shows("2 e-mailadressen zijn goedgekeurd voor 112233445")
        .shows("<strong class=\"address\">kees@partner.example</strong>, <strong class=\"address\">mia@partner.example</strong>");
    assert_eq!(rows(&page).len(), 2);
    assert!(rows(&page)[0].contains("door <strong>Anna de Wit</strong>, in het portaal"));
    for email in ["kees@partner.example", "mia@partner.example"] {
        assert_eq!(decision(&app, email).await, "allow");
    }
    // The result is shown once, and nobody is mailed who never asked.
    let again = anna.open("/authorized-users?status=approved").await;
    again.hides("zijn goedgekeurd voor");
    app.deliver_mail().await;
    assert!(app.mails_to("kees@partner.example").is_empty());
    invariants::hold(&app.app).await;
}

async fn saving_approves_open_requests_and_overturns_rejections(database: Database) {
    let app = TestApp::start(database).await;
    let open = app.joris_asks().await;
    let no = app.asks("no@elsewhere.example", TULIPS).await;
    let bram = app.signed_in(BRAM).await;
    bram.decides(&[&no.to_string()], "reject").await;
    let anna = app.signed_in(ANNA).await;
    anna.saves(
        TULIPS,
        "old@partner.example, late@partner.example",
        "2026-05-20",
    )
    .await;
    app.deliver_mail().await;
    app.pass(Duration::from_secs(60));

    let all = format!("{JORIS} NO@elsewhere.example new@partner.example old@partner.example");
    let preview = anna.adds(TULIPS, &all, "2026-05-20", "preview").await;
    assert_eq!(preview.status, 200);
    preview
        .shows("4 e-mailadressen voor <strong class=\"number\">112233445</strong>")
        .shows("<li>1 nieuw</li>")
        .shows("1 met een openstaande aanvraag")
        .shows("1 eerder afgewezen")
        .shows("1 al goedgekeurd")
        .shows("De einddatum blijft <time datetime=\"2026-05-20\">20 mei 2026</time>.")
        .shows("Er is nog niets opgeslagen");
    assert_eq!(app.status_of(open).await, "pending");

    let page = anna
        .saves(TULIPS, &format!("{all} late@partner.example"), "2026-05-20")
        .await;
    page.shows("1 e-mailadres is goedgekeurd voor 112233445: <strong class=\"address\">new@")
        .shows("1 openstaande aanvraag is hiermee goedgekeurd")
        .shows("1 e-mailadres was eerder afgewezen")
        .shows("<strong class=\"address\">no@elsewhere.example</strong>")
        .shows("2 e-mailadressen waren al goedgekeurd; daaraan is niets veranderd.");
    assert_eq!(rows(&page).len(), 5);
    let request = app.request(open).await;
    assert_eq!(request.state.status().as_str(), "approved");
    assert_eq!(request.state.door().unwrap().as_str(), "portal");
    // Who had rejected one of them hears so, once.
    app.deliver_mail().await;
    app.pass(Duration::from_secs(70));
    app.deliver_mail().await;
    let told = app.mails_to(BRAM);
    let told: Vec<_> = told
        .iter()
        .filter(|mail| mail.subject.contains("Access was changed"))
        .collect();
    assert_eq!(told.len(), 1);
    let told = &told[0].text;
    assert!(told.contains("approved by Anna de Wit on"), "{told}");
    assert!(told.contains("no@elsewhere.example"), "{told}");
    // The other request keeps its one decision.
    assert_eq!(app.status_of(no).await, "rejected");
    for email in [JORIS, "no@elsewhere.example", "new@partner.example"] {
        assert_eq!(decision(&app, email).await, "allow", "{email}");
    }
    for email in [JORIS, "no@elsewhere.example"] {
        let mail = app.last_mail_to(email);
        assert!(mail.subject.contains("goedgekeurd"), "{}", mail.subject);
    }
    // Rejected, and approved after all.
    assert_eq!(app.mails_to("no@elsewhere.example").len(), 2);
    assert!(app.mails_to("new@partner.example").is_empty());
    // The day itself counts, where the account is.
    app.pass(Duration::from_secs(
        9 * 24 * 3600 + 14 * 3600 + 44 * 60 - 70,
    ));
    assert_eq!(decision(&app, JORIS).await, "allow");
    app.pass(Duration::from_secs(60));
    assert_eq!(decision(&app, JORIS).await, "ask");
    invariants::hold(&app.app).await;
}

async fn one_bad_address_and_nothing_is_saved(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let before = app.dump().await;
    let typed =
        "good@partner.example, jan.example.com\nb@@partner.example <script>alert(1)</script>";
    for action in ["save", "preview", ""] {
        let page = anna.adds(TULIPS, typed, "", action).await;
        assert_eq!(page.status, 400);
        page.shows("role=\"alert\"")
            .shows("<a href=\"#email\"><span class=\"address\">jan.example.com</span>: er staat geen @ in.")
            .shows("<span class=\"address\">b@@partner.example</span>: wat voor de @ staat")
            .shows("good@partner.example, jan.example.com\nb@@partner.example &lt;script")
            .shows("aria-invalid=\"true\"")
            .hides("<script");
    }
    assert_eq!(app.dump().await, before);
}

async fn every_wrong_field_is_named(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    let anna = app.signed_in(ANNA).await;
    let before = app.dump().await;
    let unknown = "Dit DHL-klantnummer is niet van jou, of het bestaat niet.";
    for (account, email, until, words) in [
        ("", "a@partner.example", "", "Vul je DHL-klantnummer in."),
        ("12", "a@partner.example", "", "9 of 10 cijfers"),
        // Another company's number is not to be told from one that does not exist.
        (ROSES, "a@partner.example", "", unknown),
        ("123456789", "a@partner.example", "", unknown),
        (TULIPS, " ,; ", "", "Vul ten minste één e-mailadres in."),
        (TULIPS, "a@partner.example", "soon", "is geen datum"),
        (
            TULIPS,
            "a@partner.example",
            "2026-05-10",
            "De einddatum is al voorbij.",
        ),
    ] {
        let page = anna.adds(account, email, until, "save").await;
        assert_eq!(page.status, 400, "{words}");
        page.shows(words)
            .shows(&format!("name=\"account\" value=\"{account}\""))
            .shows(&format!("value=\"{until}\""));
    }
    for csrf in ["", "x"] {
        let fields = [
            ("csrf", csrf),
            ("account", TULIPS),
            ("email", "a@partner.example"),
        ];
        let page = anna.submit(ADD, &fields).await;
        assert_eq!(page.status, 403);
        page.shows("Deze pagina was verouderd")
            .shows("a@partner.example</textarea>");
    }
    assert_eq!(app.dump().await, before);
    // Whoever lost the account meanwhile is refused by the transaction itself.
    let carla = app.signed_in(CARLA).await;
    carla.open(ADD).await.shows(ROSES).hides(TULIPS);
    // Today is a day that has not passed.
    anna.saves(TULIPS, "a@partner.example", "2026-05-11").await;
}

async fn five_hundred_addresses_are_added_at_once_and_no_more(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let line = |number: usize| {
        format!(
            "{number}. \"Overeenkomst, Medewerker van de afdeling {number}\" <medewerker.{number}@een-heel-lang-domein.partner.example>;\r\n"
        )
    };
    let before = app.dump().await;
    let many: String = (0..501).map(line).collect();
    let page = anna.adds(TULIPS, &many, "", "save").await;
    assert_eq!(page.status, 400);
    page.shows("Dit zijn 501 adressen. Voeg er hooguit 500 tegelijk toe.");
    assert_eq!(app.dump().await, before);

    let many: String = (0..500).chain(0..3).map(line).collect();
    let preview = anna.adds(TULIPS, &many, "", "preview").await;
    preview
        .shows("500 e-mailadressen")
        .shows("3 vaker ingevuld; elk adres telt één keer");
    let page = anna.saves(TULIPS, &many, "").await;
    page.shows("500 e-mailadressen zijn goedgekeurd voor 112233445")
        .shows("en nog 480");
    assert_eq!(rows(&page).len(), 50);
    assert_eq!(
        decision(&app, "medewerker.499@een-heel-lang-domein.partner.example").await,
        "allow"
    );
    invariants::hold(&app.app).await;
}

async fn a_new_end_for_who_may_already_is_said(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    anna.saves(TULIPS, "kees@partner.example", "").await;
    app.pass(Duration::from_secs(60));
    let kees = "KEES@partner.example";
    let preview = anna.adds(TULIPS, kees, "2026-12-31", "preview").await;
    preview.shows("Had geen einddatum, en krijgt nu <time datetime=\"2026-12-31\">");
    let preview = anna.adds(TULIPS, kees, "", "preview").await;
    preview.shows("Blijft zonder einddatum.");
    let page = anna
        .saves(TULIPS, "KEES@partner.example", "2026-12-31")
        .await;
    page.shows("1 e-mailadres was al goedgekeurd en heeft nu de nieuwe einddatum")
        .shows("Geldig tot en met <time datetime=\"2026-12-31\">31 december 2026</time>");
    let preview = anna.adds(TULIPS, kees, "2027-01-31", "preview").await;
    preview.shows(
        "De einddatum verandert van <time datetime=\"2026-12-31\">31 december 2026</time> in \
         <time datetime=\"2027-01-31\">31 januari 2027</time>.",
    );
    let preview = anna.adds(TULIPS, kees, "", "preview").await;
    preview.shows("De einddatum blijft <time datetime=\"2026-12-31\">");
    // Since when it stands remains.
    assert!(rows(&page)[0].contains("2026-05-11T07:14:00"));
    invariants::hold(&app.app).await;
}

async fn letters_that_are_not_plain_are_marked_before_they_are_added(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let all = "piet@plain.example who@köln.de";
    let preview = anna.adds(TULIPS, all, "", "preview").await;
    preview.shows("Ongewone letters: <bdi>xn--kln-sna.de</bdi>");
    assert_eq!(preview.body.matches("Ongewone letters").count(), 1);
    anna.means(&preview, TULIPS, all).await;
    assert_eq!(decision(&app, "who@köln.de").await, "allow");
}

on_both_databases!(
    letters_that_are_not_plain_are_marked_before_they_are_added,
    the_guide_is_followed_step_by_step,
    saving_approves_open_requests_and_overturns_rejections,
    one_bad_address_and_nothing_is_saved,
    every_wrong_field_is_named,
    five_hundred_addresses_are_added_at_once_and_no_more,
    a_new_end_for_who_may_already_is_said,
);
