//! The portal, with the guide in hand: its labels, its steps, and whose things it shows.

mod activity;
mod adding_administrators;
mod adding_users;
mod aliases_give_no_right;
mod aliases_of_administrators;
mod authorized_user;
mod authorized_users;
mod confirm;
mod customer_administrators;
mod domain_rules;
mod foreign_things;
mod guide;
mod names_of_administrators;
mod naming_a_stand_in;
mod one_language;
mod overturning;
mod removing_administrators;
mod request_page;
mod second_factor;
mod settings;
mod stand_ins_of_companies;
mod standing_in;
mod too_many_changes;
mod unlike_addresses;

use esecured::{
    domain::{
        account::{Account, Esecure},
        account_number::AccountNumber,
        email_address::EmailAddress,
        language::Language,
        request::RequestId,
    },
    workflow::manage::{self, Existence},
};

use crate::support::{TestApp, browser::Page, test_app::PASSWORD};

/// Another company's account.
pub const ROSES: &str = "998877665";
/// Its administrator.
pub const CARLA: &str = "carla@roses.example";

/// Adds it, with Carla.
pub async fn add_roses(app: &TestApp) {
    let number = AccountNumber::parse(ROSES).unwrap();
    let account = Account {
        number: number.clone(),
        name: "Rozenkwekerij Vos".to_owned(),
        language: Language::En,
        time_zone: "Europe/Amsterdam".to_owned(),
        esecure: Esecure::Active,
        requester_mails: true,
    };
    manage::put_account(&app.app, &account, Existence::New)
        .await
        .unwrap();
    let carla = EmailAddress::parse(CARLA).unwrap();
    let password = Some(PASSWORD.into());
    manage::add_administrator(
        &app.app,
        &carla,
        &number,
        "Carla Vos",
        Language::En,
        password,
    )
    .await
    .unwrap();
}

/// The rows of the list: everything between `<tr` and `</tr>` that has a check box.
fn rows(page: &Page) -> Vec<&str> {
    page.body
        .split("<tr")
        .skip(1)
        .map(|row| row.split("</tr>").next().unwrap())
        .filter(|row| row.contains("type=\"checkbox\""))
        .collect()
}

/// The words on the buttons of the form around the list.
fn buttons(page: &Page) -> Vec<&str> {
    let form = page.body.split("class=\"entries-form\"").nth(1);
    let form = form.unwrap_or_default().split("</form>").next().unwrap();
    form.split("<button")
        .skip(1)
        .map(|button| button.split('>').nth(1).unwrap())
        .map(|words| words.split('<').next().unwrap())
        .collect()
}

/// What the entry of a request is called on the lists of what is decided.
async fn row_of(app: &TestApp, id: RequestId) -> String {
    let request = app.request(id).await;
    format!("{}.{}", request.account.as_str(), request.requester)
}
