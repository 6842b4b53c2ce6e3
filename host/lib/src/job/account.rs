//! The account of a run: all memory that it may use, in its instances or kept by the host for it.
//!
//! [`Limits::memory`](crate::Limits::memory) is its limit. Everything that a guest can make the host keep is
//! charged here before it is allocated: linear memories, messages, results, items, shared bytes, output, the
//! texts of failures, and the bookkeeping of each where that is larger than the data itself. A caller whose
//! charge is denied either waits, if something that is certain to happen makes room, or fails with the
//! returned [`Excess`].
//!
//! A charge costs one atomic operation on a cache line that all cores share, so nothing small is charged by
//! itself. It is part of the flat price of its owner, such as a job, or is charged [by the
//! block](super::bulk).

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_utils::CachePadded;

pub(crate) use crate::bindings::parallel::futures::types::Excess;

use super::shortage;

/// The memory that a run uses, and its limit.
#[derive(Debug)]
pub(crate) struct Account {
    limit: u64,
    /// The name of the limit, for the texts of failures.
    setting: &'static str,
    used: CachePadded<AtomicU64>,
}

impl Account {
    /// Creates the account of a run that uses nothing yet.
    pub(crate) fn new(limit: u64, setting: &'static str) -> Arc<Self> {
        Arc::new(Self { limit, setting, used: CachePadded::default() })
    }

    /// Charges this many bytes, all or none, until they are [given back](Self::give_back).
    ///
    /// A [`Charge`] gives them back when it is dropped.
    ///
    /// # Errors
    ///
    /// The run would exceed its limit.
    pub(crate) fn take(&self, bytes: u64) -> Result<(), Excess> {
        if bytes == 0 {
            return Ok(());
        }
        let taken = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            used.checked_add(bytes).filter(|&sum| sum <= self.limit)
        });
        match taken {
            Ok(before) => {
                if self.is_much(before + bytes) && !self.is_much(before) {
                    shortage::begins();
                }
                Ok(())
            }
            Err(used) => Err(self.excess(used.saturating_add(bytes))),
        }
    }

    /// Gives back bytes that were taken.
    pub(crate) fn give_back(&self, bytes: u64) {
        if bytes > 0 {
            let before = self.used.fetch_sub(bytes, Ordering::Relaxed);
            debug_assert!(before >= bytes, "more is given back than was taken");
            if self.is_much(before) {
                shortage::freed(bytes);
                if !self.is_much(before - bytes) {
                    shortage::ends();
                }
            }
        }
    }

    /// Returns whether this many bytes could be taken now.
    pub(crate) fn has_room(&self, bytes: u64) -> bool {
        self.has_room_without(0, bytes)
    }

    /// Returns whether this many bytes could be taken after `given_back` of the used bytes were given back.
    pub(crate) fn has_room_without(&self, given_back: u64, bytes: u64) -> bool {
        let used = self.used.load(Ordering::Relaxed).saturating_sub(given_back);
        used.saturating_add(bytes) <= self.limit
    }

    /// Returns whether more than half of the memory is used, so that no memory should be kept unused.
    pub(crate) fn is_short(&self) -> bool {
        self.is_much(self.used.load(Ordering::Relaxed))
    }

    fn is_much(&self, used: u64) -> bool {
        used > self.limit / 2
    }

    fn excess(&self, used: u64) -> Excess {
        Excess { limit: self.limit, used, setting: self.setting.to_owned() }
    }
}

/// The error that ends a guest when the memory that one of its calls of the host needs is denied.
#[derive(Debug)]
pub(crate) struct Denied(pub(crate) Excess);

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Excess { limit, used, setting }) = self;
        write!(f, "ran out of memory: {used} bytes, the limit is {limit} ({setting})")
    }
}

impl std::error::Error for Denied {}

impl Drop for Account {
    fn drop(&mut self) {
        if self.is_short() {
            shortage::ends();
        }
    }
}

/// Bytes that are charged to an account until this is dropped.
///
/// Keep it next to the data that it pays for, so that both are dropped together.
#[derive(Debug, Default)]
#[must_use = "a charge that is dropped is given back"]
pub(crate) struct Charge {
    /// `None` until something is charged, so that an empty charge costs nothing.
    account: Option<Arc<Account>>,
    bytes: u64,
}

impl Charge {
    /// Charges this many bytes.
    ///
    /// # Errors
    ///
    /// The run would exceed its limit.
    pub(crate) fn take(account: &Arc<Account>, bytes: u64) -> Result<Self, Excess> {
        let mut charge = Self::default();
        charge.grow(account, bytes)?;
        Ok(charge)
    }

    /// Charges this many bytes, if at least `left` bytes remain free afterwards.
    ///
    /// # Errors
    ///
    /// The run would exceed its limit, or have fewer bytes left.
    pub(crate) fn take_leaving(account: &Arc<Account>, bytes: u64, left: u64) -> Result<Self, Excess> {
        let mut charge = Self::take(account, bytes.saturating_add(left))?;
        charge.shrink(left);
        Ok(charge)
    }

    /// Charges this many bytes more. All bytes of a charge belong to one account.
    ///
    /// # Errors
    ///
    /// The run would exceed its limit. The bytes charged before stay charged.
    pub(crate) fn grow(&mut self, account: &Arc<Account>, more: u64) -> Result<(), Excess> {
        if more == 0 {
            return Ok(());
        }
        account.take(more)?;
        self.account.get_or_insert_with(|| Arc::clone(account));
        self.bytes += more;
        Ok(())
    }

    /// Gives back this many bytes, or all if there are fewer.
    pub(crate) fn shrink(&mut self, less: u64) {
        let less = less.min(self.bytes);
        self.bytes -= less;
        if let Some(account) = &self.account {
            account.give_back(less);
        }
    }

    /// Splits this many bytes, or all if there are fewer, into a charge of their own.
    pub(crate) fn split(&mut self, bytes: u64) -> Self {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        Self { account: if bytes > 0 { self.account.clone() } else { None }, bytes }
    }

    /// Adds the bytes of another charge of the same account.
    pub(crate) fn absorb(&mut self, mut other: Self) {
        self.bytes += std::mem::take(&mut other.bytes);
        self.account = self.account.take().or(other.account.take());
    }

    /// Returns how many bytes are charged.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.shrink(u64::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_taken_wholly_or_not_at_all() {
        let account = Account::new(100, "--memory");
        assert!(account.take(60).is_ok());
        let excess = account.take(50).unwrap_err();
        assert_eq!((excess.limit, excess.used), (100, 110));
        assert!(account.is_short());
        account.give_back(20);
        assert!(account.take(60).is_ok());
        assert!(account.take(u64::MAX).is_err());
    }

    #[test]
    fn a_charge_gives_back_what_it_holds_when_it_is_dropped() {
        let account = Account::new(100, "--memory");
        let mut charge = Charge::take(&account, 60).unwrap();
        assert!(charge.grow(&account, 41).is_err());
        assert_eq!(charge.bytes(), 60);
        charge.grow(&account, 40).unwrap();
        charge.shrink(70);
        assert_eq!(charge.bytes(), 30);
        let other = Charge::take(&account, 70).unwrap();
        assert!(Charge::take(&account, 1).is_err());
        charge.absorb(other);
        assert_eq!(charge.bytes(), 100);
        drop(charge);
        assert!(account.take(100).is_ok());
    }

    #[test]
    fn nothing_costs_nothing() {
        let account = Account::new(0, "--memory");
        let charge = Charge::take(&account, 0).unwrap();
        assert!(charge.account.is_none());
    }
}
