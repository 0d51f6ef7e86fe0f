//! Any text as what somebody wrote above our mail: whatever it says, our own words below it never
//! become its writer's, and nothing is read alone that the mail answered would make a difference to.
#![no_main]

use esecured_fuzz::reading::{self, Decision, Kind, Original};
use libfuzzer_sys::fuzz_target;

const OURS: &str = "Ken je dit adres niet? Weiger de aanvraag dan met de rode knop hieronder.";

fuzz_target!(|text: &str| {
    let quoted = format!("> {OURS}\r\n> weigeren\r\n");
    let mail = format!(
        "From: Anna <anna@example.com>\r\nTo: reply+token@example.net\r\nSubject: Re: R-7Q4K9\r\n\
         In-Reply-To: <m.1@example.net>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n{quoted}"
    );
    let original = Original {
        text: format!("{OURS}\nweigeren\n"),
        html: None,
    };
    let Ok(opened) = reading::open(mail.as_bytes()) else {
        return;
    };
    let read = opened.read(Some(&original));
    if let Some(alone) = opened.read_alone() {
        assert_eq!(alone, read, "the mail that was answered makes a difference");
    }
    assert!(text.contains("Ken je dit") || !read.reply_text.contains(OURS));
    let said_nothing = text.chars().all(|c| c.is_ascii_whitespace());
    if said_nothing && read.kind == Kind::Reply {
        assert_eq!(read.decision, Decision::None, "{}", read.because);
    }
});
