//! The command line, as the operator types it.

mod administrators_away;
mod client_command;
mod domain_command;
mod imports;
mod operator;
mod own_mails;
mod running;
mod setting_up;
mod webhook_command;

use operator::Operator;
use sqlx::{AnyConnection, Connection};

#[test]
fn an_account_is_added_changed_and_switched() {
    let operator = Operator::set_up();
    operator
        .hears(
            [
                "account",
                "add",
                "1122 33445",
                "--name",
                "Tulpenhandel De Wit B.V.",
            ],
            b"",
        )
        .done();
    operator
        .says("account add 112233445 --name Again")
        .refused(1, "account 112233445 exists already");
    operator
        .says("account set 987654321 --name Nobody")
        .refused(1, "there is no account 987654321");
    operator
        .says("account add 12345 --name Short")
        .refused(2, "an account number has 9 or 10 digits, this one has 5");
    operator
        .says("account set 112233445 --time-zone Mars/Crater")
        .refused(2, "expected a time zone such as Europe/Amsterdam");

    operator
        .says("account set 112233445 --language en --time-zone Europe/London --no-requester-mails")
        .done();
    operator.says("account deactivate 112233445").done();
    let listed = operator.says("account list --json").json();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["accountNumber"], "112233445");
    assert_eq!(listed[0]["name"], "Tulpenhandel De Wit B.V.");
    assert_eq!(listed[0]["language"], "en");
    assert_eq!(listed[0]["timeZone"], "Europe/London");
    assert_eq!(listed[0]["requesterMails"], false);
    assert_eq!(listed[0]["esecure"], "inactive");

    operator.says("account activate 112233445").done();
    let table = operator.says("account list").done();
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("ACCOUNT    NAME"), "{table}");
    assert!(
        lines[1].starts_with("112233445  Tulpenhandel De Wit B.V.  active"),
        "{table}"
    );
}

#[test]
fn an_administrator_has_a_password_when_the_operator_sets_one() {
    let operator = Operator::with_account();
    let add = |email| {
        let line = format!("admin add {email} --account 112233445 --name Bram --language nl");
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    operator.hears(add("bram@example.com"), b"").refused(
        0,
        "bram@example.com is sent an invitation to choose a password",
    );
    operator.says("admin invite bram@example.com").refused(
        0,
        "bram@example.com is sent an invitation, good for 72 hours",
    );
    operator
        .says("admin invite nobody@example.com")
        .refused(1, "nobody with this address is an administrator");
    operator
        .says("admin invite anna@example.com")
        .refused(1, "this administrator has a password already");
    let queued = operator.says("queue list --json").json();
    assert_eq!(queued.len(), 2);
    for message in &queued {
        assert_eq!(message["mail"], "invitation");
        assert!(message["invitationId"].is_string() && message.get("requestId").is_none());
    }
    let mut with_password = add("claire@example.com");
    with_password.push("--password-stdin".to_owned());
    operator
        .hears(&with_password, b"short\n")
        .refused(1, "a password has at least 15 characters");
    // Whose it is counts as well.
    operator
        .hears(&with_password, b"claire@example.com\n")
        .refused(1, "among the first that are guessed");
    operator
        .hears(&with_password, b"")
        .refused(2, "no password on stdin");
    let said = operator.hears(&with_password, b"three blue bicycles\n");
    assert!(!said.stderr.contains("invitation"), "{said:?}");
    said.done();

    let set = ["admin", "set-password", "anna@example.com", "--stdin"];
    operator.hears(set, b"three blue bicycles").done();
    operator
        .says("admin set-password nobody@example.com")
        .refused(2, "--stdin");
    operator
        .hears(
            ["admin", "set-password", "nobody@example.com", "--stdin"],
            b"three blue bicycles",
        )
        .refused(1, "nobody with this address is an administrator");

    let listed = operator.says("admin list --json").json();
    let passwords: Vec<_> = listed
        .iter()
        .map(|one| {
            (
                one["email"].as_str().unwrap(),
                one["hasPassword"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        passwords,
        [
            ("anna@example.com", true),
            ("bram@example.com", false),
            ("claire@example.com", true)
        ]
    );

    operator
        .says("admin remove bram@example.com --account 112233445")
        .done();
    operator
        .says("admin remove bram@example.com --account 112233445")
        .refused(1, "not an administrator of the account");
    assert_eq!(operator.says("admin list --json").json().len(), 2);
}

#[test]
fn removing_the_last_administrator_is_done_and_said_aloud() {
    let operator = Operator::with_account();
    let bram = "admin add bram@example.com --account 112233445 --name Bram --language nl";
    operator.says(bram).done();
    let said = operator.says("admin remove bram@example.com --account 112233445");
    assert!(!said.stderr.contains("WARNING"), "{said:?}");
    said.done();
    // Bram waits for his invitation: he could answer nothing.
    operator.says(bram).done();
    operator
        .says("admin remove anna@example.com --account 112233445")
        .refused(
            0,
            "WARNING: nobody who can sign in decides for account 112233445 any more.",
        );
}

#[test]
fn an_authorized_user_may_use_the_number_until_its_day_is_over() {
    let operator = Operator::with_account();
    let rule = || {
        let explained = operator
            .says("--json explain --account 112233445 --email kees@example.org")
            .json();
        explained[0]["rule"].as_str().unwrap().to_owned()
    };
    assert_eq!(rule(), "ask");
    operator
        .says("user add kees@example.org --account 112233445 --until 2020-01-01")
        .refused(1, "the permission would have ended already");
    operator
        .says("user add kees@example.org --account 112233445 --until tomorrow")
        .refused(2, "expected a day such as 2026-12-31");
    operator
        .says("user add kees@example.org --account 112233445 --until 2099-06-30")
        .done();
    assert_eq!(rule(), "authorized-user");
    let listed = operator.says("user list --json --account 112233445").json();
    assert_eq!(listed[0]["email"], "kees@example.org");
    // The day ends where the account is.
    assert_eq!(listed[0]["until"], "2099-06-30T22:00:00.000Z");

    operator
        .says("user remove kees@example.org --account 112233445")
        .done();
    assert_eq!(rule(), "ask");
    operator
        .says("user remove kees@example.org --account 112233445")
        .refused(1, "not an authorized user of the account");
    operator
        .says("explain --account 999999999 --email kees@example.org")
        .refused(1, "there is no account 999999999");
    operator.says("account deactivate 112233445").done();
    assert_eq!(rule(), "esecure-inactive");
}

#[test]
fn adding_and_rotating_a_client_print_the_key_and_nothing_else() {
    let operator = Operator::with_account();
    let is_a_key = |text: &str| {
        let key = text
            .strip_prefix("esk_")
            .and_then(|key| key.strip_suffix('\n'));
        key.is_some_and(|key| key.len() == 43 && !key.contains(char::is_whitespace))
    };
    let first = operator
        .says("client add shop --account 112233445 --expires 90d")
        .done();
    assert!(is_a_key(&first), "{first:?}");
    let second = operator.says("client rotate shop").done();
    assert!(is_a_key(&second) && second != first, "{second:?}");
    operator
        .says("client add shop")
        .refused(1, "there is a client \"shop\" already");
    operator
        .says("client add other --account 999999999")
        .refused(1, "there is no account 999999999");

    operator.says("client revoke shop").done();
    operator
        .says("client rotate shop")
        .refused(1, "no client \"shop\" with a key");
    let listed = operator.says("client list --json").json();
    assert_eq!(listed[0]["key"], "revoked");
    assert_eq!(listed[0]["accountNumbers"][0], "112233445");
    assert!(listed[0]["expiresAt"].is_string());
}

#[test]
fn a_request_is_named_by_number_or_id() {
    let operator = Operator::with_account();
    let add = [
        "request",
        "add",
        "--account",
        "112233445",
        "--email",
        "joris@example.org",
        "--reason",
        "for the\u{1b}[2J fair",
    ];
    let number = operator.hears(add, b"").done().trim().to_owned();
    assert_eq!(operator.hears(add, b"").done().trim(), number);

    let by_number = operator
        .says(&format!("request show {} --json", number.to_lowercase()))
        .json();
    let id = by_number[0]["id"].as_str().unwrap();
    let by_id = operator.says(&format!("request show {id} --json")).json();
    assert_eq!(by_number, by_id);
    assert_eq!(by_id[0]["number"], number.as_str());
    assert_eq!(by_id[0]["email"], "joris@example.org");
    assert_eq!(by_id[0]["repeats"], 1);
    assert_eq!(
        by_id[0]["notifications"][0]["administrator"],
        "anna@example.com"
    );
    assert_eq!(by_id[0]["notifications"][0]["state"], "queued");
    assert_eq!(by_id[0]["history"][0]["event"], "access_request.created");
    let for_people = operator.says(&format!("request show {number}")).done();
    assert!(
        for_people.contains("anna@example.com  queued"),
        "{for_people}"
    );
    assert!(!for_people.contains('\u{1b}'), "{for_people:?}");

    operator
        .says("request show R-00000")
        .refused(1, "there is no access request R-00000");
    operator
        .says("request show 12345")
        .refused(2, "expected the number of a request such as R-7Q4K9");
    operator.says(&format!("request cancel {number}")).done();
    operator
        .says(&format!("request cancel {id}"))
        .refused(1, "is already cancelled");
    assert_eq!(
        operator
            .says("request list --status pending --json")
            .json()
            .len(),
        0
    );
    let cancelled = operator
        .says("request list --status cancelled --account 112233445")
        .done();
    assert!(cancelled.contains(&number), "{cancelled}");
    operator.says("request list --status open").refused(
        2,
        "expected pending, approved, rejected, expired or cancelled",
    );
}

#[test]
fn the_queue_masks_whom_it_writes_to_and_counts_in_its_last_line() {
    let operator = Operator::with_account();
    operator
        .says("request add --account 112233445 --email joris@example.org")
        .done();
    let listed = operator.says("queue list").done();
    assert!(listed.contains("a***@example.com"), "{listed}");
    assert!(!listed.contains("anna@"), "{listed}");
    let last = listed.lines().last().unwrap();
    assert!(last.starts_with("2 waiting, 0 held, 0 given up"), "{last}");

    let messages = operator.says("queue list --json").json();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0]["recipient"], "a***@example.com");
    let id = messages[0]["id"].as_str().unwrap();
    operator.says(&format!("queue retry {id}")).done();
    operator
        .says("queue retry aaaaaaaaaaaaa")
        .refused(1, "there is no message aaaaaaaaaaaaa");
    operator
        .says("queue retry x")
        .refused(2, "a message id has 13 characters");
    // What is above the limits is gathered, and says so.
    let add = "request add --account 112233445 --email mila@example.org";
    operator
        .says(&format!("{add} --set limits.mails_per_administrator=1/1h"))
        .done();
    let listed = operator.says("queue list").done();
    assert!(listed.contains("gathered for the next digest"), "{listed}");
    let last = listed.lines().last().unwrap();
    assert!(last.contains("; 1 gathered for a digest"), "{last}");
    let messages = operator.says("queue list --json").json();
    let gathered = messages.iter().find(|one| one["status"] == "gathered");
    assert!(gathered.unwrap()["nextTryAt"].is_string());
}

#[test]
fn the_queue_of_the_inbox_lists_what_had_no_effect() {
    let operator = Operator::with_account();
    let nothing = operator.says("queue list --queue inbox").done();
    assert_eq!(
        nothing,
        "0 put aside, 0 ignored; 0 rejected a request, 0 answered, 0 recorded\n"
    );
    let mail = operator.path("reply.eml");
    let text = "From: Anna <anna@example.com>\nTo: reply@example.com\n\nweigeren\n";
    std::fs::write(&mail, text).unwrap();
    operator
        .says(&format!("mail ingest {}", mail.display()))
        .done();
    let listed = operator.says("queue list --queue inbox").done();
    assert!(listed.contains("no reply token of ours"), "{listed}");
    assert!(!listed.contains("anna"), "{listed}");
    let last = listed.lines().last().unwrap();
    assert!(last.starts_with("0 put aside, 1 ignored; "), "{last}");
    let mails = operator.says("queue list --queue inbox --json").json();
    assert_eq!(mails.len(), 1);
    assert_eq!(
        (&mails[0]["status"], &mails[0]["kind"]),
        (&"ignored".into(), &"reply".into())
    );
}

#[tokio::test]
async fn a_changed_row_of_the_audit_trail_is_named() {
    let operator = Operator::with_account();
    operator
        .says("request add --account 112233445 --email joris@example.org")
        .done();
    let intact = operator.says("audit verify").done();
    assert_eq!(intact, "intact: 3 rows in 1 chains\n");
    let tail = operator.says("audit tail -n 1").done();
    assert!(
        tail.contains("…3445  access_request.created  operator"),
        "{tail}"
    );
    let exported = operator.says("audit export").json();
    assert_eq!(exported.len(), 3);
    assert_eq!(exported[1]["previous"], exported[0]["hash"]);

    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}", operator.path("esecured.db").display());
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    sqlx::query("UPDATE audit_event SET actor = 'daemon' WHERE seq = 2")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    operator
        .says("audit verify")
        .refused(1, "broken at chain 112233445, row 2: it was changed");
}
