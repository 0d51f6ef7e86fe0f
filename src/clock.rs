//! What time it is.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use crate::domain::timestamp::Timestamp;

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine.
    System,
    /// Stands still until somebody moves it.
    Fixed(FixedClock),
}

impl Clock {
    /// The time, to the microsecond.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::from_jiff(jiff::Timestamp::now()),
            Self::Fixed(clock) => Timestamp::from_micros(clock.0.load(Ordering::SeqCst)),
        }
    }
}

/// A clock in somebody's hands.
#[derive(Clone, Debug)]
pub struct FixedClock(Arc<AtomicI64>);

impl FixedClock {
    /// A clock that shows `at`.
    pub fn at(at: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(at.as_micros())))
    }

    /// Moves the hands forward.
    pub fn advance(&self, by: std::time::Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}
