//! Many long polls that are open at once: what each takes of the memory of the daemon, a process of
//! its own, and how long it takes until all have heard of a change.

use std::{
    fs, io,
    net::SocketAddr,
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::{Figures, support::daemon_process::Installation};

const ACCOUNT: &str = "112233445";
/// So many wait for one request.
const TO_EACH: usize = 100;
/// What is open beside the polls, here and there.
const BESIDE: usize = 200;

/// Starts this program anew where it may have more descriptors open than it does: each poll needs one
/// here, and one in the daemon. How that ended; none where there are no more to have.
pub fn with_all_descriptors() -> Option<ExitCode> {
    let (soft, hard) = descriptors();
    if soft == hard {
        return None;
    }
    let status = Command::new("sh")
        .args([
            "-c",
            "ulimit -S -n \"$(ulimit -H -n)\" && exec \"$0\" \"$@\"",
        ])
        .args(std::env::args_os())
        .status();
    let succeeded = status.is_ok_and(|status| status.success());
    Some(if succeeded {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// How many may be open, and how many that may be raised to.
fn descriptors() -> (usize, usize) {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let mut words = line.unwrap_or_default().split_whitespace();
    let mut next = || words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    (next(), next())
}

pub async fn measure(wanted: usize) -> Figures {
    let polls = wanted.min(descriptors().0.saturating_sub(BESIDE));
    let (installation, key) = installed();
    let _daemon = installation.start();
    let (http, base) = (reqwest::Client::new(), installation.base());
    let public: SocketAddr = base.replace("http://", "").parse().expect("an address");
    let ids = ask(&http, &base, &key, polls.div_ceil(TO_EACH)).await;

    // The first one brings what is there once.
    ask_once(public, &ids[0], &key, 0).await.expect("an answer");
    let before = resident(&installation).await;
    let begun = Instant::now();
    let mut waiting = JoinSet::new();
    for number in 0..polls {
        let (id, key) = (ids[number / TO_EACH].clone(), key.clone());
        waiting.spawn(async move { wait_for_change(public, &id, &key).await });
    }
    while told(&installation, "esecured_http_long_polls").await < polls as f64 {
        if let Some(ended) = waiting.try_join_next() {
            panic!("nothing has changed, and a poll ended: {ended:?}");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let opened = begun.elapsed();
    let per_poll = (resident(&installation).await - before) / polls as f64;

    let begun = Instant::now();
    for id in &ids {
        let url = format!("{base}/v1/access-requests/{id}/cancel");
        call(&http, url, &key, &Value::Null).await;
    }
    let changed = begun.elapsed();
    let mut heard = 0;
    while let Some(answer) = waiting.join_next().await {
        // Whoever got another answer, or none, is missing from the figure.
        if let Ok(Ok(answer)) = answer {
            heard += usize::from(answer.contains("\"status\":\"cancelled\""));
        }
    }
    let all_heard = begun.elapsed();

    let mut figures = Figures::of("polls");
    figures.say("polls", polls);
    if polls < wanted {
        let missing = format!("raise the hard limit of open files to {}", wanted + BESIDE);
        figures.say("fewerThanAsked", missing);
    }
    figures.say("requests", ids.len());
    figures.say("answeredOnChange", heard);
    figures.measure("openedInSeconds", opened.as_secs_f64());
    figures.measure("kibibytesPerPoll", per_poll);
    figures.measure("changedInSeconds", changed.as_secs_f64());
    figures.measure("allHeardInSeconds", all_heard.as_secs_f64());
    figures
}

/// A daemon with one account, and the key of a shipping system. Nobody is mailed.
fn installed() -> (Installation, String) {
    let installation = Installation::new(
        "[database]\nurl = \"sqlite:esecured.db\"\n\
         [mail]\nfrom = \"esecure@example.com\"\ntransport = \"file\"\nfile_dir = \"mails\"\n\
         [api]\nrate_limit = \"off\"\n[log]\nlevel = \"error\"",
    );
    installation.says(&["account", "add", ACCOUNT, "--name", "Tulpenhandel"]);
    let key = installation.add_client("bench");
    (installation, key)
}

async fn call(http: &reqwest::Client, url: String, key: &str, body: &Value) -> Value {
    let answer = http.post(url).bearer_auth(key).json(body).send().await;
    let answer = answer.expect("an answer").error_for_status();
    answer.expect("it is done").json().await.expect("JSON")
}

async fn ask(http: &reqwest::Client, base: &str, key: &str, requests: usize) -> Vec<String> {
    let mut ids = Vec::with_capacity(requests);
    for number in 0..requests {
        let email = format!("joris{number}@elsewhere.example");
        let body = json!({ "accountNumber": ACCOUNT, "email": email });
        let request = call(http, format!("{base}/v1/access-requests"), key, &body).await;
        ids.push(request["id"].as_str().expect("an id").to_owned());
    }
    ids
}

/// Waits for a change, however long that takes: whoever hears that there was none asks again.
async fn wait_for_change(public: SocketAddr, id: &str, key: &str) -> io::Result<String> {
    loop {
        let answer = ask_once(public, id, key, 60).await?;
        if !answer.contains("\"status\":\"pending\"") {
            return Ok(answer);
        }
    }
}

/// Waits so many seconds for a change; the whole answer.
async fn ask_once(public: SocketAddr, id: &str, key: &str, seconds: u32) -> io::Result<String> {
    let mut stream = TcpStream::connect(public).await?;
    let call = format!(
        "GET /v1/access-requests/{id} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Authorization: Bearer {key}\r\nPrefer: wait={seconds}\r\n\r\n"
    );
    stream.write_all(call.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// What a metric of the daemon says.
async fn told(installation: &Installation, metric: &str) -> f64 {
    let answer = reqwest::get(format!("http://{}/metrics", installation.health())).await;
    let page = answer.expect("an answer").text().await.expect("its body");
    let value = page.lines().find_map(|line| {
        let (name, value) = line.split_once(' ')?;
        (name == metric).then(|| value.parse().ok())?
    });
    value.expect("it is on the page")
}

/// KiB of memory that the daemon has.
async fn resident(installation: &Installation) -> f64 {
    told(installation, "esecured_process_resident_memory_bytes").await / 1024.0
}
