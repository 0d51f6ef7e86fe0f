//! How fast mails are read and made, beside what others need for the same in the same run:
//!
//! ```text
//! cargo bench --bench mail -- latency [--mails 30]      P4: a reply decides its request
//! cargo bench --bench mail -- backlog [--mails 10000]   P5: many replies that wait
//! cargo bench --bench mail -- one                       reading one mail; rendering and signing one
//! ```
//!
//! With `--json` one line for a program. A real Dovecot keeps the mails and announces them; `mbsync`
//! (Debian package isync) is what a backlog is measured beside.

mod backlog;
mod bare_client;
mod latency;
mod one;
mod story;
#[path = "../../tests/it/support/mod.rs"]
// What the tests use, and what may panic there may do so here.
#[allow(dead_code, unused_imports, unused_macros, clippy::unwrap_used)]
mod support;

use std::{fs, process::ExitCode};

use serde_json::{Map, Value, json};

/// What was measured.
struct Figures(Map<String, Value>);

impl Figures {
    fn of(bench: &str) -> Self {
        let mut figures = Self(Map::new());
        figures.say("bench", bench);
        let profile = if cfg!(debug_assertions) {
            "unoptimized"
        } else {
            "optimized"
        };
        figures.say("profile", profile);
        figures.say(
            "cores",
            std::thread::available_parallelism().map_or(0, usize::from),
        );
        figures
    }

    fn say(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// To a tenth of what it is given in.
    fn measure(&mut self, name: &str, value: f64) {
        self.say(name, json!((value * 10.0).round() / 10.0));
    }

    fn print(mut self, as_json: bool) {
        // Others may be at work on the machine: how many wanted its cores in the last minute.
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load
            .split(' ')
            .next()
            .and_then(|load| load.parse::<f64>().ok());
        self.say("load", load);
        if as_json {
            println!("{}", Value::Object(self.0));
            return;
        }
        for (name, value) in self.0 {
            println!("{name:>24}  {value}");
        }
    }
}

/// The middle one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn main() -> ExitCode {
    // Cargo adds one of its own.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let as_json = words.contains(&"--json");
    let mails = words.iter().skip_while(|word| **word != "--mails").nth(1);
    let mails = mails.map(|mails| mails.parse::<usize>().expect("--mails takes a number"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let figures = match words.first() {
        Some(&"latency") => runtime.block_on(latency::measure(mails.unwrap_or(30))),
        Some(&"backlog") => runtime.block_on(backlog::measure(mails.unwrap_or(10_000))),
        Some(&"one") => one::measure(),
        _ => {
            eprintln!(
                "usage: cargo bench --bench mail -- latency|backlog|one [--mails N] [--json]"
            );
            return ExitCode::from(2);
        }
    };
    figures.print(as_json);
    ExitCode::SUCCESS
}
