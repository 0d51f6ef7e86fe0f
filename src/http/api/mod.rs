//! The interface for shipping systems.

pub mod access_checks;
pub mod access_requests;
mod api_key;
mod body;
mod cursor;
pub mod description;
mod entity_tag;
pub mod event_list;
mod examples;
mod idempotency_key;
mod json_answer;
mod list_query;
pub mod look_up;
mod preferences;
pub mod rate_limit;
mod refusals;
pub mod webhook_calls;
mod webhook_deliveries;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::Web;

/// Every route of it. What is served is what is described: method and path of each stand above its
/// handler, and nowhere else.
pub(super) fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(look_up::list, access_requests::create))
        .routes(routes!(look_up::show))
        .routes(routes!(access_requests::cancel))
        .routes(routes!(access_checks::check))
        .routes(routes!(event_list::list))
        .routes(routes!(webhook_calls::list, webhook_calls::add))
        .routes(routes!(webhook_calls::remove))
        .routes(routes!(webhook_calls::rotate))
        .routes(routes!(webhook_calls::enable))
        .routes(routes!(webhook_deliveries::test))
        .routes(routes!(webhook_deliveries::list))
        .routes(routes!(webhook_deliveries::replay))
}
