//! How fast shipping systems are answered:
//!
//! ```text
//! cargo bench --bench api -- wake  [--times 200]      a decision reaches whoever waits for it
//! cargo bench --bench api -- polls [--polls 10000]    many long polls that are open at once
//! cargo bench --bench api -- flood [--accounts 100]   fifty requesters who ask for many accounts
//!                      [--seconds 60]     within this time, or 0: as fast as they are answered
//! ```
//!
//! With `--json` one line for a program.

#[path = "../figures.rs"]
mod figures;
mod full_minute;
mod open_polls;
#[path = "../../tests/it/support/mod.rs"]
// What the tests use, and what may panic there may do so here.
#[allow(dead_code, unused_imports, unused_macros, clippy::unwrap_used)]
mod support;
mod wake_up;

use std::{process::ExitCode, time::Duration};

use figures::{Asked, Figures, median};

/// What so many of a hundred are not above.
fn percentile(mut values: Vec<f64>, percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (values.len() * percent).div_ceil(100).saturating_sub(1);
    values.get(place).copied().unwrap_or(f64::NAN)
}

fn main() -> ExitCode {
    let asked = Asked::of_command_line();
    if asked.bench() == Some("polls")
        && let Some(ended) = open_polls::with_all_descriptors()
    {
        return ended;
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let number = |name, usual| asked.number(name).unwrap_or(usual);
    let figures = match asked.bench() {
        Some("wake") => runtime.block_on(wake_up::measure(number("--times", 200))),
        Some("polls") => runtime.block_on(open_polls::measure(number("--polls", 10_000))),
        Some("flood") => {
            let within = Duration::from_secs(number("--seconds", 60) as u64);
            runtime.block_on(full_minute::measure(number("--accounts", 100), within))
        }
        _ => {
            eprintln!(
                "usage: cargo bench --bench api -- wake|polls|flood [--times N] [--polls N] [--accounts N] [--seconds N] [--json]"
            );
            return ExitCode::from(2);
        }
    };
    figures.print(asked.as_json);
    ExitCode::SUCCESS
}
