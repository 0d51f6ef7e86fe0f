//! The interface for shipping systems.

pub mod access_checks;
pub mod access_requests;
mod api_key;
mod body;
mod cursor;
mod entity_tag;
pub mod event_list;
mod idempotency_key;
mod list_query;
pub mod look_up;
mod preferences;
pub mod rate_limit;
pub mod webhook_calls;
