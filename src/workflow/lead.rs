//! What the token in a mail leads to: the mail that was answered, or the mail that came back.

use sqlx::AnyConnection;

use super::{returned_mail::Returned, sender::Bound};
use crate::{
    app::App,
    domain::{message::Message, request::RequestId},
    reading::Mail,
    store::StoreError,
};

/// Where it leads.
pub(super) enum Lead {
    /// To a mail of ours that did not arrive, of which this is a report.
    Report(Box<Returned>),
    /// To a mail of ours that somebody, or something, answers.
    Answer(Box<Bound>),
    /// No valid token is there.
    Nowhere,
}

impl Lead {
    /// Follows it.
    pub(super) async fn find(
        app: &App,
        conn: &mut AnyConnection,
        mail: &Mail,
    ) -> Result<Self, StoreError> {
        if let Some(returned) = Returned::find(app, conn, mail).await? {
            return Ok(Self::Report(Box::new(returned)));
        }
        let bound = Bound::find(app, conn, mail).await?;
        Ok(bound.map_or(Self::Nowhere, |bound| Self::Answer(Box::new(bound))))
    }

    /// Our mail.
    pub(super) fn message(&self) -> Option<&Message> {
        match self {
            Self::Report(returned) => Some(&returned.message),
            Self::Answer(bound) => Some(&bound.message),
            Self::Nowhere => None,
        }
    }

    /// The request that mail was about, where it was about one.
    pub(super) fn request(&self) -> Option<RequestId> {
        self.message()?.about.request()
    }
}
