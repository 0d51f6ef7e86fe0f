//! Any bytes as a mail: they are read without a panic, twice alike, and nothing but a reply commands.
#![no_main]

use esecured_fuzz::reading::{self, Decision, Kind};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &[u8]| {
    let Ok(read) = reading::read(raw, None) else {
        return;
    };
    assert_eq!(reading::read(raw, None).as_ref(), Ok(&read));
    assert!(read.kind == Kind::Reply || read.decision == Decision::None);
    assert_eq!(read.kind == Kind::Bounce, read.bounce.is_some());
    assert_eq!(reading::fingerprint(raw), reading::fingerprint(raw));
});
