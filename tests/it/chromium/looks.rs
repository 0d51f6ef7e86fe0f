//! Looking at a page as it is shown: on a small phone and on a desk, by day and by night.
//!
//! `SCREENSHOTS=DIR` keeps a picture of everything looked at; `UPDATE_PICTURES=1` draws the
//! pictures of the README anew.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::json;

use crate::support::{
    Chromium,
    chromium::{DESKTOP, PHONE},
    process,
};

/// Of the npm package axe-core, which `tests/run` installs.
const AXE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/peers/node_modules/axe-core/axe.min.js"
);

impl Chromium {
    /// Asserts that nothing is wrong with the looks of the page.
    pub async fn looks_right(&self, name: &str) {
        for scheme in ["light", "dark"] {
            self.colours(scheme).await;
            for width in [PHONE, DESKTOP] {
                self.fits(&format!("{name} {scheme} {width}"), width).await;
            }
            self.is_accessible(&format!("{name} {scheme}")).await;
        }
        self.colours("light").await;
        let once =
            "return ['h1', 'link[rel=icon]'].map((what) => document.querySelectorAll(what).length)";
        let found = self.asks(once, Vec::new()).await;
        assert_eq!(found, json!([1, 1]), "{name}: headings and icons");
    }

    /// Asserts that axe-core finds nothing: WCAG 2.2 A and AA, and its best practices.
    async fn is_accessible(&self, name: &str) {
        let axe = fs::read_to_string(AXE).expect("tests/run fetches it");
        self.asks(&axe, Vec::new()).await;
        let found = self.asks_and_waits(include_str!("axe.js")).await;
        let found: Vec<String> = serde_json::from_value(found).unwrap();
        assert!(found.is_empty(), "{name}: {found:#?}");
    }

    /// Asserts that nothing is wrong with the page on a screen of this width: see `faults.js`.
    pub async fn fits(&self, name: &str, width: u32) {
        self.width(width).await;
        if let Some(dir) = env::var_os("SCREENSHOTS") {
            let file = format!("{}.png", name.replace(['/', ' '], "-"));
            fs::write(
                PathBuf::from(dir).join(file),
                self.whole_picture(width).await,
            )
            .unwrap();
        }
        let script = include_str!("faults.js");
        let faults = self.asks(script, vec![width.into()]).await;
        let faults: Vec<String> = serde_json::from_value(faults).unwrap();
        assert!(faults.is_empty(), "{name}: {faults:#?}");
    }

    /// Draws the page for the README, where that is asked for, on a screen of this width.
    pub async fn is_drawn(&self, file: &str, width: u32) {
        if env::var_os("UPDATE_PICTURES").is_none() {
            return;
        }
        self.width(width).await;
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("docs")
            .join(file);
        fs::write(&path, self.picture().await).unwrap();
        // Of the Debian package pngquant, which nothing else needs.
        let mut smaller = Command::new("pngquant");
        process::run(smaller.args(["--force", "--ext", ".png"]).arg(&path));
        self.width(DESKTOP).await;
    }
}
