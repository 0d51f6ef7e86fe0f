//! A new password: what it is measured by, and how its owner sets one.

use secrecy::{ExposeSecret, SecretString};
use sqlx::AnyConnection;
use tracing::info;

use super::{second_factor, session, sign_in_changed};
use crate::{
    app::App,
    domain::{
        email_address::EmailAddress,
        event::{Actor, AuditEvent},
        people::{Administrator, SignedIn},
    },
    passwords::strength::{PasswordRules, WeakPassword},
    store::{StoreError, accounts, ceremonies, known_as, may_retry, people, retrying, sessions},
};

/// Why a password was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum NewPasswordError {
    /// It is not worth having.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// Hashing failed.
    #[error(transparent)]
    Hashing(#[from] anyhow::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The hash of a new password of whoever has this address, be it an administrator already or about
/// to become one. What else is `known` about them makes no good password either.
///
/// # Errors
/// What is wrong with the password, first of all.
pub async fn hash(
    app: &App,
    email: &EmailAddress,
    known: &[&str],
    password: SecretString,
) -> Result<String, NewPasswordError> {
    let mut conn = app.store.read().await?;
    let rules = rules(app, &mut conn, email, known).await?;
    drop(conn);
    rules.check(password.expose_secret())?;
    Ok(app.passwords.hash(password).await?)
}

/// What a password of whoever has this address is measured by.
pub async fn rules(
    app: &App,
    conn: &mut AnyConnection,
    email: &EmailAddress,
    known: &[&str],
) -> Result<PasswordRules, StoreError> {
    let rules = rules_without_second_factor(app, conn, email, known).await?;
    let is_on = match people::by_email(conn, email).await? {
        Some((administrator, _)) => second_factor::is_on(conn, administrator.id).await?,
        None => false,
    };
    Ok(if is_on {
        rules.with_second_factor()
    } else {
        rules
    })
}

/// The same as if no second factor were asked for.
pub(super) async fn rules_without_second_factor(
    app: &App,
    conn: &mut AnyConnection,
    email: &EmailAddress,
    known: &[&str],
) -> Result<PasswordRules, StoreError> {
    let portal = &app.config.portal;
    let mut words = vec![email.as_typed().to_owned(), portal.product_name.clone()];
    words.extend(known.iter().map(|&text| text.to_owned()));
    if let Some((administrator, _)) = people::by_email(conn, email).await? {
        words.extend(known_as::names_of(conn, administrator.id).await?);
        words.push(administrator.name);
        for account in accounts::of_administrator(conn, administrator.id).await? {
            words.push(account.number.as_str().to_owned());
            words.push(account.name);
        }
    }
    Ok(PasswordRules::new(portal.password_min_length, words))
}

/// Why somebody's password stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The new one was not hashed.
    #[error(transparent)]
    New(#[from] NewPasswordError),
    /// What was given as the old one is not it.
    #[error("the password is wrong")]
    Wrong,
    /// Whoever was signed in is not any more.
    #[error("the session has ended")]
    SessionEnded,
    /// The old one could not be checked.
    #[error(transparent)]
    Hashing(#[from] anyhow::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(ChangePasswordError);

/// Sets another password for whoever is signed in; their other sessions end. It takes the old one,
/// or, without it, that they proved lately who they are.
pub async fn change(
    app: &App,
    by: &SignedIn,
    of: &Administrator,
    old: Option<SecretString>,
    new: SecretString,
) -> Result<(), ChangePasswordError> {
    let mut conn = app.store.read().await?;
    let found = people::by_email(&mut conn, &of.email).await?;
    drop(conn);
    let old_hash = found.and_then(|(_, hash)| hash);
    let knows_the_old = match old {
        Some(old) => app.passwords.check(old, old_hash.clone()).await?,
        None => false,
    };
    let hash = hash(app, &of.email, &[], new).await?;
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        // It may have been changed while it was checked.
        let is_still_the_old = people::password_now(&mut tx, of.id).await? == old_hash;
        let Some(session) = session::hold(app, &mut tx, by, now).await? else {
            return Err(ChangePasswordError::SessionEnded);
        };
        let may = (knows_the_old && is_still_the_old) || session::is_fresh(session.fresh_at, now);
        if !may {
            return Err(ChangePasswordError::Wrong);
        }
        people::set_password(&mut tx, of.id, &hash, now).await?;
        ceremonies::end_all_of(&mut tx, of.id).await?;
        sessions::end_others(&mut tx, of.id, by.session()).await?;
        let actor = Actor::Administrator(of.id);
        let event =
            AuditEvent::of_system("administrator.password_set", actor, now).about(None, of.person);
        sign_in_changed::record(app, &mut tx, of.id, &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    info!(event = "password.changed", administrator = %of.email, "{} changed the password", of.email);
    Ok(())
}
