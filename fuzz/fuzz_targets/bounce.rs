//! Any text as a delivery report (RFC 3464): it is read without a panic and commands nothing.
#![no_main]

use esecured_fuzz::reading::{self, Decision};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|report: &[u8]| {
    let mut mail = b"From: MAILER-DAEMON@example.net\r\nTo: reply+b.token@example.net\r\nSubject: Undelivered\r\n\
        MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain\r\n\r\nIt did not arrive.\r\n\
        --b\r\nContent-Type: message/delivery-status\r\n\r\n"
        .to_vec();
    mail.extend_from_slice(report);
    mail.extend_from_slice(b"\r\n--b--\r\n");
    if let Ok(read) = reading::read(&mail, None) {
        assert_eq!(read.decision, Decision::None);
        assert!(read.bounce.is_some(), "{:?} {}", read.kind, read.why);
    }
});
