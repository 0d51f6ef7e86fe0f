//! Looking at a page as it is shown: on a small phone and on a desk, by day and by night, zoomed in,
//! and in high contrast.
//!
//! `SCREENSHOTS=DIR` keeps a picture of everything looked at; `UPDATE_PICTURES=1` draws the pictures
//! of `docs/pictures/` anew.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::json;

use crate::support::{
    Chromium,
    chromium::TAB,
    process,
    screen::{DESKTOP, PHONE, ZOOMED},
};

/// Of the npm package axe-core, which `tests/run` installs.
const AXE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/peers/node_modules/axe-core/axe.min.js"
);

/// The pages that are also drawn on a phone and by night.
const MAIN: [&str; 12] = [
    "activity",
    "add users",
    "administrators",
    "administrators add",
    "domains preview",
    "home",
    "home menu",
    "list ticked",
    "login",
    "reject open",
    "request pending",
    "settings",
];

impl Chromium {
    /// Asserts that nothing is wrong with the looks of the page: by day in the language it is shown
    /// in, and by night in the other one, for which it is loaded once more.
    ///
    /// Colours do not depend on words nor widths on colours, so that nothing is left out.
    pub async fn looks_right(&self, name: &str) {
        self.looks_right_by_day(name).await;
        let (first, words) = self.outline().await;
        let other = if first == "nl" { "en" } else { "nl" };
        let chosen = self.chosen_language().await;
        self.reads_it_in(Some(other)).await;
        let (second, again) = self.outline().await;
        assert_eq!(words, again, "{name} is not the same page in {second}");
        self.looks_right_by_night(&format!("{name} {second}")).await;
        self.reads_it_in(chosen.as_deref()).await;
    }

    /// The same for a page that cannot be loaded once more: by day if it is in Dutch, by night if in
    /// English. Its story is told in both.
    pub async fn looks_right_once(&self, name: &str) {
        match self.outline().await.0.as_str() {
            "nl" => self.looks_right_by_day(name).await,
            _ => self.looks_right_by_night(&format!("{name} en")).await,
        }
    }

    async fn looks_right_by_day(&self, name: &str) {
        self.is_accessible(&format!("{name} light")).await;
        for width in [PHONE, DESKTOP] {
            self.fits(&format!("{name} light {width}"), width).await;
        }
        self.is_drawn(name, DESKTOP).await;
        if MAIN.contains(&name) {
            self.is_drawn(&format!("{name} phone"), PHONE).await;
            self.colours("dark").await;
            self.is_drawn(&format!("{name} dark"), DESKTOP).await;
            self.colours("light").await;
        }
        self.zoomed().await;
        self.has_no_faults(&format!("{name} zoomed"), ZOOMED).await;
        self.width(DESKTOP).await;
        self.is_seen_in_high_contrast(name).await;
        let once =
            "return ['h1', 'link[rel=icon]'].map((what) => document.querySelectorAll(what).length)";
        let found = self.asks(once, Vec::new()).await;
        assert_eq!(found, json!([1, 1]), "{name}: headings and icons");
    }

    async fn looks_right_by_night(&self, name: &str) {
        self.colours("dark").await;
        for width in [PHONE, DESKTOP] {
            self.fits(&format!("{name} dark {width}"), width).await;
        }
        self.is_accessible(&format!("{name} dark")).await;
        self.colours("light").await;
    }

    /// The language of the page, and what it is made of.
    async fn outline(&self) -> (String, Vec<String>) {
        let script = "
            const all = [...document.querySelectorAll('main *')];
            return [document.documentElement.lang, all.map((one) => one.localName)];
        ";
        serde_json::from_value(self.asks(script, Vec::new()).await).unwrap()
    }

    /// Asserts that axe-core finds nothing: WCAG 2.2 A and AA, and its best practices.
    async fn is_accessible(&self, name: &str) {
        self.is_accessible_but_for(name, &[]).await;
    }

    /// The same without some of its rules.
    pub async fn is_accessible_but_for(&self, name: &str, rules: &[&str]) {
        if self.asks("return !window.axe", Vec::new()).await == true {
            let axe = fs::read_to_string(AXE).expect("tests/run fetches it");
            self.asks(&axe, Vec::new()).await;
            self.runs_on_every_page(&axe).await;
        }
        let found = self
            .asks_and_waits(include_str!("axe.js"), vec![json!(rules)])
            .await;
        let found: Vec<String> = serde_json::from_value(found).unwrap();
        assert!(found.is_empty(), "{name}: {found:#?}");
    }

    /// Asserts that nothing is wrong with the page on a screen of this width: see `faults.js`.
    pub async fn fits(&self, name: &str, width: u32) {
        self.width(width).await;
        self.is_kept(name, width).await;
        self.has_no_faults(name, width).await;
    }

    async fn has_no_faults(&self, name: &str, width: u32) {
        let script = include_str!("faults.js");
        let faults = self.asks(script, vec![width.into()]).await;
        let faults: Vec<String> = serde_json::from_value(faults).unwrap();
        assert!(faults.is_empty(), "{name}: {faults:#?}");
    }

    /// Asserts that all that is used can be told apart, and the focus seen, where the system alone
    /// chooses the colours: see `high_contrast.js`.
    async fn is_seen_in_high_contrast(&self, name: &str) {
        self.forced_colours().await;
        self.is_kept(&format!("{name} contrast"), DESKTOP).await;
        self.keys(TAB).await;
        let faults = self
            .asks(include_str!("high_contrast.js"), Vec::new())
            .await;
        let faults: Vec<String> = serde_json::from_value(faults).unwrap();
        assert!(faults.is_empty(), "{name} in high contrast: {faults:#?}");
        self.colours("light").await;
    }

    async fn is_kept(&self, name: &str, width: u32) {
        if let Some(dir) = env::var_os("SCREENSHOTS") {
            let path = PathBuf::from(dir).join(file(name));
            fs::write(path, self.whole_picture(width).await).unwrap();
        }
    }

    /// Draws the page for the documentation, where that is asked for, as on a screen of this width.
    pub async fn is_drawn(&self, name: &str, width: u32) {
        // A reference is long, and looks the same all the way down.
        let most = "Math.min(document.scrollingElement.scrollHeight, 2600)";
        self.is_drawn_down_to(name, width, most).await;
    }

    /// The same down to where this script says, in CSS pixels.
    pub async fn is_drawn_down_to(&self, name: &str, width: u32, script: &str) {
        if env::var_os("UPDATE_PICTURES").is_none() {
            return;
        }
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("docs/pictures")
            .join(file(name));
        fs::write(&path, self.picture_down_to(width, script).await).unwrap();
        // Of the Debian package pngquant, which nothing else needs.
        let mut smaller = Command::new("pngquant");
        process::run(
            smaller
                .args([
                    "--force", "--nofs", "--speed", "1", "--strip", "--ext", ".png", "16",
                ])
                .arg(&path),
        );
        self.width(DESKTOP).await;
    }
}

fn file(name: &str) -> String {
    format!("{}.png", name.replace(['/', ' ', '?', '&', '='], "-"))
}
