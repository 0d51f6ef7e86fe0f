//! The interface for shipping systems.

pub mod access_checks;
pub mod access_requests;
mod api_key;
mod body;
mod shapes;
