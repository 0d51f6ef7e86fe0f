//! The parts of the daemon that read what anybody in the world can write, without the rest of it: they
//! are compiled here from the daemon's own files, so that a fuzzer is built in a minute.

#![expect(dead_code, reason = "the rest of the daemon is not here to use it")]

#[path = "../../src/closed_file.rs"]
pub mod closed_file;
#[path = "../../src/domain/mod.rs"]
pub mod domain;
#[path = "../../src/invitation_link.rs"]
pub mod invitation_link;
#[path = "../../src/nonce.rs"]
pub mod nonce;
#[path = "../../src/random.rs"]
pub mod random;
#[path = "../../src/reading/mod.rs"]
pub mod reading;
#[path = "../../src/reject_link.rs"]
pub mod reject_link;
#[path = "../../src/reply_token.rs"]
pub mod reply_token;
#[path = "../../src/signing/mod.rs"]
pub mod signing;
