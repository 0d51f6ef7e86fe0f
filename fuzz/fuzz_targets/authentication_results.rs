//! Any text as an Authentication-Results header (RFC 8601): nothing passes that does not name our
//! server, DMARC, a pass and the domain.
#![no_main]

use esecured_fuzz::reading::{self, Verdict};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &str| {
    let value = value.replace(['\r', '\n'], " ");
    let mail = format!(
        "Authentication-Results: {value}\r\nFrom: anna@example.com\r\nTo: a@example.net\r\n\r\nweigeren\r\n"
    );
    let Ok(opened) = reading::open(mail.as_bytes()) else {
        return;
    };
    if opened.dmarc("mx.example.net", "example.com") == Verdict::Pass {
        let value = value.to_ascii_lowercase();
        for word in ["mx.example.net", "dmarc", "pass", "example.com"] {
            assert!(value.contains(word), "{word} is not in {value}");
        }
    }
});
