//! Refusals of calls that need a grant. They are logged with the option that grants it, because the app itself may
//! print only that something failed.
//!
//! Only a run that fails logs them: many libraries try what they can do without, and the stderr of an app that
//! got on well is its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A capability that an app has only by a grant.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Need {
    Directory,
    Tcp,
    Udp,
    Lookup,
    Http,
}

const NEEDS: [Need; 5] = [Need::Directory, Need::Tcp, Need::Udp, Need::Lookup, Need::Http];

/// The capabilities that a run has, and whether each was refused.
#[derive(Debug, Clone)]
pub(crate) struct Access(Arc<[(bool, AtomicBool); NEEDS.len()]>);

impl Access {
    pub(crate) fn new(is_granted: impl Fn(Need) -> bool) -> Self {
        Self(Arc::new(NEEDS.map(|need| (is_granted(need), AtomicBool::new(false)))))
    }

    /// Returns whether this is granted, and notes that it is needed.
    pub(crate) fn check(&self, need: Need) -> bool {
        let (is_granted, is_refused) = &self.0[need as usize];
        if !is_granted {
            is_refused.store(true, Ordering::Relaxed);
        }
        *is_granted
    }

    /// Logs a warning for everything that was refused.
    pub(crate) fn warn(&self) {
        for need in NEEDS {
            if self.0[need as usize].1.load(Ordering::Relaxed) {
                tracing::warn!("{}", refusal(need));
            }
        }
    }

    /// Returns whether this is granted, and notes nothing.
    pub(crate) fn has(&self, need: Need) -> bool {
        self.0[need as usize].0
    }
}

fn refusal(need: Need) -> &'static str {
    match need {
        Need::Directory => {
            "the app opens a path, and no directory is granted; --dir . grants the current one"
        }
        Need::Tcp => "a TCP socket was denied; -S inherit-network grants them",
        Need::Udp => "a UDP socket was denied; -S inherit-network grants them",
        Need::Lookup => "the lookup of a host name was denied; -S allow-ip-name-lookup grants them",
        Need::Http => "an HTTP request was denied; -S http grants them",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_are_in_their_order() {
        for need in NEEDS {
            let access = Access::new(|granted| granted as usize == need as usize);
            assert!(NEEDS.iter().all(|other| access.has(*other) == (*other as usize == need as usize)));
            assert!(access.check(need), "{need:?}");
        }
    }
}
