//! Bytes that a guest has written to a stream, and that the host still holds.
//!
//! Each stream of WASI lets its guest have some bytes in flight: to a pipe with a slow reader, to a socket with
//! a slow peer, or in a request that is not sent yet. With many streams these add up, and the bytes outlive the
//! stream and the instance. So each write carries its charge: [`Pending::keep`] returns bytes that release the
//! charge when the last reference to them is dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::job::account::{Account, Charge, Excess};

/// The bytes in flight that the price of an instance covers. They let a guest always print why it fails.
pub(crate) const ALLOWANCE: u64 = 65 << 10;

/// The bytes that a write takes besides its data.
const WRITE: u64 = 192;

/// The bytes in flight of one instance, and the charge for them.
pub(crate) struct Pending {
    account: Arc<Account>,
    /// The bytes that the allowance covers at present.
    allowed: AtomicU64,
    /// The charge for the allowance. It outlives the instance as long as bytes of the instance are in flight.
    _allowance: Charge,
}

/// The bytes of one write.
struct Kept {
    bytes: Vec<u8>,
    pending: Arc<Pending>,
    /// How much of the allowance these bytes use.
    allowed: u64,
    /// The charge for these bytes, if the allowance does not cover them.
    _charge: Charge,
}

impl Pending {
    /// Creates the state of an instance that has written nothing, with the charge for its [`ALLOWANCE`].
    pub(crate) fn new(account: &Arc<Account>, allowance: Charge) -> Arc<Self> {
        Arc::new(Self { account: Arc::clone(account), allowed: AtomicU64::new(0), _allowance: allowance })
    }

    /// Returns these bytes, charged for until they are dropped.
    ///
    /// # Errors
    ///
    /// Fails if the instance has used up its allowance and the run has no memory left for the bytes.
    pub(crate) fn keep(self: &Arc<Self>, bytes: Vec<u8>) -> Result<Bytes, Excess> {
        let cost = bytes.len() as u64 + WRITE;
        let used = self.allowed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            used.checked_add(cost).filter(|&sum| sum <= ALLOWANCE)
        });
        let (allowed, charge) = match used {
            Ok(_) => (cost, Charge::default()),
            Err(_) => (0, Charge::take(&self.account, cost)?),
        };
        let pending = Arc::clone(self);
        Ok(Bytes::from_owner(Kept { bytes, pending, allowed, _charge: charge }))
    }
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.pending.allowed.fetch_sub(self.allowed, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_paid_for_until_it_is_gone() {
        let account = Account::new(ALLOWANCE + 1_000, "--memory");
        let pending = Pending::new(&account, Charge::take(&account, ALLOWANCE).unwrap());
        let mut first = pending.keep(vec![1; (ALLOWANCE - WRITE) as usize]).unwrap();
        let second = pending.keep(vec![2; 1_000 - WRITE as usize]).unwrap();
        assert_eq!(pending.keep(Vec::new()).unwrap_err().used, ALLOWANCE + 1_000 + WRITE);
        drop(second);
        let rest = first.split_off(1);
        drop(first);
        assert!(pending.keep(vec![3; 1_000]).is_err(), "some of the first is there yet");
        drop(pending);
        assert!(account.take(1_001).is_err(), "the instance is gone, and its bytes are not");
        drop(rest);
        assert!(account.take(ALLOWANCE + 1_000).is_ok());
    }
}
