//! What administrators set for themselves.

use crate::{
    app::App,
    domain::{
        event::{Actor, AuditEvent},
        language::Language,
        people::SignedIn,
    },
    store::{StoreError, audit, people, retrying},
};

/// Sets what whoever is signed in is spoken to in, in mails first of all.
pub async fn set_language(app: &App, by: &SignedIn, language: Language) -> Result<(), StoreError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        people::set_language(&mut tx, by.administrator(), language).await?;
        let actor = Actor::Administrator(by.administrator());
        let event = AuditEvent::of_system("administrator.language_set", actor, now)
            .shown_by("language", language.as_str());
        audit::append(&mut tx, &event).await?;
        tx.commit().await
    })
    .await
}
