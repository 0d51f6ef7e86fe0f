//! Stopping the built program: what runs is finished, what cannot be finished is left for the next
//! start, and neither takes longer than the operator allows.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use crate::support::{
    Database,
    daemon_process::Installation,
    database::OwnDatabase,
    on_both_databases,
    process::eventually,
    scripted_smtp::{Fault, Moment, ScriptedSmtp},
};

const PASSWORD: &str = "correct horse battery staple";

/// An installation whose mails go to this server, with an account and its administrator Anna.
fn installed(database: &OwnDatabase, server: SocketAddr, grace: &str) -> Installation {
    let installation = Installation::new(&format!(
        "[database]\nurl = \"{}\"\n\
         [mail]\nfrom = \"esecure@example.com\"\nreply_to = \"reply@example.com\"\n\
         [smtp]\nurl = \"smtp://{server}\"",
        database.url
    ));
    let file = installation.home().join("esecured.toml");
    let text = fs::read_to_string(&file).unwrap();
    let graceful = format!("[server]\nshutdown_grace = \"{grace}\"\n");
    fs::write(file, text.replacen("[server]\n", &graceful, 1)).unwrap();
    installation.says(&["account", "add", "112233445", "--name", "Tulpenhandel"]);
    let anna = ["admin", "add", "anna@example.com", "--account", "112233445"];
    let details = ["--name", "Anna", "--language", "nl", "--password-stdin"];
    // With a password she needs no invitation: every mail is about an access request.
    installation.hears(&[&anna[..], &details[..]].concat(), PASSWORD);
    installation
}

fn joris_asks(installation: &Installation) {
    let joris = ["--email", "joris@example.com"];
    installation.says(&[&["request", "add", "--account", "112233445"], &joris[..]].concat());
}

fn get(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_finishes_what_runs_and_begins_nothing_new() {
    let server = ScriptedSmtp::start().await;
    let directory = tempfile::tempdir().unwrap();
    let database = Database::Sqlite.create(directory.path());
    let installation = installed(&database, server.address, "20s");
    let key = installation.add_client("booking");
    let public = installation.base().replace("http://", "").parse().unwrap();
    let daemon = installation.start();

    // A mail whose server takes its time for the last answer, and a client that takes its time too.
    server.once(Moment::FinalDot, Fault::Late(Duration::from_secs(1)));
    joris_asks(&installation);
    assert!(eventually(|| server.arrived().len() == 2));
    let body = r#"{"accountNumber": "112233445", "email": "marie@example.com"}"#;
    let (first, second) = body.split_at(20);
    let mut slow = TcpStream::connect(public).unwrap();
    write!(
        slow,
        "POST /v1/access-requests HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{first}",
        body.len()
    )
    .unwrap();
    // It is being served: whatever connects later is answered.
    assert!(get(public, "/docs").unwrap().contains("200"));

    daemon.is_told_to_stop();
    let refused = || TcpStream::connect(public).is_err();
    assert!(eventually(refused), "it goes on taking connections");
    let ready = get(installation.health(), "/readyz").unwrap();
    assert!(
        ready.contains(" 503 ") && ready.ends_with("stopping\n"),
        "{ready}"
    );
    write!(slow, "{second}").unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(daemon.terminate().code(), Some(0));

    // Both mails of Joris's request are settled; those of Marie's were not begun.
    let queue = installation.says(&["queue", "list"]);
    assert!(
        queue.contains("2 waiting, 0 held, 0 given up; 2 delivered"),
        "{queue}"
    );
    let leased = installation.says(&["--json", "queue", "list"]);
    assert!(!leased.contains("active"), "a lease was kept: {leased}");
    assert_eq!(server.arrived().len(), 2);

    let daemon = installation.start();
    assert!(eventually(|| server.arrived().len() == 4));
    let sent = || {
        installation
            .says(&["queue", "list"])
            .contains("4 delivered")
    };
    assert!(eventually(sent));
    assert_eq!(daemon.terminate().code(), Some(0));
    assert_eq!(server.arrived().len(), 4, "nothing went out twice");
}

async fn what_hangs_is_left_behind_and_taken_up_at_the_next_start(database: Database) {
    let server = ScriptedSmtp::start().await;
    let directory = tempfile::tempdir().unwrap();
    let database = database.create(directory.path());
    let installation = installed(&database, server.address, "1s");
    let public: SocketAddr = installation.base().replace("http://", "").parse().unwrap();
    let daemon = installation.start();
    server.once(Moment::Rcpt, Fault::Hang);
    server.once(Moment::Rcpt, Fault::Hang);
    joris_asks(&installation);
    let begun = |said: &String| said.starts_with("RCPT");
    assert!(eventually(|| server
        .commands()
        .iter()
        .filter(|said| begun(said))
        .count()
        == 2));
    let mut endless = TcpStream::connect(public).unwrap();
    write!(
        endless,
        "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
    )
    .unwrap();
    assert!(get(public, "/docs").unwrap().contains("200"));

    let asked = Instant::now();
    assert_eq!(daemon.terminate().code(), Some(0));
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "{:?}",
        asked.elapsed()
    );
    let queue = installation.says(&["queue", "list"]);
    assert!(queue.contains("2 waiting"), "{queue}");

    // Nothing waits for the end of a lease of 30 seconds.
    let started = Instant::now();
    let daemon = installation.start();
    assert!(eventually(|| server.arrived().len() == 2));
    assert!(
        started.elapsed() < Duration::from_secs(15),
        "{:?}",
        started.elapsed()
    );
    let events: Vec<String> = daemon
        .log_lines()
        .iter()
        .map(|line| line["event"].as_str().unwrap().to_owned())
        .collect();
    for event in ["daemon.stopping", "daemon.stopped_hard", "daemon.stopped"] {
        assert!(events.iter().any(|logged| logged == event), "{events:?}");
    }
    assert_eq!(daemon.terminate().code(), Some(0));
}

on_both_databases!(what_hangs_is_left_behind_and_taken_up_at_the_next_start);
