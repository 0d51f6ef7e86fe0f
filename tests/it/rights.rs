//! Who may do what: every route × every role × two accounts. A route that is missing from
//! [`table::right`] fails, so a new one cannot be forgotten.

mod of_keys;
mod other_sites;
mod roles;
mod table;
mod world;

use std::{collections::BTreeSet, time::Duration};

use esecured::workflow::stand_in_turns::take_turns;
use reqwest::Method;

use crate::support::{Database, browser::Page, invariants, on_both_databases, routes};
use roles::{ACCOUNTS, ROLES, Role};
use table::{Call, Right};
use world::World;

/// Every call of the route table, with what it needs.
fn calls() -> Vec<(Call, Right)> {
    routes::all()
        .into_iter()
        .flat_map(|route| {
            let pattern = route.pattern;
            let call = move |method: &&'static str| Call {
                method: Method::from_bytes(method.to_uppercase().as_bytes()).unwrap(),
                pattern: pattern.clone(),
            };
            route.methods.iter().map(call).collect::<Vec<_>>()
        })
        .map(|call| {
            let right = table::right(&call);
            (call, right)
        })
        .collect()
}

#[test]
fn every_route_has_one_row_and_every_row_a_route() {
    let called: BTreeSet<String> = calls().iter().map(|(call, _)| call.to_string()).collect();
    let listed: BTreeSet<String> = table::rows().iter().map(|(row, _)| (*row).into()).collect();
    assert_eq!(called, listed);
    for (row, right) in table::rows() {
        if let Right::Everyone(why) = right {
            assert!(
                !why.is_empty(),
                "{row} is open to everyone without a reason"
            );
        }
    }
}

async fn a_page_of_an_account_shows_itself_to_its_administrators_alone(database: Database) {
    let world = World::new(database).await;
    for (call, right) in calls() {
        let Right::See(path) = right else { continue };
        for account in ACCOUNTS {
            let path = path(world.things(account));
            for role in ROLES {
                let page = world.browser(role).open(&path).await;
                let cell = format!("{call} ({path}) as {role:?}: {} {}", page.status, page.body);
                world.shows_only_what_is_theirs(&call, role, &page, &cell);
                match (role.signs_in(), role.may(&call, account)) {
                    (false, _) => assert!(leads_to_the_sign_in(&page), "{cell}"),
                    (true, true) => {
                        assert_eq!(page.status, 200, "{cell}");
                        let mark = world.mark(account);
                        assert!(page.body.contains(mark), "{mark} is not in {cell}");
                    }
                    // A list is shown without it; a page of its own is not there.
                    (true, false) => {
                        let is_list = !path.contains(&world.things(account).number)
                            && !path.contains(&world.things(account).request);
                        let refused: &[u16] = if is_list { &[200] } else { &[400, 404] };
                        assert!(refused.contains(&page.status), "{cell}");
                    }
                }
            }
        }
    }
}

async fn a_form_of_an_account_has_effect_for_its_administrators_alone(database: Database) {
    let world = World::new(database).await;
    for (number, (call, right)) in calls().into_iter().enumerate() {
        let Right::Change(form) = right else { continue };
        for account in ACCOUNTS {
            let (able, unable): (Vec<Role>, Vec<Role>) =
                ROLES.into_iter().partition(|role| role.may(&call, account));
            for able in able {
                let domain = format!("{able:?}-{account:?}-{number}.example").to_lowercase();
                let things = world.more_things(account, &domain).await;
                let (path, fields) = form(&things);
                let before = world.dump().await;
                for role in unable.iter().copied() {
                    let page = world.sends(role, &path, &fields).await;
                    let cell = format!("{call} as {role:?} for {account:?}: {page:?}");
                    world.shows_only_what_is_theirs(&call, role, &page, &cell);
                    assert_eq!(world.dump().await, before, "{cell}");
                    assert!(role.signs_in() || leads_to_the_sign_in(&page), "{cell}");
                }
                let page = world.sends(able, &path, &fields).await;
                let cell = format!("{call} as {able:?} for {account:?}: {page:?}");
                assert!([200, 303].contains(&page.status), "{cell}");
                assert_ne!(world.dump().await, before, "nothing changed: {cell}");
            }
        }
    }
    invariants::hold(&world.app.app).await;
}

async fn an_answer_about_an_account_is_given_to_its_administrators_alone(database: Database) {
    let world = World::new(database).await;
    for (call, right) in calls() {
        let Right::Ask(form) = right else { continue };
        for account in ACCOUNTS {
            let (path, fields) = form(world.things(account));
            let before = world.dump().await;
            for role in ROLES {
                let page = world.sends(role, &path, &fields).await;
                let cell = format!("{call} as {role:?} for {account:?}: {page:?}");
                world.shows_only_what_is_theirs(&call, role, &page, &cell);
                assert_eq!(page.status == 200, role.may(&call, account), "{cell}");
            }
            assert_eq!(world.dump().await, before, "{call}");
        }
    }
}

async fn what_belongs_to_a_person_needs_a_sign_in(database: Database) {
    let world = World::new(database).await;
    let before = world.dump().await;
    for (call, right) in calls() {
        let Right::Person = right else { continue };
        let path = call.pattern.replace("{name}", "company");
        for role in ROLES {
            let page = match (call.method == Method::GET, role.signs_in()) {
                (true, _) => world.browser(role).open(&path).await,
                (false, false) => world.sends(role, &path, &[]).await,
                (false, true) => continue,
            };
            let cell = format!("{call} as {role:?}: {page:?}");
            world.shows_only_what_is_theirs(&call, role, &page, &cell);
            let is_sent_away = leads_to_the_sign_in(&page);
            assert_eq!(is_sent_away, !role.signs_in(), "{cell}");
        }
    }
    assert_eq!(world.dump().await, before);
}

/// Each of them names somebody, who comes to decide for the accounts of whoever did, and for no other.
async fn a_form_about_ones_own_accounts_reaches_no_other(database: Database) {
    let world = World::new(database).await;
    for (call, right) in calls() {
        let Right::OwnAccounts(form) = right else {
            continue;
        };
        for account in ACCOUNTS {
            for role in ROLES {
                let newcomer = format!("mallory-{role:?}@elsewhere.example");
                let (path, mut fields) = form(world.things(account));
                for (name, value) in &mut fields {
                    if name == "email" {
                        value.clone_from(&newcomer);
                    }
                }
                let before = world.dump().await;
                let own: Vec<_> = ACCOUNTS
                    .into_iter()
                    .filter(|account| role.is_administrator_of(*account))
                    .collect();
                let page = world.sends(role, &path, &fields).await;
                let cell = format!("{call} as {role:?} for {account:?}: {page:?}");
                world.shows_only_what_is_theirs(&call, role, &page, &cell);
                assert!(role.signs_in() || leads_to_the_sign_in(&page), "{cell}");
                let after = world.dump().await;
                // Whoever named somebody already does not do so twice.
                let has_effect = !own.is_empty() && account == ACCOUNTS[0];
                assert_eq!(
                    page.location.as_deref() == Some("/settings?done=stand_in_named"),
                    has_effect,
                    "{cell}"
                );
                assert_eq!(before != after, has_effect, "{cell}");
                for other in ACCOUNTS.into_iter().filter(|one| !own.contains(one)) {
                    assert_eq!(
                        world.lines_of(other, &before),
                        world.lines_of(other, &after),
                        "{cell}"
                    );
                }
            }
        }
    }
    world.app.pass(Duration::from_secs(2 * 24 * 3_600));
    while take_turns(&world.app.app, 20).await.unwrap() > 0 {}
    for role in ROLES {
        let newcomer = format!("mallory-{role:?}@elsewhere.example");
        let decides_for = world.accounts_decided_by(&newcomer).await;
        for account in ACCOUNTS {
            let expected = role.is_administrator_of(account);
            assert_eq!(
                decides_for.contains(&account),
                expected,
                "{newcomer} {account:?}"
            );
        }
    }
    world.app.deliver_mail().await;
    invariants::hold(&world.app.app).await;
}

/// What exactly such a form does is a story of its own; here it is sent with nothing filled in.
async fn a_form_of_a_person_touches_no_account_and_nobody_else(database: Database) {
    let world = World::new(database).await;
    let (last, mut forms): (Vec<_>, Vec<_>) = calls()
        .into_iter()
        .filter(|(call, right)| matches!(right, Right::Person) && call.method == Method::POST)
        .map(|(call, _)| call)
        .partition(|call| call.pattern == "/logout");
    assert_eq!(last.len(), 1);
    forms.extend(last); // Then nobody is signed in any more.
    let before = world.dump_of_accounts().await;
    for call in forms {
        let path = call.pattern.replace("{name}", "company");
        for role in ROLES.into_iter().filter(|role| role.signs_in()) {
            let known = world.events_by_others(role).await;
            let page = world.sends(role, &path, &[]).await;
            let cell = format!("{call} as {role:?}: {page:?}");
            world.shows_only_what_is_theirs(&call, role, &page, &cell);
            let is_over = call.pattern == "/logout";
            assert_eq!(leads_to_the_sign_in(&page), is_over, "{cell}");
            // 502: nobody answers at the provider.
            let expected = [200, 303, 400, 403, 404, 502];
            assert!(expected.contains(&page.status), "{cell}");
            assert_eq!(world.dump_of_accounts().await, before, "{cell}");
            assert_eq!(world.events_by_others(role).await, known, "{cell}");
        }
    }
    invariants::hold(&world.app.app).await;
}

async fn an_api_key_reaches_the_accounts_of_its_scope_alone(database: Database) {
    let world = World::new(database).await;
    for (call, right) in calls() {
        let Right::Key(ask) = right else { continue };
        for account in ACCOUNTS {
            let (path, body) = ask(world.things(account));
            for key in &world.keys {
                let before = world.dump_of_requests().await;
                let answer = world.calls(key, &call.method, &path, body.as_ref()).await;
                let cell = format!("{call} with {key:?} for {account:?}: {answer:?}");
                let (status, text) = &answer;
                let expected = if !key.is_valid {
                    401
                } else if key.reaches(account) {
                    200
                } else {
                    404
                };
                // What only its opener may do is refused to the others by name.
                let reached = [200, 201, 409].contains(status);
                assert_eq!(if reached { 200 } else { *status }, expected, "{cell}");
                if expected != 200 {
                    assert!(!text.contains(world.mark(account)), "{cell}");
                    assert_eq!(world.dump_of_requests().await, before, "{cell}");
                }
            }
        }
    }
}

async fn a_list_for_an_api_key_holds_the_accounts_of_its_scope_alone(database: Database) {
    let world = World::new(database).await;
    for (call, right) in calls() {
        let Right::KeyList(path) = right else {
            continue;
        };
        for key in &world.keys {
            let (status, text) = world.calls(key, &call.method, path, None).await;
            let cell = format!("{call} with {key:?}: {status} {text}");
            assert_eq!(status, if key.is_valid { 200 } else { 401 }, "{cell}");
            for account in ACCOUNTS {
                assert_eq!(
                    text.contains(world.mark(account)),
                    key.reaches(account),
                    "{cell}"
                );
            }
        }
    }
}

fn leads_to_the_sign_in(page: &Page) -> bool {
    let location = page.location.as_deref().unwrap_or_default();
    page.status == 303 && location.starts_with("/login")
}

async fn a_webhook_endpoint_is_its_own_clients_alone(database: Database) {
    let world = World::new(database).await;
    let mut number = 0;
    for (call, right) in calls() {
        let Right::KeyOwn(ask) = right else { continue };
        for owner in world.keys.iter().filter(|key| key.is_valid) {
            number += 1;
            let endpoint = world.adds_endpoint(owner, number).await;
            let (path, body) = ask(&endpoint);
            let names_it = path.contains(&endpoint);
            let (others, own): (Vec<_>, Vec<_>) = world
                .keys
                .iter()
                .partition(|key| !std::ptr::eq(*key, owner));
            for key in others.into_iter().chain(own) {
                let before = world.dump().await;
                let answer = world.calls(key, &call.method, &path, body.as_ref()).await;
                let cell = format!("{call} with {key:?} for {owner:?}: {answer:?}");
                let (status, text) = &answer;
                let is_theirs = std::ptr::eq(key, owner);
                if !key.is_valid {
                    assert_eq!(*status, 401, "{cell}");
                } else if names_it && !is_theirs {
                    assert_eq!(*status, 404, "{cell}");
                } else {
                    // 409: it is enabled already.
                    assert!([200, 201, 204, 409].contains(status), "{cell}");
                }
                if !is_theirs {
                    let shows_it = text.replace(path.as_str(), "").contains(&endpoint);
                    assert!(
                        !shows_it || call.method == Method::POST && !names_it,
                        "{cell}"
                    );
                    assert!(!names_it || world.dump().await == before, "{cell}");
                }
            }
        }
    }
    invariants::hold(&world.app.app).await;
}

on_both_databases!(
    a_webhook_endpoint_is_its_own_clients_alone,
    a_page_of_an_account_shows_itself_to_its_administrators_alone,
    a_form_of_an_account_has_effect_for_its_administrators_alone,
    an_answer_about_an_account_is_given_to_its_administrators_alone,
    what_belongs_to_a_person_needs_a_sign_in,
    a_form_about_ones_own_accounts_reaches_no_other,
    a_form_of_a_person_touches_no_account_and_nobody_else,
    an_api_key_reaches_the_accounts_of_its_scope_alone,
    a_list_for_an_api_key_holds_the_accounts_of_its_scope_alone,
);
