//! The stories of esecured, told through the real router, real databases and real mail servers.

#![allow(clippy::unwrap_used)]

mod support;

mod access_tokens;
mod api;
mod audit_trail;
mod begun_sign_ins;
mod bounces;
mod chromium;
mod cli;
mod conformance;
mod courier;
mod crash;
mod demo;
mod digests;
mod first_story;
mod four_views;
mod golden_pages;
mod group_commit;
mod http_headers;
mod identities;
mod imap;
mod invariant_controls;
mod invitation;
mod journey;
mod log;
mod mail_reader;
mod mails;
mod mended;
mod metrics;
mod one_table_of_labels;
mod passkeys;
mod portable_statements;
mod portal;
mod races;
mod reading_corpus;
mod reject_page;
mod reminders;
mod replies;
mod rights;
mod rules_by_domain;
mod samples;
mod side_by_side;
mod sign_in;
mod smtp;
mod stop;
mod strangers;
mod trusted_servers;
mod undo_page;
mod webhooks;
