//! How fast mails are read and made, beside what others need for the same in the same run:
//!
//! ```text
//! cargo bench --bench mail -- latency [--mails 30]      P4: a reply decides its request
//! cargo bench --bench mail -- backlog [--mails 10000]   P5: many replies that wait
//! cargo bench --bench mail -- one                       reading one mail, and the worst ones; rendering and signing one
//! ```
//!
//! With `--json` one line for a program. A real Dovecot keeps the mails and announces them; `mbsync`
//! (Debian package isync) is what a backlog is measured beside.

mod backlog;
mod bare_client;
#[path = "../figures.rs"]
mod figures;
mod latency;
mod one;
mod story;
#[path = "../../tests/it/support/mod.rs"]
// What the tests use, and what may panic there may do so here.
#[allow(dead_code, unused_imports, unused_macros, clippy::unwrap_used)]
mod support;
mod worst;

use std::process::ExitCode;

use figures::{Asked, Figures, median};

fn main() -> ExitCode {
    let asked = Asked::of_command_line();
    let mails = asked.number("--mails");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let figures = match asked.bench() {
        Some("latency") => runtime.block_on(latency::measure(mails.unwrap_or(30))),
        Some("backlog") => runtime.block_on(backlog::measure(mails.unwrap_or(10_000))),
        Some("one") => one::measure(),
        _ => {
            eprintln!(
                "usage: cargo bench --bench mail -- latency|backlog|one [--mails N] [--json]"
            );
            return ExitCode::from(2);
        }
    };
    figures.print(asked.as_json);
    ExitCode::SUCCESS
}
