//! Bytes that a guest has written to a stream, and that the host still has.
//!
//! Each stream of WASI lets its guest have some bytes on their way: to a pipe whose reader is slow, a
//! socket whose peer is, a request that is not sent. With many streams that is much, and what was
//! written outlives the stream, and the instance. So each write carries what it costs: [`Pending::keep`]
//! returns bytes that give it back when the last of them is dropped, wherever that is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::job::account::{Account, Charge, Excess};

/// So many bytes of an instance are part of its price, as long as some of them are there: a guest can
/// always print why it fails.
pub(crate) const ALLOWANCE: u64 = 65 << 10;

/// What a write costs besides its bytes.
const WRITE: u64 = 192;

/// What one instance has written, and what pays for it.
pub(crate) struct Pending {
    account: Arc<Account>,
    /// Bytes that the allowance pays for.
    allowed: AtomicU64,
    /// What pays for the allowance. It outlives the instance as long as its bytes do.
    _allowance: Charge,
}

/// The bytes of one write.
struct Kept {
    bytes: Vec<u8>,
    pending: Arc<Pending>,
    /// So much of the allowance is used by them.
    allowed: u64,
    /// What pays for them if the allowance does not.
    _charge: Charge,
}

impl Pending {
    /// Creates that of an instance that has written nothing, with what pays for its [`ALLOWANCE`].
    pub(crate) fn new(account: &Arc<Account>, allowance: Charge) -> Arc<Self> {
        Arc::new(Self { account: Arc::clone(account), allowed: AtomicU64::new(0), _allowance: allowance })
    }

    /// Returns these bytes, paid for until they are dropped.
    ///
    /// # Errors
    ///
    /// The instance has used its allowance, and the run may not have so much memory.
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
        let account = Account::new(ALLOWANCE + 1_000);
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
