//! Many small objects of one kind, charged to the account by the block.
//!
//! Charging each by itself would cost every job an operation on a cache line that all cores share. The
//! objects are counted anyway, because their number has its own limit. So the count is compared with the
//! number paid for, which is written only once per block.

use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_utils::CachePadded;

use super::account::{Account, Excess};

/// The number of objects of a kind, and for how many of them an account has been charged.
#[derive(Debug)]
pub(crate) struct Bulk {
    /// Both counts share a cache line, because a thread that reads one has just written the other.
    counts: CachePadded<Counts>,
    block: usize,
    /// The price of each object, in bytes.
    price: u64,
}

#[derive(Debug)]
struct Counts {
    there: AtomicUsize,
    /// A multiple of the block, and at least one.
    paid: AtomicUsize,
}

impl Bulk {
    /// Creates an empty count. The first block is free.
    pub(crate) fn new(block: usize, price: u64) -> Self {
        let counts = Counts { there: AtomicUsize::new(0), paid: AtomicUsize::new(block) };
        Self { counts: CachePadded::new(counts), block, price }
    }

    /// Counts this many more, even if it fails. Returns how many there are now.
    ///
    /// # Errors
    ///
    /// The run has no memory for them. They are still counted, unpaid, until the caller
    /// [subtracts](Self::sub) them.
    pub(crate) fn add(&self, account: &Account, more: usize) -> Result<usize, Excess> {
        let there = self.counts.there.fetch_add(more, Ordering::Relaxed).saturating_add(more);
        if there > self.counts.paid.load(Ordering::Relaxed) {
            self.pay(account, there)?;
        }
        Ok(there)
    }

    /// Subtracts this many.
    pub(crate) fn sub(&self, account: &Account, less: usize) {
        let there = self.counts.there.fetch_sub(less, Ordering::Relaxed).saturating_sub(less);
        // One block stays in reserve, so that a count that goes up and down is charged once.
        let kept = there.saturating_add(2 * self.block);
        let mut paid = self.counts.paid.load(Ordering::Relaxed);
        while paid > kept {
            let next = kept.next_multiple_of(self.block);
            match self.change(paid, next) {
                Ok(()) => return account.give_back(self.price * (paid - next) as u64),
                Err(now) => paid = now,
            }
        }
    }

    /// Returns whether the run has memory for this many more.
    pub(crate) fn has_room(&self, account: &Account, more: usize) -> bool {
        let (there, paid) = (self.there().saturating_add(more), self.counts.paid.load(Ordering::Relaxed));
        there <= paid || account.has_room(self.price_of(paid, there))
    }

    /// Returns how many bytes the account has been charged for all of them.
    pub(crate) fn charged(&self) -> u64 {
        self.price.saturating_mul((self.counts.paid.load(Ordering::Relaxed) - self.block) as u64)
    }

    /// Returns how many there are.
    pub(crate) fn there(&self) -> usize {
        self.counts.there.load(Ordering::Relaxed)
    }

    /// Charges the account until `there` objects are paid for.
    fn pay(&self, account: &Account, there: usize) -> Result<(), Excess> {
        let mut paid = self.counts.paid.load(Ordering::Relaxed);
        while paid < there {
            let price = self.price_of(paid, there);
            account.take(price)?;
            match self.change(paid, self.blocks(there)) {
                Ok(()) => return Ok(()),
                Err(now) => {
                    account.give_back(price);
                    paid = now;
                }
            }
        }
        Ok(())
    }

    /// Returns the price of raising the number paid for from `paid` to `there`, rounded up to a block.
    fn price_of(&self, paid: usize, there: usize) -> u64 {
        self.price.saturating_mul((self.blocks(there) - paid) as u64)
    }

    fn blocks(&self, there: usize) -> usize {
        there.checked_next_multiple_of(self.block).unwrap_or(usize::MAX)
    }

    fn change(&self, from: usize, to: usize) -> Result<(), usize> {
        let changed = self.counts.paid.compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed);
        changed.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_charged_by_the_block_and_the_first_block_is_free() {
        let (account, bulk) = (Account::new(20, "--memory"), Bulk::new(10, 1));
        assert_eq!((1..=30).find(|&n| bulk.add(&account, 1).ok() != Some(n)), None);
        assert!(account.take(1).is_err(), "two blocks have been charged");
        assert!(bulk.add(&account, 1).is_err());
        bulk.sub(&account, 1);
        bulk.sub(&account, 20);
        assert!(account.take(1).is_err(), "a block in reserve, and one for those that are there");
        bulk.sub(&account, 10);
        assert_eq!(bulk.there(), 0);
        assert!(account.take(10).is_ok());
    }

    #[test]
    fn one_that_is_large_is_charged_at_once() {
        let (account, bulk) = (Account::new(1000, "--memory"), Bulk::new(10, 2));
        assert!(bulk.add(&account, 600).is_err());
        bulk.sub(&account, 600);
        assert_eq!(bulk.add(&account, 505).ok(), Some(505));
        assert!(account.take(1).is_err());
        bulk.sub(&account, 505);
        assert!(account.take(980).is_ok());
    }

    #[test]
    fn what_threads_pay_for_is_what_they_get_back() {
        let (account, bulk) = (Account::new(1 << 40, "--memory"), Bulk::new(3, 5));
        std::thread::scope(|scope| {
            for n in 1..4 {
                let (account, bulk) = (&account, &bulk);
                scope.spawn(move || {
                    for _ in 0..10_000 {
                        bulk.add(account, 7 * n).unwrap();
                        bulk.sub(account, 7 * n);
                    }
                });
            }
        });
        assert!(account.take((1 << 40) - 5 * 3).is_ok(), "all but the reserve");
    }
}
