//! How things look in JSON to shipping systems: in the API, in the event feed and in webhooks. What
//! the API's description says of them is derived from these types, comments and all.

mod event_shape;
mod request_shape;
pub mod schema;
mod webhook_shape;

pub use event_shape::{EntryShape, EventPage, EventShape, TestEventShape};
pub use request_shape::{AnswerShape, ByRuleShape, RequestPage, RequestShape};
pub use webhook_shape::{
    DeliveryPage, DeliveryShape, EndpointList, EndpointShape, NewEndpointShape,
};
