//! Waits for conditions instead of for time.

use std::time::{Duration, Instant};

/// Far longer than anything takes: only what will never happen meets it.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Waits until `condition` holds; panics with `what` when it never does.
#[track_caller]
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    until_some(what, || condition().then_some(()));
}

/// Waits until `condition` gives something.
#[track_caller]
pub fn until_some<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(it) = condition() {
            return it;
        }
        assert!(began.elapsed() < DEADLINE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
