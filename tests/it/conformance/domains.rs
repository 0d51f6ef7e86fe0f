//! The rules of accounts about mail domains, and the domains an account knows.

use esecured::{
    domain::{
        account_number::AccountNumber,
        domain_name::DomainName,
        domain_rule::{DomainKind, DomainRule},
        people::PersonId,
        request::Status,
    },
    store::{aliases, domains, entries, known_domains, standings},
};

use super::{NOON, Place, TULIPS, after, assert_corrupt, email, number};
use crate::support::{Database, on_both_databases};

const ROSES: &str = "222222222";

fn domain(text: &str) -> DomainName {
    DomainName::parse(text).unwrap()
}

fn rule(account: &str, kind: DomainKind, name: &str) -> DomainRule {
    DomainRule {
        account: number(account),
        kind,
        domain: domain(name),
        added_at: NOON,
    }
}

impl Place {
    async fn has_rule(&self, account: &str, kind: DomainKind, name: &str) -> bool {
        let mut tx = self.tx().await;
        let added = domains::add(&mut tx, &rule(account, kind, name)).await;
        tx.commit().await.unwrap();
        added.unwrap()
    }

    async fn stands_at(&self, account: &str, address: &str, status: &'static str) -> PersonId {
        let person = self.person(address).await;
        let mut tx = self.tx().await;
        let account = number(account);
        entries::set(&mut tx, &changed_to(&account, person, status))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        person
    }

    /// Which of the known domains are looked at for this one.
    async fn candidates(&self, account: &str, name: &str) -> Vec<String> {
        let mut conn = self.store.read().await.unwrap();
        let found = known_domains::candidates(&mut conn, &number(account), &domain(name)).await;
        let found = found.unwrap();
        let all = found.own.iter().chain(&found.others);
        let mut names: Vec<String> = all.map(ToString::to_string).collect();
        names.sort();
        names
    }
}

fn changed_to<'a>(
    account: &'a AccountNumber,
    person: PersonId,
    status: &'static str,
) -> entries::Change<'a> {
    entries::Change {
        account,
        person,
        status,
        request: None,
        until: None,
        at: after(1),
    }
}

async fn a_rule_is_added_and_taken_away_once(database: Database) {
    let place = Place::open(database).await;
    let tulips = number(TULIPS);
    assert!(
        place
            .has_rule(TULIPS, DomainKind::My, "tulips.example")
            .await
    );
    assert!(
        !place
            .has_rule(TULIPS, DomainKind::My, "TULIPS.example")
            .await
    );
    assert!(
        place
            .has_rule(TULIPS, DomainKind::Authorized, "tulips.example")
            .await
    );

    let mut tx = place.tx().await;
    let name = domain("tulips.example");
    for holds in [true, false] {
        let kind = DomainKind::My;
        assert_eq!(
            domains::holds_now(&mut tx, &tulips, kind, &name)
                .await
                .unwrap(),
            holds
        );
        assert_eq!(
            domains::remove(&mut tx, &tulips, kind, &name)
                .await
                .unwrap(),
            holds
        );
    }
    // The other kind of the same name is another rule.
    let kind = DomainKind::Authorized;
    assert!(
        domains::holds_now(&mut tx, &tulips, kind, &name)
            .await
            .unwrap()
    );
    let left = domains::all(&mut tx, None).await.unwrap();
    assert_eq!(
        left,
        [rule(TULIPS, DomainKind::Authorized, "tulips.example")]
    );
}

async fn rules_are_listed_by_account_and_shown_to_its_administrators_alone(database: Database) {
    let place = Place::open(database).await;
    place.account(ROSES).await;
    let anna = place.administrator("anna@tulips.example", TULIPS).await;
    for (account, kind, name) in [
        (ROSES, DomainKind::My, "roses.example"),
        (TULIPS, DomainKind::My, "tulips.example"),
        (TULIPS, DomainKind::Authorized, "partner.example"),
        (TULIPS, DomainKind::My, "bulbs.example"),
    ] {
        place.has_rule(account, kind, name).await;
    }
    let mut conn = place.store.read().await.unwrap();
    let names = |rules: Vec<DomainRule>| -> Vec<String> {
        rules.iter().map(|rule| rule.domain.to_string()).collect()
    };
    let own = ["partner.example", "bulbs.example", "tulips.example"];
    let all = domains::all(&mut conn, None).await.unwrap();
    assert_eq!(names(all), [&own[..], &["roses.example"]].concat());
    let one = domains::all(&mut conn, Some(&number(TULIPS)))
        .await
        .unwrap();
    assert_eq!(names(one), own);
    let hers = domains::of_administrator(&mut conn, anna).await.unwrap();
    assert_eq!(names(hers), own);
}

async fn the_facts_say_where_the_domain_of_an_address_stands(database: Database) {
    let place = Place::open(database).await;
    place.account(ROSES).await;
    place
        .has_rule(TULIPS, DomainKind::My, "bücher.example")
        .await;
    place
        .has_rule(TULIPS, DomainKind::Authorized, "partner.example")
        .await;
    let mut conn = place.store.read().await.unwrap();
    for (account, address, expected) in [
        (TULIPS, "anna@BÜCHER.example", (false, false)),
        (TULIPS, "joris@mail.bücher.example", (true, false)),
        (TULIPS, "piet@partner.example", (true, true)),
        (TULIPS, "piet@mail.partner.example", (true, false)),
        // Without a domain of its own an account has no outside.
        (ROSES, "piet@partner.example", (false, false)),
    ] {
        let facts = standings::facts(&mut conn, &number(account), &email(address)).await;
        let facts = facts.unwrap().unwrap();
        let found = (facts.outside_my_domain, facts.in_authorized_domain);
        assert_eq!(found, expected, "{address}");
    }
}

async fn the_domain_of_an_authorized_user_is_known_while_it_is_one(database: Database) {
    let place = Place::open(database).await;
    place.account(ROSES).await;
    let piet = place
        .stands_at(TULIPS, "Piet.2@Partner.example", "approved")
        .await;
    place
        .stands_at(TULIPS, "x@elsewhere.example", "rejected")
        .await;
    place
        .stands_at(ROSES, "y@partmer.example", "approved")
        .await;
    for asking in ["partner.example", "partmer.example", "mail.patner.example"] {
        assert_eq!(
            place.candidates(TULIPS, asking).await,
            ["partner.example"],
            "{asking}"
        );
    }
    assert_eq!(place.candidates(TULIPS, "e1sewhere.example").await, [""; 0]);

    // Revoked, approved again by what was seen, and removed.
    let tulips = number(TULIPS);
    for (status, known) in [("rejected", 0), ("approved", 1)] {
        let mut tx = place.tx().await;
        let seen = if known == 0 {
            Status::Approved
        } else {
            Status::Rejected
        };
        let change = changed_to(&tulips, piet, status);
        assert!(entries::overturn(&mut tx, &change, seen).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(
            place.candidates(TULIPS, "partmer.example").await.len(),
            known,
            "{status}"
        );
    }
    let mut tx = place.tx().await;
    assert!(
        entries::remove_permission(&mut tx, &tulips, piet, NOON)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    assert_eq!(place.candidates(TULIPS, "partmer.example").await, [""; 0]);
}

async fn rules_and_administrators_are_known_and_a_trusted_domain_does_not_vouch_for_itself(
    database: Database,
) {
    let place = Place::open(database).await;
    place.account(ROSES).await;
    place.administrator("anna@Tulips.example", TULIPS).await;
    place.administrator("carla@roses.example", ROSES).await;
    place
        .has_rule(TULIPS, DomainKind::My, "bulbs.example")
        .await;
    place
        .has_rule(TULIPS, DomainKind::Authorized, "partner.example")
        .await;
    let all = ["bulbs.example", "partner.example", "tulips.example"];
    assert_eq!(place.candidates(TULIPS, "any.example").await, all);
    assert_eq!(
        place.candidates(TULIPS, "partner.example").await,
        ["bulbs.example", "tulips.example"]
    );
    assert_eq!(place.candidates(TULIPS, "bulbs.example").await, all);

    // What an administrator also answers from is known as well.
    let anna = place.administrator("anna@Tulips.example", TULIPS).await;
    let alias = place.person("anna@home.example").await;
    let mut tx = place.tx().await;
    aliases::insert(&mut tx, alias, anna, NOON).await.unwrap();
    tx.commit().await.unwrap();
    let with_alias = place.candidates(TULIPS, "any.example").await;
    assert_eq!(
        with_alias,
        [
            "bulbs.example",
            "home.example",
            "partner.example",
            "tulips.example"
        ]
    );
}

async fn a_long_domain_has_more_keys_than_one_statement_takes(database: Database) {
    let place = Place::open(database).await;
    let name = format!("{}.example", "abcdefghij-".repeat(5) + "k");
    place
        .stands_at(TULIPS, &format!("a@{name}"), "approved")
        .await;
    for wrong in [
        "x".to_owned() + &name,
        name.replace("-k", "-x"),
        name.replace("jk.", "j."),
    ] {
        assert_eq!(
            place.candidates(TULIPS, &wrong).await,
            [name.as_str()],
            "{wrong}"
        );
    }
}

async fn a_rejected_address_that_asks_again_is_counted_until_something_changes(database: Database) {
    let place = Place::open(database).await;
    let tulips = number(TULIPS);
    let joris = place
        .stands_at(TULIPS, "joris@example.com", "rejected")
        .await;
    let repeats = async || -> i64 {
        let mut conn = place.store.read().await.unwrap();
        let entry = entries::find(&mut conn, &tulips, joris).await.unwrap();
        entry.unwrap().repeats
    };
    for _ in 0..2 {
        let mut tx = place.tx().await;
        entries::count_repeat(&mut tx, &tulips, &email("JORIS@example.com"))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(repeats().await, 2);
    place
        .stands_at(TULIPS, "joris@example.com", "approved")
        .await;
    let mut tx = place.tx().await;
    entries::count_repeat(&mut tx, &tulips, &email("joris@example.com"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(repeats().await, 0);
}

async fn a_domain_that_is_none_is_told_with_its_table(database: Database) {
    let place = Place::open(database).await;
    let sql = "INSERT INTO account_domain VALUES ('112233445', 'my', 'nothing', 1)";
    place.says(sql).await.unwrap();
    let mut conn = place.store.read().await.unwrap();
    assert_corrupt(
        domains::all(&mut conn, None).await,
        "account_domain",
        "nothing",
    );
    let wrong = "INSERT INTO account_domain VALUES ('112233445', 'their', 'a.nl', 1)";
    assert!(place.says(wrong).await.is_err());
}

on_both_databases!(
    a_rule_is_added_and_taken_away_once,
    rules_are_listed_by_account_and_shown_to_its_administrators_alone,
    the_facts_say_where_the_domain_of_an_address_stands,
    the_domain_of_an_authorized_user_is_known_while_it_is_one,
    rules_and_administrators_are_known_and_a_trusted_domain_does_not_vouch_for_itself,
    a_long_domain_has_more_keys_than_one_statement_takes,
    a_rejected_address_that_asks_again_is_counted_until_something_changes,
    a_domain_that_is_none_is_told_with_its_table,
);
