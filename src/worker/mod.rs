//! What runs by itself: the courier sends, the mail reader reads, the sweeper watches the clock, the
//! change watcher tells those who wait, the messenger tells shipping systems.

pub mod change_watcher;
pub mod courier;
mod inbox_batch;
pub mod lease;
pub mod mail_reader;
pub mod messenger;
mod one_reader;
mod put_away;
pub mod supervise;
pub mod sweeper;
mod withheld;
