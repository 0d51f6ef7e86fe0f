//! Many accounts and authorized users at once, from a file.

use super::operator::Operator;

#[test]
fn accounts_come_from_a_file_and_a_second_run_changes_nothing() {
    let operator = Operator::with_account();
    operator
        .says("account set 112233445 --language en --no-requester-mails")
        .done();
    operator.has(
        "accounts.csv",
        "name;number;esecure\r\n\
         Tulpenhandel De Wit;112233445;\r\n\
         \"Visser; Zonen\";9876-54321;inactive\r\n",
    );
    operator
        .says("account import accounts.csv")
        .refused(0, "Read 2 accounts: 1 added, 1 changed, 0 as they were.");
    let listed = operator.says("account list --json").json();
    assert_eq!(listed[0]["name"], "Tulpenhandel De Wit");
    assert_eq!(listed[0]["language"], "en", "what the file leaves open");
    assert_eq!(listed[0]["requesterMails"], false);
    assert_eq!(listed[0]["esecure"], "active");
    assert_eq!(listed[1]["accountNumber"], "987654321");
    assert_eq!(listed[1]["name"], "Visser; Zonen");
    assert_eq!(listed[1]["esecure"], "inactive");
    operator
        .says("account import accounts.csv")
        .refused(0, "0 added, 0 changed, 2 as they were");
    operator.says("audit verify").done();
}

#[test]
fn a_file_with_a_wrong_line_imports_nothing_and_names_every_fault() {
    let operator = Operator::with_account();
    operator.has(
        "accounts.csv",
        "number,name,language\n987654321,Visser,\n12345,Kort,fr\n987654321,Weer,en\n",
    );
    let said = operator
        .says("account import accounts.csv")
        .refused(1, "nothing was imported");
    for fault in [
        "accounts.csv:3: number is \"12345\": an account number has 9 or 10 digits, this one has 5",
        "accounts.csv:3: language is \"fr\": expected nl or en",
        "accounts.csv:4: the account stands in line 2 too",
    ] {
        assert!(said.stderr.contains(fault), "{said:?}");
    }
    assert_eq!(operator.says("account list --json").json().len(), 1);

    operator.has(
        "users.csv",
        "account,email,until\n\
         112233445,joris@example.com,\n\
         999999999,miep@example.com,\n\
         112233445,not an address,2020-01-01\n",
    );
    let said = operator
        .says("user import users.csv")
        .refused(1, "nothing was imported");
    for fault in [
        "users.csv:3: account is \"999999999\": there is no such account",
        "users.csv:4: email is \"not an address\":",
        "users.csv:4: until is \"2020-01-01\": it is over already",
    ] {
        assert!(said.stderr.contains(fault), "{said:?}");
    }
    operator.has(
        "twice.csv",
        "account,email,until\n112233445,joris@example.com,\n112233445,JORIS@example.com,2099-01-01\n",
    );
    operator
        .says("user import twice.csv")
        .refused(1, "twice.csv:3: line 2 says another until of this address");
    assert_eq!(operator.says("user list --json").json().len(), 0);
    operator
        .says("user import nowhere.csv")
        .refused(1, "cannot read nowhere.csv");
}

#[test]
fn authorized_users_come_from_a_file_and_open_requests_of_theirs_are_approved() {
    let operator = Operator::with_account();
    operator
        .says("request add --account 112233445 --email joris@example.com")
        .done();
    operator.has(
        "users.csv",
        "email,account,until\n\
         Joris@example.com,112233445,\n\
         joris@example.com,112233445,\n\
         miep@example.com,112233445,2099-12-31\n",
    );
    operator
        .says("user import users.csv")
        .refused(0, "Read 2 authorized users: 2 added or changed");
    let listed = operator.says("user list --json").json();
    assert_eq!(listed.len(), 2);
    let miep = listed.iter().find(|one| one["email"] == "miep@example.com");
    assert_eq!(miep.unwrap()["until"], "2099-12-31T23:00:00.000Z");
    let requests = operator.says("request list --json").json();
    assert_eq!(requests[0]["status"], "approved");
    operator
        .says("user import users.csv")
        .refused(0, "0 added or changed, 2 as they were");

    // A file that says nothing of it takes no end away; one that says never does.
    operator.has("again.csv", "account,email\n112233445,miep@example.com\n");
    operator
        .says("user import again.csv")
        .refused(0, "0 added or changed, 1 as they were");
    let until = |listed: Vec<serde_json::Value>| {
        let miep = listed.iter().find(|one| one["email"] == "miep@example.com");
        miep.unwrap()["until"].clone()
    };
    let listed = operator.says("user list --json").json();
    assert_eq!(until(listed), "2099-12-31T23:00:00.000Z");
    operator.has(
        "never.csv",
        "account,email,until\n112233445,miep@example.com,never\n",
    );
    operator.says("user import never.csv").done();
    let listed = operator.says("user list --json").json();
    assert!(until(listed).is_null());
    operator.says("audit verify").done();
}
