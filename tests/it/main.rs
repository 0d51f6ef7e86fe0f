//! The stories of esecured, told through the real router, real databases and real mail servers.

#![allow(clippy::unwrap_used)]

mod support;

mod cli;
mod courier;
mod crash;
mod demo;
mod first_story;
mod imap;
mod journey;
mod mail_reader;
mod mails;
mod reading_corpus;
mod smtp;
mod stop;
