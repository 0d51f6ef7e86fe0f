//! What the rules say of an address: the one function behind asking, checking and explaining.

use sqlx::AnyConnection;

use crate::{
    app::App,
    domain::{
        account_number::AccountNumber,
        domain_name::DomainName,
        email_address::EmailAddress,
        look_alike::{self, LookAlike},
        rules::{self, Facts, Likeness, Verdict},
        timestamp::Timestamp,
        unusual_letters,
    },
    store::{StoreError, known_domains, standings},
};

/// Who would use which account.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Which account.
    pub account: &'a AccountNumber,
    /// Who.
    pub email: &'a EmailAddress,
    /// Whether the shipping system says that the address belongs to whoever asks.
    pub verified: bool,
}

/// What the rules say, and by which facts.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What they say.
    pub verdict: Verdict,
    /// What they looked at.
    pub facts: Facts,
    /// What the domain looks like, where [`Facts::likeness`] says that somebody looked.
    pub looks_like: Option<LookAlike>,
}

impl Judged {
    /// What the domain looks like; looks now where nobody has.
    pub(super) async fn look(
        &mut self,
        conn: &mut AnyConnection,
        question: &Question<'_>,
    ) -> Result<Option<LookAlike>, StoreError> {
        if self.facts.likeness == Likeness::Unknown {
            self.looks_like = look_alike_of(conn, question.account, question.email).await?;
            self.facts.likeness = match self.looks_like {
                Some(_) => Likeness::LooksKnown,
                None if unusual_letters::in_domain(&DomainName::of(question.email)) => {
                    Likeness::NotPlain
                }
                None => Likeness::Genuine,
            };
        }
        Ok(self.looks_like.clone())
    }
}

/// What the rules say; none where there is no such account. Known domains are looked through only
/// where the verdict hangs on them.
pub async fn judge(
    app: &App,
    conn: &mut AnyConnection,
    question: &Question<'_>,
    now: Timestamp,
) -> Result<Option<Judged>, StoreError> {
    let Some(mut facts) = standings::facts(conn, question.account, question.email).await? else {
        return Ok(None);
    };
    facts.verified = question.verified;
    let cooldown = app.config.requests.repeat_cooldown.unwrap_or_default();
    let mut judged = Judged {
        verdict: rules::apply(&facts, now, cooldown),
        facts,
        looks_like: None,
    };
    if rules::hangs_on_likeness(&facts, now, cooldown) {
        judged.look(conn, question).await?;
        judged.verdict = rules::apply(&judged.facts, now, cooldown);
    }
    Ok(Some(judged))
}

/// What the rules would say, without doing anything; none where there is no such account.
pub async fn check(app: &App, question: &Question<'_>) -> Result<Option<Verdict>, StoreError> {
    let mut conn = app.store.read().await?;
    let judged = judge(app, &mut conn, question, app.clock.now()).await?;
    Ok(judged.map(|judged| judged.verdict))
}

/// The same with what the domain looks like.
pub async fn explain(app: &App, question: &Question<'_>) -> Result<Option<Judged>, StoreError> {
    let mut conn = app.store.read().await?;
    let Some(mut judged) = judge(app, &mut conn, question, app.clock.now()).await? else {
        return Ok(None);
    };
    judged.look(&mut conn, question).await?;
    Ok(Some(judged))
}

/// What the domain of an address pretends to be, among the domains that the account knows.
pub async fn look_alike_of(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    email: &EmailAddress,
) -> Result<Option<LookAlike>, StoreError> {
    let domain = DomainName::of(email);
    let known = known_domains::candidates(conn, account, &domain).await?;
    Ok(look_alike::find(&domain, &known))
}
