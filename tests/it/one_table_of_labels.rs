//! `templates/labels.toml` is the one table of the guide's labels: what is printed in
//! `docs/guide.md` and what pages and mails show are the same words at the same places.

use std::{collections::BTreeSet, fs, path::Path};

use esecured::{domain::language::Language, templates::Templates};
use reqwest::Method;

use crate::support::{
    ANNA, BRAM, Browser, Database, TULIPS, TestApp,
    browser::Page,
    printed_guide::{GUIDE, PLACES, PrintedGuide, rows},
};

const BOTH: [PrintedGuide; 2] = [PrintedGuide::Dutch, PrintedGuide::English];

/// Labels that are no words of ordinary sentences: whoever types one of these into a template
/// makes a second table.
const ONLY_LABELS: [(&str, &str); 11] = [
    ("my_shipment_settings", "nl en"),
    ("access_esecure", "nl en"),
    ("authorized_user", "nl en"),
    ("customer_administrator", "nl en"),
    ("approve", "nl"),
    ("reject", "nl"),
    ("reject_button", "nl"),
    ("save", "nl"),
    ("account_number", "nl en"),
    ("email_id", "en"),
    ("my_domain", "nl en"),
];

/// What a template may be called that speaks one language, or that developers alone read.
const IN_ONE_LANGUAGE: [&str; 3] = [
    "page/docs/members.hbs",
    "page/docs/operation.hbs",
    "page/mailbox/",
];

#[test]
fn the_printed_guide_has_the_labels_of_the_table() {
    let templates = Templates::load().unwrap();
    let printed: Vec<[&str; 3]> = rows();
    let table: Vec<[&str; 3]> = PLACES
        .iter()
        .map(|(place, key)| {
            let label = |language| templates.labels().get(key, language).unwrap();
            [*place, label(Language::Nl), label(Language::En)]
        })
        .collect();
    assert_eq!(printed, table);
}

#[test]
fn each_step_names_its_labels_in_bold_and_nothing_else() {
    for guide in BOTH {
        let labels: BTreeSet<&str> = PLACES.iter().map(|(place, _)| guide.label(place)).collect();
        let steps = guide.steps().replace("\n   ", " ");
        let bold: BTreeSet<&str> = steps.split("**").skip(1).step_by(2).collect();
        assert_eq!(bold, labels, "{}", guide.language());
    }
}

#[test]
fn every_picture_of_the_documents_is_there_and_every_picture_is_shown() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let mut shown = BTreeSet::new();
    for (text, within) in [
        (GUIDE.to_owned(), "docs/"),
        (read("docs/pictures/README.md"), "docs/pictures/"),
        (read("README.md"), ""),
    ] {
        for part in text.split("](").skip(1).chain(text.split("src=\"").skip(1)) {
            let path = part.split([')', '"', ' ']).next().unwrap();
            if Path::new(path).extension().is_some_and(|ext| ext == "png") {
                shown.insert(format!("{within}{path}"));
            }
        }
    }
    let mut there = BTreeSet::new();
    let mut size = 0;
    for entry in fs::read_dir(root.join("docs/pictures")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name != "README.md" {
            there.insert(format!("docs/pictures/{name}"));
            size += entry.metadata().unwrap().len();
        }
    }
    let odd: Vec<&String> = shown.symmetric_difference(&there).collect();
    assert!(odd.is_empty(), "not both there and shown: {odd:?}");
    assert!(size < 6_000_000, "{size} bytes of pictures");
}

/// Every template with its path below `templates/`.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut found = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ext| ext == "hbs") {
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 100, "{}", found.len());
    found
}

/// The text without everything from `open` to `close`.
fn without(text: &str, open: &str, close: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once(open) {
        kept.push_str(before);
        kept.push(' ');
        rest = inside.split_once(close).map_or("", |(_, after)| after);
    }
    kept + rest
}

#[test]
fn no_template_spells_a_label_of_its_own() {
    let templates = Templates::load().unwrap();
    for (name, source) in sources() {
        let source = without(&source, "{{!--", "--}}");
        for (key, languages) in ONLY_LABELS {
            for language in languages.split(' ') {
                let language = Language::parse(language).unwrap();
                let label = templates.labels().get(key, language).unwrap();
                assert!(
                    !source.contains(label),
                    "{name} says {label:?} instead of {{{{label \"{key}\"}}}}"
                );
            }
        }
    }
}

/// What would be read the same in both languages: words beside all that is translated.
fn words_in_one_language(source: &str) -> String {
    let mut text = without(source, "{{!--", "--}}");
    for (open, close) in [("{{#nl}}", "{{/nl}}"), ("{{#en}}", "{{/en}}")] {
        text = without(&text, open, close);
    }
    // Names of languages, which are the same in both; and what a mail program alone reads.
    for (open, close) in [
        (" lang=\"nl\"", "<"),
        (" lang=\"en\"", "<"),
        ("<style>", "</style>"),
        ("<pre", "</pre>"),
        ("<code>", "</code>"),
    ] {
        text = without(&text, open, close);
    }
    text = without(&text, "{{", "}}");
    for said in ["aria-label=\"", "placeholder=\"", "title=\"", "alt=\""] {
        let attributes = text.clone();
        for value in attributes.split(said).skip(1) {
            text.push_str(value.split('"').next().unwrap());
        }
    }
    without(&text, "<", ">")
}

#[test]
fn nothing_is_said_outside_of_what_is_translated() {
    let is_word = |word: &&str| word.chars().filter(|c| c.is_alphabetic()).count() > 1;
    for (name, source) in sources() {
        let speaks_one = ["/nl.", "/en."].iter().any(|one| name.contains(one));
        if speaks_one || IN_ONE_LANGUAGE.iter().any(|one| name.starts_with(one)) {
            continue;
        }
        let text = words_in_one_language(&source);
        let words: Vec<&str> = text.split_whitespace().filter(is_word).collect();
        let allowed = |word: &&str| {
            ![
                "HTML",
                "example.com",
                "Passkey",
                "Passkeys",
                "&amp;",
                "&nbsp;",
            ]
            .contains(word)
        };
        let words: Vec<&str> = words.into_iter().filter(allowed).collect();
        assert!(words.is_empty(), "{name}: {words:?}");
    }
    // It would be seen: a sentence, and a name that only a screen reader says.
    assert!(words_in_one_language("<p>{{tr \"a\" \"b\"}} alleen</p>").contains("alleen"));
    assert!(words_in_one_language("<nav aria-label=\"Menu\"></nav>").contains("Menu"));
}

/// A page as somebody with this guide reads it.
async fn reads(browser: &Browser, guide: PrintedGuide, path: &str) -> Page {
    let headers = [("accept-language", guide.language())];
    browser.send(Method::GET, path, &headers).await
}

#[tokio::test]
async fn every_label_stands_at_its_place() {
    let app = TestApp::start(Database::Sqlite).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let anna = app.signed_in(ANNA).await;
    let add_users = "/authorized-users/add";
    let add_administrator = format!("/customer-administrators/add?account={TULIPS}");
    let open = format!("/requests/{id}");
    for guide in BOTH {
        let says = |place| guide.label(place);
        let pages = [
            "/",
            "/authorized-users",
            add_users,
            "/customer-administrators",
            &add_administrator,
            "/domains",
            &open,
            "/activity",
            "/settings",
        ];
        for path in pages {
            let page = reads(&anna, guide, path).await;
            assert_eq!(page.status, 200, "{path}");
            page.shows(&format!("<summary>{}</summary>", says("top right")));
            page.shows(&format!(">{}</a>\n", says("in that menu")));
            // Whatever approves, rejects or saves is called so, wherever it stands.
            for (button, place) in [
                ("value=\"approve\">", "approve"),
                ("value=\"reject\">", "reject"),
                ("value=\"save\">", "save"),
            ] {
                for label in page.body.split(button).skip(1) {
                    let label = label.split("</button>").next().unwrap();
                    assert_eq!(label, says(place), "{path}");
                }
            }
        }
        let list = reads(&anna, guide, "/authorized-users").await;
        for (before, place, after) in [
            (" aria-current=\"page\">", "first tab", "</a>"),
            ("/customer-administrators\">", "second tab", "</a>"),
            ("/authorized-users/add\">", "add", "</a>"),
            ("value=\"approve\">", "approve", "</button>"),
            ("value=\"reject\">", "reject", "</button>"),
            ("scope=\"col\">", "first field, required", "</th>"),
            ("scope=\"col\">", "second field, required", "</th>"),
        ] {
            list.shows(&format!("{before}{}{after}", says(place)));
        }
        let form = reads(&anna, guide, add_users).await;
        for (field, place) in [
            ("account", "first field, required"),
            ("email", "second field, required"),
        ] {
            let star = "<span class=\"star\" aria-hidden=\"true\">*</span>";
            form.shows(&format!("<label for=\"{field}\">{} {star}", says(place)));
        }
        form.shows(&format!("value=\"save\">{}</button>", says("save")));
        for path in ["/customer-administrators", &add_administrator] {
            let button = format!("<button class=\"primary\">{}</button>", says("add"));
            reads(&anna, guide, path).await.shows(&button);
        }
    }

    // In the mail each reads the own language first.
    for (who, guide) in [(ANNA, PrintedGuide::Dutch), (BRAM, PrintedGuide::English)] {
        let mail = app.last_mail_to(who);
        let button = guide.label("red button in the mail");
        let first = mail
            .html
            .split("</a>")
            .find(|link| link.contains("#a61b1b"));
        assert!(first.unwrap().ends_with(&format!(">{button}")), "{who}");
        for place in ["top right", "in that menu", "first tab", "approve"] {
            let label = guide.label(place);
            assert!(mail.html.contains(&format!("<b>{label}</b>")), "{label}");
            assert!(mail.text.contains(label), "{label}");
        }
        let page = reads(&app.browser(), guide, &mail.path("/r/")).await;
        page.shows(&format!(">{button} / "));
    }

    // The result is called as it is there.
    let bram = app.signed_in(BRAM).await;
    let done = bram.decides(&[&id.to_string()], "approve").await;
    done.shows(&format!(": {} voor", PrintedGuide::Dutch.label("result")));
}
