//! Adding and taking away the rules of an account about mail domains.

use sqlx::AnyConnection;
use tracing::info;

use super::decide::{self, DecideError};
use crate::{
    app::App,
    domain::{
        account_number::AccountNumber,
        domain_name::DomainName,
        domain_rule::{DomainKind, DomainRule},
        event::{Actor, AuditEvent},
        free_mail::{self, is_free_mail},
        look_alike::{self, LookAlike},
        people::SignedIn,
        request::Door,
        timestamp::Timestamp,
        unusual_letters,
    },
    store::{StoreError, accounts, audit, domains, known_domains, may_retry, retrying},
};

/// Why the rules stay as they were.
#[derive(Debug, thiserror::Error)]
pub enum DomainRuleError {
    /// No such account.
    #[error("there is no such account: add it with `esecured account add`")]
    UnknownAccount,
    /// The administrator does not, or no longer, decide for this account.
    #[error("this administrator does not decide for this account")]
    NotYours,
    /// The session ended before the change was written.
    #[error("the session has ended")]
    SessionEnded,
    /// Anybody can get an address there.
    #[error(
        "anybody can get an address at {0}: it cannot be an Authorized Domain, but single addresses can be added with `esecured user add`"
    )]
    FreeMail(DomainName),
    /// It is a slip of the finger away from a provider at which anybody can get an address.
    #[error(
        "{domain} is very close to {meant}: did you mean that? Anybody can get an address there, so neither can be an Authorized Domain"
    )]
    SlipOfFreeMail {
        /// What was to be trusted.
        domain: DomainName,
        /// What was probably meant.
        meant: &'static str,
    },
    /// Anybody can buy a name under it.
    #[error(
        "anybody can buy a name that ends in {0}: it cannot be an Authorized Domain; give the whole domain, such as example.{0}"
    )]
    SoldUnder(DomainName),
    /// It pretends to be a domain that the account knows.
    #[error(
        "{domain} looks like {looks_like}, which the account knows, and is another domain: it cannot be an Authorized Domain"
    )]
    LooksLike {
        /// What was to be trusted.
        domain: DomainName,
        /// What it looks like.
        looks_like: LookAlike,
    },
    /// It may be read as another domain.
    #[error(
        "{0} stands for a name with letters that are not plain ones and may be taken for others: it cannot be an Authorized Domain, but single addresses can be added with `esecured user add`"
    )]
    UnusualLetters(DomainName),
    /// The account has this rule.
    #[error("the account has this rule already")]
    Known,
    /// The account has no such rule.
    #[error("the account has no such rule: see `esecured domain list`")]
    Missing,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(DomainRuleError);

/// Who changes the rules.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    /// The command line.
    Operator,
    /// An administrator in the portal.
    Administrator(&'a SignedIn),
}

impl By<'_> {
    fn actor(self) -> Actor {
        match self {
            Self::Operator => Actor::Operator,
            Self::Administrator(by) => Actor::Administrator(by.administrator()),
        }
    }

    fn door(self) -> Door {
        match self {
            Self::Operator => Door::Operator,
            Self::Administrator(_) => Door::Portal,
        }
    }
}

/// Adds a rule. A domain at which anybody can get an address, which looks like a known one, or
/// which is not written with plain letters is never trusted.
pub async fn add(
    app: &App,
    by: By<'_>,
    account: &AccountNumber,
    kind: DomainKind,
    domain: &DomainName,
) -> Result<(), DomainRuleError> {
    if kind == DomainKind::Authorized {
        is_somebodys_own(domain)?;
    }
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        check_right(app, &mut tx, by, account, now).await?;
        if kind == DomainKind::Authorized {
            let known = known_domains::candidates(&mut tx, account, domain).await?;
            if let Some(looks_like) = look_alike::find(domain, &known) {
                return Err(DomainRuleError::LooksLike {
                    domain: domain.clone(),
                    looks_like,
                });
            }
            if unusual_letters::in_domain(domain) {
                return Err(DomainRuleError::UnusualLetters(domain.clone()));
            }
        }
        let rule = DomainRule {
            account: account.clone(),
            kind,
            domain: domain.clone(),
            added_at: now,
        };
        if !domains::add(&mut tx, &rule).await? {
            return Err(DomainRuleError::Known);
        }
        record(&mut tx, "domain.added", by, &rule, now).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    info!(
        event = "domain.added",
        account.last4 = account.last4(),
        %kind,
        %domain,
        door = %by.door(),
        "{domain} is a domain of kind {kind} of account {account}"
    );
    Ok(())
}

/// Whether a domain may belong to a company at all.
fn is_somebodys_own(domain: &DomainName) -> Result<(), DomainRuleError> {
    if is_free_mail(domain) {
        return Err(DomainRuleError::FreeMail(domain.clone()));
    }
    if domain.is_sold_under() {
        return Err(DomainRuleError::SoldUnder(domain.clone()));
    }
    match free_mail::slip_of(domain) {
        Some(meant) => Err(DomainRuleError::SlipOfFreeMail {
            domain: domain.clone(),
            meant,
        }),
        None => Ok(()),
    }
}

/// Takes a rule away. Who is an authorized user because of it stays one.
pub async fn remove(
    app: &App,
    by: By<'_>,
    account: &AccountNumber,
    kind: DomainKind,
    domain: &DomainName,
) -> Result<(), DomainRuleError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        check_right(app, &mut tx, by, account, now).await?;
        if !domains::remove(&mut tx, account, kind, domain).await? {
            return Err(DomainRuleError::Missing);
        }
        let rule = DomainRule {
            account: account.clone(),
            kind,
            domain: domain.clone(),
            added_at: now,
        };
        record(&mut tx, "domain.removed", by, &rule, now).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    info!(
        event = "domain.removed",
        account.last4 = account.last4(),
        %kind,
        %domain,
        door = %by.door(),
        "{domain} is no longer a domain of kind {kind} of account {account}"
    );
    Ok(())
}

async fn check_right(
    app: &App,
    conn: &mut AnyConnection,
    by: By<'_>,
    account: &AccountNumber,
    now: Timestamp,
) -> Result<(), DomainRuleError> {
    match by {
        By::Operator => match accounts::find(conn, account).await? {
            Some(_) => Ok(()),
            None => Err(DomainRuleError::UnknownAccount),
        },
        By::Administrator(by) => decide::check_appointed(app, conn, account, by, now)
            .await
            .map_err(|error| match error {
                DecideError::SessionEnded => DomainRuleError::SessionEnded,
                DecideError::Store(error) => DomainRuleError::Store(error),
                DecideError::NotYours | DecideError::Unknown | DecideError::AlreadyDecided(_) => {
                    DomainRuleError::NotYours
                }
            }),
    }
}

async fn record(
    conn: &mut AnyConnection,
    name: &'static str,
    by: By<'_>,
    rule: &DomainRule,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = AuditEvent::of_account(&rule.account, name, by.actor(), now)
        .through(Some(by.door()))
        .shown_by("kind", rule.kind.as_str())
        .shown_by("domain", rule.domain.as_str());
    audit::append(conn, &event).await
}
