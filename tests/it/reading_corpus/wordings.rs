//! Short answers, one to a line of a table, and how many of them are understood.

use esecured::reading::{self, Decision, Original};

use super::figures::fixture;

/// A short answer and every decision that counts as right for it.
pub(super) struct Wording {
    pub(super) accepted: Vec<String>,
    pub(super) text: String,
}

/// The rows of a table in `tests/fixtures/replies`.
pub(super) fn wordings(table: &str) -> Vec<Wording> {
    let table = String::from_utf8(fixture(table)).unwrap();
    let rows = table
        .lines()
        .skip(1)
        .map(|line| line.split_once('\t').unwrap());
    rows.map(|(accepted, text)| Wording {
        accepted: accepted.split('|').map(str::to_owned).collect(),
        text: text.replace("\\n", "\n"),
    })
    .collect()
}

/// The mail that all of them answer.
pub(super) fn sent() -> Original {
    Original {
        text: String::from_utf8(fixture("original.txt")).unwrap() + "\nR-7Q4K9",
        html: None,
    }
}

/// The answer as a mail.
pub(super) fn reply(text: &str) -> String {
    format!(
        "From: Anna <anna@example.org>\nTo: in+abc@mail.example\nSubject: Re: x\n\
         Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    )
}

/// Prints how many clear rejections of a table are understood, and fails below `floor` percent or
/// at the first answer that is taken for a rejection and is none.
pub(super) fn hold_rejections(table: &str, floor: f64) {
    let original = sent();
    let (mut clear, mut understood, mut others) = (0_u32, 0_u32, 0_u32);
    let (mut unread, mut taken_for_one) = (Vec::new(), Vec::new());
    for Wording { accepted, text } in wordings(table) {
        let reading = reading::read(reply(&text).as_bytes(), Some(&original)).unwrap();
        let rejects = reading.decision == Decision::Reject;
        if accepted == ["reject"] {
            clear += 1;
            understood += u32::from(rejects);
            if !rejects {
                unread.push(format!("{text:?}: {}", reading.because));
            }
        } else {
            others += 1;
            if rejects && !accepted.iter().any(|accepted| accepted == "reject") {
                taken_for_one.push(text);
            }
        }
    }
    let share = 100.0 * f64::from(understood) / f64::from(clear);
    println!(
        "{table}: {understood} of {clear} clear rejections understood ({share:.1} %), {} of {others} other answers taken for one",
        taken_for_one.len()
    );
    println!("{}", unread.join("\n"));
    assert_eq!(taken_for_one, Vec::<String>::new());
    assert!(share >= floor, "{share:.1} % are understood");
}
