//! The printed guide, walked from its first step to its last: somebody does what it says, in a real
//! browser, and finds everything by the labels that are printed there. Its pictures are drawn here.

use std::time::Duration;

use crate::support::{
    ANNA, BRAM, Chromium, Database, JORIS, TULIPS, TestApp, invariants, on_both_databases,
    printed_guide::PrintedGuide,
    screen::{DESKTOP, PHONE},
    test_app::PASSWORD,
};

const LISA: &str = "lisa@elsewhere.example";
const STORE: &str = "store@shop.example";
const STRANGER: &str = "stranger@unknown.example";
const KEES: &str = "kees@partner.example";
const MIA: &str = "mia@partner.example";
const DORA: &str = "dora@tulips.example";
const CHOSEN: &str = "seven purple umbrellas";
/// Longer than a page must have been open.
const A_MOMENT: Duration = Duration::from_secs(5);

/// Where the mail goes on in the other language.
const END_OF_FIRST: &str =
    "Math.ceil(document.querySelectorAll('.card')[1].getBoundingClientRect().top)";

/// What the guide says without printing a label: to log in, to enter the details, to be done.
struct Words {
    reject_page: &'static str,
    rejected_by_mail: &'static str,
    to_sign_in: &'static str,
    rejected: &'static str,
    nothing_open: &'static str,
    name: &'static str,
    other_language: &'static str,
    own_language: &'static str,
    added: &'static str,
    sign_out: &'static str,
    signed_out: &'static str,
    invitation: &'static str,
    new_password: &'static str,
    once_more: &'static str,
    save: &'static str,
    sign_in: &'static str,
}

const DUTCH: Words = Words {
    reject_page: "WEIGEREN / Reject",
    rejected_by_mail: "Geweigerd",
    to_sign_in: "Inloggen om goed te keuren",
    rejected: "afgewezen voor",
    nothing_open: "Er zijn geen openstaande aanvragen",
    name: "Naam *",
    other_language: "English",
    own_language: "Nederlands",
    added: "De accountbeheerder is nu toegevoegd",
    sign_out: "Uitloggen",
    signed_out: "Je bent uitgelogd.",
    invitation: "Wachtwoord kiezen",
    new_password: "Wachtwoord / Password",
    once_more: "Nog een keer hetzelfde wachtwoord / The same password once more",
    save: "Opslaan / Save",
    sign_in: "Je wachtwoord is ingesteld.",
};

const ENGLISH: Words = Words {
    reject_page: "Reject / WEIGEREN",
    rejected_by_mail: "Rejected",
    to_sign_in: "Log in to approve",
    rejected: "rejected for",
    nothing_open: "There are no open requests",
    name: "Name *",
    other_language: "Nederlands",
    own_language: "English",
    added: "The account administrator has now been added",
    sign_out: "Sign out",
    signed_out: "You are signed out.",
    invitation: "Choose a password",
    new_password: "Password / Wachtwoord",
    once_more: "The same password once more / Nog een keer hetzelfde wachtwoord",
    save: "Save / Opslaan",
    sign_in: "Your password is set.",
};

/// Somebody at a browser, with the guide in hand.
struct Reader {
    app: TestApp,
    person: Chromium,
    who: &'static str,
    guide: PrintedGuide,
    words: &'static Words,
    /// The same story is told on two databases; one of them is drawn.
    draws: bool,
}

async fn anna_walks_the_guide_in_dutch(database: Database) {
    walks(database, ANNA, PrintedGuide::Dutch, &DUTCH).await;
}

async fn bram_walks_the_guide_in_english(database: Database) {
    walks(database, BRAM, PrintedGuide::English, &ENGLISH).await;
}

on_both_databases!(
    anna_walks_the_guide_in_dutch,
    bram_walks_the_guide_in_english,
);

async fn walks(database: Database, who: &'static str, guide: PrintedGuide, words: &'static Words) {
    let app = TestApp::start(database).await;
    let person = Chromium::start(&app, guide.language()).await;
    let reader = Reader {
        app,
        person,
        who,
        guide,
        words,
        draws: database == Database::Sqlite,
    };
    reader.rejects_with_the_red_button().await;
    reader.signs_in_from_the_mail_to_approve().await;
    reader.decides_with_check_marks().await;
    reader.adds_users().await;
    reader.adds_an_account_administrator().await;
    reader.reads_the_other_language().await;
    reader.the_new_administrator_sees_the_account().await;

    let Reader { app, person, .. } = reader;
    person.quit().await;
    app.deliver_mail().await;
    invariants::hold(&app.app).await;
}

impl Reader {
    async fn press(&self, place: &str) {
        self.person.press(self.guide.label(place)).await;
    }

    async fn draw(&self, name: &str, width: u32) {
        if self.draws {
            let name = format!("guide-{}-{name}", self.guide.language());
            self.person.is_drawn(&name, width).await;
        }
    }

    /// "In this e-mail you have the option to reject the request by clicking on the red button."
    async fn rejects_with_the_red_button(&self) {
        let person = &self.person;
        let request = self.app.joris_asks().await;
        self.app.deliver_mail().await;
        assert_eq!(self.app.mails_to(ANNA).len(), 1);
        assert_eq!(self.app.mails_to(BRAM).len(), 1);

        person.opens_newest_mail_to(self.who).await;
        let mail = person.path().await;
        person.open(&format!("{mail}/html")).await;
        if self.draws {
            let name = format!("guide-{}-mail", self.guide.language());
            person.is_drawn_down_to(&name, 640, END_OF_FIRST).await;
        }
        person.open(&mail).await;
        person.enter_frame().await;
        let label = self.guide.label("red button in the mail");
        person.press_into_new_tab(label).await;
        person.shows(JORIS).await.shows(TULIPS).await;
        self.draw("reject", PHONE + 70).await;
        assert_eq!(self.app.status_of(request).await, "pending");
        self.app.pass(A_MOMENT);
        person.press(self.words.reject_page).await;
        person.shows(self.words.rejected_by_mail).await;
        assert_eq!(self.app.status_of(request).await, "rejected");
    }

    /// "To approve the request, you must log in."
    async fn signs_in_from_the_mail_to_approve(&self) {
        let person = &self.person;
        self.app.deliver_mail().await;
        let request = self.app.asks(LISA, TULIPS).await;
        self.app.deliver_mail().await;
        person.opens_newest_mail_to(self.who).await;
        person.enter_frame().await;
        person.press_into_new_tab(self.words.to_sign_in).await;
        assert!(person.path().await.starts_with("/login"));
        person.signs_in(self.who, PASSWORD).await;
        assert_eq!(person.path().await, format!("/requests/{request}"));
        person.shows(LISA).await;
        self.press("approve").await;
        person.shows(self.guide.label("result")).await;
        assert_eq!(self.app.status_of(request).await, "approved");
    }

    /// From the first page along the menu at the top right.
    async fn goes_to(&self, tab: &str) {
        self.person.open("/").await;
        assert!(stands_at_the_top_right(&self.person).await);
        self.press("top right").await;
        if tab == "first tab" {
            self.draw("menu", DESKTOP).await;
        }
        self.press("in that menu").await;
        self.press(tab).await;
    }

    /// "You will now see an overview with all open requests. Place a check mark in front of the
    /// email address and click on Approve or Reject."
    async fn decides_with_check_marks(&self) {
        let person = &self.person;
        let result = self.guide.label("result");
        let [karim, store, stranger] = [
            self.app.asks("karim@import.example", TULIPS).await,
            self.app.asks(STORE, TULIPS).await,
            self.app.asks(STRANGER, TULIPS).await,
        ];
        self.app.deliver_mail().await;
        self.goes_to("first tab").await;
        person.tick("karim@import.example").await.tick(STORE).await;
        self.draw("list", DESKTOP).await;
        self.press("approve").await;
        for email in ["karim@import.example", STORE] {
            person.shows(&format!("{email}: {result}")).await;
        }
        person.tick(STRANGER).await;
        self.press("reject").await;
        let rejected = format!("{STRANGER}: {}", self.words.rejected);
        person.shows(&rejected).await;
        person.shows(self.words.nothing_open).await;
        assert_eq!(self.app.status_of(karim).await, "approved");
        assert_eq!(self.app.status_of(store).await, "approved");
        assert_eq!(self.app.status_of(stranger).await, "rejected");
    }

    /// "Enter your account number. Enter the email address(es) of the users that you want to add.
    /// The users are now automatically approved."
    async fn adds_users(&self) {
        let person = &self.person;
        assert_eq!(self.check(KEES).await, "ask");
        self.goes_to("first tab").await;
        self.press("add").await;
        // Both are required, and say so with a star.
        let account = format!("{} *", self.guide.label("first field, required"));
        let email = format!("{} *", self.guide.label("second field, required"));
        person.fill_labelled(&account, TULIPS).await;
        person
            .fill_labelled(&email, &format!("{KEES}\n{MIA}"))
            .await;
        self.draw("add", DESKTOP).await;
        self.press("save").await;
        person.shows(self.guide.label("result")).await;
        person.shows(KEES).await.shows(MIA).await;
        for email in [KEES, MIA] {
            assert_eq!(self.check(email).await, "allow");
        }
    }

    /// What a shipping system hears about an address.
    async fn check(&self, email: &str) -> String {
        let asks = serde_json::json!({ "accountNumber": TULIPS, "email": email });
        let answer = self.app.post("/v1/access-checks", &asks).await;
        let answer: serde_json::Value = answer.json().await.unwrap();
        answer["decision"].as_str().unwrap().to_owned()
    }

    /// "Place a check mark in front of the account number and click on Add. Enter the details of
    /// the account administrator and click on Add."
    async fn adds_an_account_administrator(&self) {
        let person = &self.person;
        self.goes_to("second tab").await;
        person.tick_account(TULIPS).await;
        self.draw("administrators", DESKTOP).await;
        self.press("add").await;
        let email = format!("{} *", self.guide.label("second field, required"));
        person.fill_labelled(self.words.name, "Dora Groen").await;
        person.fill_labelled(&email, DORA).await;
        person.choose(self.words.own_language).await;
        self.draw("administrator", DESKTOP).await;
        self.press("add").await;
        person.shows(self.words.added).await;
        person.shows("Dora Groen").await.shows(DORA).await;
    }

    /// The other language stays chosen, on the same page and on the next.
    async fn reads_the_other_language(&self) {
        let person = &self.person;
        let other = match self.guide {
            PrintedGuide::Dutch => PrintedGuide::English,
            PrintedGuide::English => PrintedGuide::Dutch,
        };
        person.open("/authorized-users?status=approved").await;
        person.press(self.words.other_language).await;
        assert_eq!(person.path().await, "/authorized-users?status=approved");
        person.shows(other.label("first tab")).await;
        person.open("/").await;
        person.press(other.label("top right")).await;
        person.shows(other.label("in that menu")).await;
        person.press(self.words.own_language).await;
        self.press("top right").await;
        person.press(self.words.sign_out).await;
        person.shows(self.words.signed_out).await;
        person.open("/authorized-users").await;
        assert!(person.path().await.starts_with("/login"));
    }

    /// "The account administrator has now been added."
    async fn the_new_administrator_sees_the_account(&self) {
        let dora = &self.person;
        self.app.deliver_mail().await;
        dora.opens_newest_mail_to(DORA).await;
        dora.enter_frame().await;
        dora.press_into_new_tab(self.words.invitation).await;
        dora.shows("Dora Groen").await.shows(TULIPS).await;
        dora.fill_labelled(self.words.new_password, CHOSEN).await;
        dora.fill_labelled(self.words.once_more, CHOSEN).await;
        dora.press(self.words.save).await;
        dora.shows(self.words.sign_in).await;
        dora.signs_in(DORA, CHOSEN).await;
        dora.shows("Dora Groen").await.shows(TULIPS).await;
        // She decides like everybody else.
        self.goes_to("second tab").await;
        dora.shows(TULIPS).await.shows("Anna de Wit").await;
        let request = self.app.asks("last@elsewhere.example", TULIPS).await;
        self.goes_to("first tab").await;
        dora.tick("last@elsewhere.example").await;
        self.press("approve").await;
        assert_eq!(self.app.status_of(request).await, "approved");
    }
}

/// Whether the menu reaches the right edge of what the page shows and stands above all of it.
async fn stands_at_the_top_right(person: &Chromium) -> bool {
    let script = "
        const menu = document.querySelector('summary').getBoundingClientRect();
        const main = document.querySelector('main').getBoundingClientRect();
        return menu.bottom <= main.top && main.right - menu.right < 40;
    ";
    person.asks(script, Vec::new()).await == true
}
