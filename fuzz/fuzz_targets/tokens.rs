//! Any text as a token of a link, an invitation, an address or a form: without the key none is genuine,
//! and one that is cannot be changed.
#![no_main]

use std::{sync::LazyLock, time::Duration};

use esecured_fuzz::{
    domain::timestamp::Timestamp,
    invitation_link, nonce,
    reject_link::{self, LinkClaims, LinkPurpose},
    reply_token::{self, ReplyPurpose},
    signing::{KeyRing, key_file},
};
use libfuzzer_sys::fuzz_target;
use uuid::Uuid;

const HOUR: Duration = Duration::from_secs(3600);
const NOW: Timestamp = Timestamp::from_seconds(1_778_570_040);

/// Keys that nobody has seen.
static KEYS: LazyLock<KeyRing> = LazyLock::new(|| {
    let home = tempfile::tempdir().expect("a directory for the keys");
    let file = home.path().join("keys");
    key_file::rotate(&file, NOW).expect("new keys");
    key_file::load(&file, "https://esecure.example.net").expect("the keys")
});

/// One of each kind, as they stand in mails and forms.
static GENUINE: LazyLock<[String; 5]> = LazyLock::new(|| {
    let claims = |purpose| LinkClaims {
        purpose,
        request: Uuid::from_u128(1),
        recipient: Uuid::from_u128(2),
        expires: NOW.plus(HOUR),
        generation: 0,
    };
    let address = |purpose| {
        let key = KEYS.signing_key();
        reply_token::encode(&KEYS, key, purpose, [7; 8]).expect("the key signs")
    };
    [
        reject_link::encode(&KEYS, &claims(LinkPurpose::Reject)),
        reject_link::encode(&KEYS, &claims(LinkPurpose::Undo)),
        address(ReplyPurpose::Reply),
        address(ReplyPurpose::Bounce),
        nonce::issue(&KEYS, b"form", NOW),
    ]
});

/// Which doors take it.
fn taken(token: &str) -> [bool; 5] {
    let link = |purpose| reject_link::parse(&KEYS, token, purpose, NOW).is_ok();
    let address = |purpose| reply_token::parse(&KEYS, token, purpose).is_ok();
    [
        link(LinkPurpose::Reject),
        link(LinkPurpose::Undo),
        address(ReplyPurpose::Reply),
        address(ReplyPurpose::Bounce),
        nonce::check(&KEYS, token, b"form", NOW, Duration::ZERO, HOUR).is_ok(),
    ]
}

fuzz_target!(|input: (u8, u8, &str)| {
    let (which, place, text) = input;
    assert_eq!(taken(text), [false; 5]);
    assert!(invitation_link::parse(&KEYS, text).is_err());
    if let Some((_, found)) = reply_token::find_token(text) {
        assert!(text.contains(found));
    }

    // A genuine one is taken at its own door, and at none once a letter of it is another.
    let which = usize::from(which) % GENUINE.len();
    let genuine = &GENUINE[which];
    let mut doors = [false; 5];
    doors[which] = true;
    assert_eq!(taken(genuine), doors);
    let place = usize::from(place) % (genuine.len() + 1);
    let rest = genuine.get(place + 1..).unwrap_or_default();
    let changed = format!("{}{text}{rest}", &genuine[..place]);
    if !changed.eq_ignore_ascii_case(genuine) {
        assert_eq!(taken(&changed), [false; 5], "{changed} beside {genuine}");
    }
});
