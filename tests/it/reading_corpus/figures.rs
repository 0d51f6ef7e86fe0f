//! Collections of mails with a table that says how each has to be read, and what is reached.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use esecured::reading::{self, Decision, Original};

/// What has to be reached, in percent. These only ever rise.
const KIND_FLOOR: f64 = 98.0;
const DECISION_FLOOR: f64 = 97.0;
const FIRST_LINE_FLOOR: f64 = 97.0;

/// A line of the sent mail that is this long must never be in a reply.
const MIN_LEAK: usize = 25;

/// Mails, and the mails that they answer.
pub(super) struct Corpus {
    name: &'static str,
    pub(super) labels: Vec<Label>,
    /// By their name in the table.
    originals: HashMap<String, Original>,
}

/// How one mail has to be read.
pub(super) struct Label {
    file: String,
    /// The mail that it answers.
    original: String,
    /// What the sent mail called the writer.
    name: String,
    kind: Vec<String>,
    decision: Vec<String>,
    first_line: String,
    /// Of a bounce: `hard` or `soft`, and the address that failed.
    bounce: String,
    pub(super) raw: Vec<u8>,
}

impl Corpus {
    /// The collection in `tests/fixtures/replies`.
    pub(super) fn given() -> Self {
        let columns = ["accept_kind", "accept", "reply_text", "", "", ""];
        let original = Original {
            text: text("replies/original.txt"),
            html: Some(text("replies/original.html")),
        };
        Self {
            name: "given",
            labels: labels("replies", "labels.tsv", columns),
            originals: HashMap::from([(String::new(), original)]),
        }
    }

    /// Mails of further programs, languages and servers.
    pub(super) fn own() -> Self {
        Self::answering_ours("own", "replies-of-our-own")
    }

    /// Mails that no rule was made for.
    pub(super) fn held_out() -> Self {
        Self::answering_ours("held out", "replies-held-out")
    }

    fn answering_ours(name: &'static str, folder: &str) -> Self {
        let columns = [
            "kind",
            "decision",
            "first_line",
            "name",
            "original",
            "bounce",
        ];
        let original = |language: &str| {
            let part = |end| text(&format!("replies-of-our-own/original.{language}.{end}"));
            let original = Original {
                text: part("txt"),
                html: Some(part("html")),
            };
            (language.to_owned(), original)
        };
        Self {
            name,
            labels: labels(folder, "manifest.tsv", columns),
            originals: HashMap::from([original("nl"), original("en")]),
        }
    }

    /// The mail that one of them answers, as its writer got it.
    fn answered_by(&self, label: &Label) -> Original {
        let original = &self.originals[&label.original];
        let addressed = |text: &str| match label.name.as_str() {
            "" => text.to_owned(),
            name => text.replace("{NAME}", name),
        };
        Original {
            text: addressed(&original.text),
            html: original.html.as_deref().map(addressed),
        }
    }
}

/// How many mails of a collection are read rightly.
pub(super) struct Figures {
    corpus: &'static str,
    mails: usize,
    false_rejections: Vec<String>,
    kinds: usize,
    decisions: usize,
    first_lines: usize,
    leaks: Vec<String>,
    misread: Vec<String>,
}

impl Figures {
    pub(super) fn of(corpus: &Corpus, original_known: bool) -> Self {
        let mut figures = Self {
            corpus: corpus.name,
            mails: 0,
            false_rejections: Vec::new(),
            kinds: 0,
            decisions: 0,
            first_lines: 0,
            leaks: Vec::new(),
            misread: Vec::new(),
        };
        for label in &corpus.labels {
            figures.read(label, &corpus.answered_by(label), original_known);
        }
        figures
    }

    fn read(&mut self, label: &Label, original: &Original, original_known: bool) {
        let reading = reading::read(&label.raw, original_known.then_some(original)).unwrap();
        let named = |right: &[String], read: &str| right.iter().any(|right| right == read);
        let kind_right = named(&label.kind, reading.kind.as_str());
        let decision_right = named(&label.decision, reading.decision.as_str());
        let first_line = reading.reply_text.lines().next().unwrap_or_default();
        let line_right = squeezed(first_line) == squeezed(&label.first_line);
        let bounce = reading.bounce.as_ref().map_or(String::new(), |bounce| {
            let recipient = bounce.recipient.as_deref().unwrap_or_default();
            format!("{} {recipient}", bounce.severity.as_str())
        });
        let bounce_right = label.bounce.is_empty() || label.bounce == bounce;
        self.mails += 1;
        self.kinds += usize::from(kind_right && bounce_right);
        self.decisions += usize::from(decision_right);
        self.first_lines += usize::from(line_right);
        if reading.decision == Decision::Reject && !named(&label.decision, "reject") {
            self.false_rejections.push(label.file.clone());
        }
        let written = squeezed(&reading.reply_text);
        let own_lines = original.text.lines().filter(|line| line.len() >= MIN_LEAK);
        if own_lines.map(squeezed).any(|own| written.contains(&own)) {
            self.leaks.push(label.file.clone());
        }
        if !(kind_right && decision_right && line_right && bounce_right) {
            self.misread.push(format!(
                "{}: {} ({}) {} {:?} {bounce}",
                label.file,
                reading.kind.as_str(),
                reading.why,
                reading.decision.as_str(),
                reading.reply_text
            ));
        }
    }

    /// Prints what was reached, and fails below the floors.
    pub(super) fn hold(&self) {
        let percent = |part: usize| {
            100.0 * f64::from(u32::try_from(part).unwrap())
                / f64::from(u32::try_from(self.mails).unwrap())
        };
        let kind = percent(self.kinds);
        let decision = percent(self.decisions);
        let first_line = percent(self.first_lines);
        println!(
            "{}, {} mails: {} false rejections, kind {kind:.1} %, decision {decision:.1} %, first line {first_line:.1} %, {} quote leaks",
            self.corpus,
            self.mails,
            self.false_rejections.len(),
            self.leaks.len()
        );
        println!("{}", self.misread.join("\n"));
        assert!(self.mails > 0);
        assert_eq!(self.false_rejections, Vec::<String>::new());
        assert_eq!(self.leaks, Vec::<String>::new());
        assert!(kind >= KIND_FLOOR);
        assert!(decision >= DECISION_FLOOR);
        assert!(first_line >= FIRST_LINE_FLOOR);
    }
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// A file of the given collection.
pub(super) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(path("replies").join(name)).unwrap()
}

fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap()
}

/// The rows of a table, by the titles of the columns for kind, decision, first line, name,
/// original and bounce; a title that is empty stands for a column that is not there.
fn labels(folder: &str, table: &str, columns: [&str; 6]) -> Vec<Label> {
    let table = text(&format!("{folder}/{table}"));
    let mut rows = table
        .lines()
        .map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    let head = rows.next().unwrap();
    let at = |title: &str| head.iter().position(|found| found == title);
    let file = at("file").unwrap();
    let columns = columns.map(|title| (!title.is_empty()).then(|| at(title).unwrap()));
    let alternatives = |cell: String| cell.split('|').map(str::to_owned).collect();
    rows.map(|row| {
        let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).cloned().unwrap_or_default();
        let [kind, decision, first_line, name, original, bounce] = columns.map(cell);
        Label {
            raw: std::fs::read(path(folder).join(&row[file])).unwrap(),
            file: row[file].clone(),
            original,
            name,
            kind: alternatives(kind),
            decision: alternatives(decision),
            first_line,
            bounce,
        }
    })
    .collect()
}

/// Lower case with single spaces, as two people would agree that it is the same line.
fn squeezed(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}
