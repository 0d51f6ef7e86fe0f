//! What runs by itself: the courier sends, the mail reader reads, the sweeper watches the clock, the
//! change watcher tells those who wait.

pub mod change_watcher;
pub mod courier;
mod inbox_batch;
pub mod mail_reader;
mod one_reader;
mod put_away;
pub mod supervise;
pub mod sweeper;
