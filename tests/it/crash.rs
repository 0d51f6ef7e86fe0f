//! The real program, killed in the middle of its work and started again.

use crate::support::daemon_process::Installation;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_was_killed_starts_again_and_stops_in_order() {
    let installation = Installation::new(
        "[database]\nurl = \"sqlite:esecured.db\"\n\
         [mail]\nfrom = \"a@example.com\"\ntransport = \"file\"\nfile_dir = \"mails\"\n",
    );
    let key = installation.add_client("booking");
    installation.start().kill9();
    let daemon = installation.start();
    let url = format!("{}/v1/access-requests/none", installation.base());
    let http = reqwest::Client::new();
    let answer = http.get(url).bearer_auth(key).send().await.unwrap();
    assert_eq!(answer.status(), 404);
    let lines = daemon.log_lines();
    let ready = lines.iter().filter(|line| line["event"] == "daemon.ready");
    assert_eq!(ready.count(), 2);
    assert!(daemon.terminate().success());
}
