//! How long it takes to read one mail, and to render and sign one.

use std::{fs, hint::black_box, path::Path, process::Command, time::Instant};

use esecured::{
    domain::{language::Language, message::MessageKind, timestamp::Timestamp},
    mail::{compose::preview, dkim::Dkim},
    reading::{self, Original},
    templates::Templates,
};

use crate::{Figures, median, support::process::run, worst};

/// How often each thing is done.
const TIMES: usize = 20;

pub fn measure() -> Figures {
    let templates = Templates::load().expect("the built-in templates");
    let request = || {
        preview::preview(&templates, MessageKind::ApprovalRequest, Language::Nl).expect("a mail")
    };
    let sent = request();
    let original = Original {
        text: sent.text.clone(),
        html: Some(sent.html.clone()),
    };
    let replies = replies();
    let mut figures = Figures::of("one");
    figures.say("replies", replies.len());
    let read = replies.iter().map(|(_, raw)| {
        micros(|| {
            black_box(reading::read(black_box(raw), Some(&original)).ok());
        })
    });
    figures.measure("readMedianUs", median(read.collect()));
    worst::measure(&mut figures, replies, &original);
    figures.measure("renderUs", micros(|| drop(black_box(request()))));
    let directory = tempfile::tempdir().expect("a directory");
    for (name, key) in [
        ("renderAndSignEd25519Us", "-algorithm ED25519"),
        (
            "renderAndSignRsa2048Us",
            "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
        ),
    ] {
        let dkim = signer(directory.path(), key);
        let render_and_sign = || {
            let at = Timestamp::from_seconds(1_778_483_640);
            black_box(dkim.signed(&request().bytes, at).expect("a signature"));
        };
        figures.measure(name, micros(render_and_sign));
    }
    figures
}

/// The median of the microseconds that it takes.
pub fn micros(mut work: impl FnMut()) -> f64 {
    let times = (0..TIMES).map(|_| {
        let begun = Instant::now();
        work();
        begun.elapsed().as_secs_f64() * 1e6
    });
    median(times.collect())
}

/// The replies that the reader is tested with, by the names of their files.
fn replies() -> Vec<(String, Vec<u8>)> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/replies");
    let files = fs::read_dir(directory).expect("the replies");
    files
        .filter_map(|file| Some(file.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            (name.into_owned(), fs::read(&path).expect("a reply"))
        })
        .collect()
}

fn signer(directory: &Path, key: &str) -> Dkim {
    let file = directory.join("key.pem");
    run(Command::new("openssl")
        .arg("genpkey")
        .args(key.split(' '))
        .arg("-out")
        .arg(&file));
    Dkim::read("example.com".to_owned(), "s1".to_owned(), &file).expect("a key")
}
