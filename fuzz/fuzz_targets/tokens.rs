//! Any text as a token of a link, an invitation, an address or a form: without the key none is genuine.
#![no_main]

use std::{sync::LazyLock, time::Duration};

use esecured_fuzz::{
    domain::timestamp::Timestamp,
    invitation_link, nonce,
    reject_link::{self, LinkPurpose},
    reply_token::{self, ReplyPurpose},
    signing::{KeyRing, key_file},
};
use libfuzzer_sys::fuzz_target;

const NOW: Timestamp = Timestamp::from_seconds(1_778_570_040);

/// Keys that nobody has seen.
static KEYS: LazyLock<KeyRing> = LazyLock::new(|| {
    let home = tempfile::tempdir().expect("a directory for the keys");
    let file = home.path().join("keys");
    key_file::rotate(&file, NOW).expect("new keys");
    key_file::load(&file, "https://esecure.example.net").expect("the keys")
});

fuzz_target!(|token: &str| {
    for purpose in [LinkPurpose::Reject, LinkPurpose::Undo] {
        assert!(reject_link::parse(&KEYS, token, purpose, NOW).is_err());
    }
    assert!(invitation_link::parse(&KEYS, token).is_err());
    for purpose in [ReplyPurpose::Reply, ReplyPurpose::Bounce] {
        assert!(reply_token::parse(&KEYS, token, purpose).is_err());
    }
    let hour = Duration::from_secs(3600);
    assert!(nonce::check(&KEYS, token, b"form", NOW, Duration::ZERO, hour).is_err());
    if let Some((_, found)) = reply_token::find_token(token) {
        assert!(token.contains(found));
    }
});
