//! What the daemon logs on the test's own thread, while this lives.

use std::{
    io,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tracing::subscriber::DefaultGuard;

/// The log so far.
pub struct CapturedLog {
    written: Arc<Written>,
    _capturing: DefaultGuard,
}

impl CapturedLog {
    pub fn start() -> Self {
        let written = Arc::new(Written::default());
        let lines = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_writer(written.clone())
            .finish();
        Self {
            written,
            _capturing: tracing::subscriber::set_default(lines),
        }
    }

    /// The lines of this event.
    pub fn of(&self, event: &str) -> Vec<Value> {
        let written = String::from_utf8(self.written.0.lock().unwrap().clone()).unwrap();
        written
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|line: &Value| line["event"] == event)
            .collect()
    }
}

#[derive(Default)]
struct Written(Mutex<Vec<u8>>);

impl io::Write for &Written {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
