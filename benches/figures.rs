//! What the benches are asked for, and what they print.

use std::fs;

use serde_json::{Map, Value, json};

/// What stands on the command line.
pub struct Asked {
    words: Vec<String>,
    /// One line for a program.
    pub as_json: bool,
}

impl Asked {
    pub fn of_command_line() -> Self {
        // Cargo adds one of its own.
        let words = std::env::args().skip(1).filter(|word| word != "--bench");
        let words: Vec<String> = words.collect();
        let as_json = words.iter().any(|word| word == "--json");
        Self { words, as_json }
    }

    /// Which bench.
    pub fn bench(&self) -> Option<&str> {
        self.words.first().map(String::as_str)
    }

    /// The number behind this word.
    pub fn number(&self, name: &str) -> Option<usize> {
        let number = self.words.iter().skip_while(|word| *word != name).nth(1)?;
        Some(
            number
                .parse()
                .unwrap_or_else(|_| panic!("{name} takes a number")),
        )
    }
}

/// What was measured.
pub struct Figures(Map<String, Value>);

impl Figures {
    pub fn of(bench: &str) -> Self {
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

    pub fn say(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// To a tenth of what it is given in.
    pub fn measure(&mut self, name: &str, value: f64) {
        self.say(name, json!((value * 10.0).round() / 10.0));
    }

    pub fn print(mut self, as_json: bool) {
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
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
