//! What runs by itself: the courier sends, the mail reader reads, the sweeper watches the clock.

pub mod courier;
pub mod mail_reader;
pub mod supervise;
pub mod sweeper;
