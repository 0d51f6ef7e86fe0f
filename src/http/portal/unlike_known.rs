//! Whether an address that is to be given rights is what it looks like. Where it may be taken for
//! another, nothing is done before somebody says that just this address is meant.

use serde_json::{Value, json};

use crate::{
    domain::{
        account_number::AccountNumber, email_address::EmailAddress, look_alike::LookAlike,
        unusual_letters::UnusualLetters,
    },
    http::{Web, errors::Failure, forms::Form},
    workflow::{appoint, judge},
};

/// What `page/parts/unlike_what_is_known` shows of an address.
pub(super) fn view(email: &EmailAddress, looks_like: Option<&LookAlike>) -> Value {
    let unusual = UnusualLetters::of(email);
    json!({
        "email": email.as_typed(),
        "domain": email.domain(),
        "looks_like": looks_like.map(ToString::to_string),
        "unusual_domain": unusual.domain,
        "unusual_letters": unusual.local_part,
    })
}

/// That, where the address may be taken for another that one of the accounts knows and the form
/// does not say yet that it is meant.
pub(super) async fn doubt<'a>(
    web: &Web,
    accounts: impl Iterator<Item = &'a AccountNumber>,
    email: &EmailAddress,
    form: &Form,
) -> Result<Option<Value>, Failure> {
    if form.get("sure") == email.as_typed() {
        return Ok(None);
    }
    let mut conn = web.app.store.read().await?;
    for account in accounts {
        if appoint::looks_like_administrator(&mut conn, account, email).await? {
            return Ok(None); // Refused, whoever means it.
        }
        if let Some(known) = judge::look_alike_of(&mut conn, account, email).await? {
            return Ok(Some(view(email, Some(&known))));
        }
    }
    let is_unusual = UnusualLetters::of(email).in_short().is_some();
    Ok(is_unusual.then(|| view(email, None)))
}
