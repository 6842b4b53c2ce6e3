//! The table of an instance: the streams, files, sockets, pollables and requests that the host keeps for it.
//!
//! The implementations of WASI add entries without asking what these take, and the engine's table only
//! knows how many there may be. So room is charged to the run beforehand: a call of the guest gets the
//! table when the most that one call adds is paid for. For entries of a fixed size that is a number of
//! them ([`Table::entries`]); where one may keep much, such as the headers of a request, it is bytes
//! ([`Table::entries_up_to`]), and what there is gets weighed now and then ([`weights`]).
//!
//! A guest that is denied room traps, and with it ends what it made the host keep.

use std::sync::Arc;

use wasmtime::component::ResourceTable;

use crate::job::account::{Account, Charge, Excess};

mod weights;

pub(crate) use weights::{CONNECTION, DATAGRAMS, LOOKUP, MAX_FIELDS, REQUEST};

/// What an entry takes: itself, its box, its place among the children of another, the guest's handle, and
/// what tables that grow leave unused. Measured with pollables, streams and files.
const ENTRY: u64 = 320;

/// So many entries are part of the price of an instance.
const FIRST: usize = 64;

/// The most entries that a call adds: to accept a connection makes a socket and two streams.
const OF_A_CALL: usize = 4;

/// The entries of one instance, and what they cost.
pub(crate) struct Table {
    entries: ResourceTable,
    /// What a call gets in place of the entries when there is no memory for what it may keep. All that it
    /// looks for is missing there.
    closed: ResourceTable,
    account: Arc<Account>,
    /// How many entries there may be. All are paid for, for as long as the instance lives, because a table
    /// does not shrink.
    slots: usize,
    /// So many of them are free, or more.
    free: usize,
    /// The most that a call adds, which may hand out the directories that the app is granted.
    of_a_call: usize,
    /// What pays for the slots that are not part of the price of the instance.
    paid: Charge,
    /// What pays for the weight of entries.
    weighed: Charge,
    /// So much of that is unused, or more.
    spare: u64,
    /// Why it could not be larger.
    denied: Option<Excess>,
}

impl Table {
    /// Creates an empty table, for an app with so many directories.
    ///
    /// Its [first price](Self::first_price) is paid by the caller.
    pub(crate) fn new(account: &Arc<Account>, directories: usize) -> Self {
        let (slots, of_a_call) = (first_slots(directories), OF_A_CALL.max(directories));
        let (mut entries, mut closed) = (ResourceTable::new(), ResourceTable::new());
        entries.set_max_capacity(slots);
        closed.set_max_capacity(0);
        let account = Arc::clone(account);
        let (paid, weighed) = (Charge::default(), Charge::default());
        Self {
            entries,
            closed,
            account,
            slots,
            free: slots,
            of_a_call,
            paid,
            weighed,
            spare: 0,
            denied: None,
        }
    }

    /// Returns what the room costs that a new table has.
    pub(crate) fn first_price(directories: usize) -> u64 {
        first_slots(directories) as u64 * ENTRY
    }

    pub(crate) fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// Returns the entries for a call that adds few, each of a fixed size.
    ///
    /// Where there is no memory for more, one that is added is an error, and all else works.
    pub(crate) fn entries(&mut self) -> &mut ResourceTable {
        if self.free < self.of_a_call {
            self.count();
        }
        self.free = self.free.saturating_sub(self.of_a_call);
        &mut self.entries
    }

    /// Returns the entries for a call that makes them keep at most so many bytes more.
    ///
    /// Where there is no memory for that, each is missing.
    pub(crate) fn entries_up_to(&mut self, most: u64) -> &mut ResourceTable {
        if self.spare < most && !self.weigh(most) {
            return &mut self.closed;
        }
        self.spare -= most;
        self.entries()
    }

    /// Returns why the last call failed, if it did for want of memory.
    pub(crate) fn take_denied(&mut self) -> Option<Excess> {
        self.denied.take()
    }

    /// Counts the entries, and pays for more slots if few are free.
    ///
    /// Twice as many, so that each entry is counted a few times only, however many there are.
    #[cold]
    fn count(&mut self) {
        self.free = self.slots.saturating_sub(self.entries.iter_mut().count());
        if self.free >= self.of_a_call.max(self.slots / 4) {
            return;
        }
        for more in [self.slots, self.of_a_call] {
            match self.paid.grow(&self.account, more as u64 * ENTRY) {
                Ok(()) => {
                    self.slots += more;
                    self.free += more;
                    self.entries.set_max_capacity(self.slots);
                    self.denied = None;
                    return;
                }
                Err(excess) => self.denied = Some(excess),
            }
        }
    }

    /// Weighs the entries, and pays for what they weigh and so many bytes more. Returns whether it could.
    #[cold]
    fn weigh(&mut self, most: u64) -> bool {
        let weight = self.entries.iter_mut().map(|entry| weights::of(entry)).sum::<u64>();
        // With some to spare, so that each entry is weighed a few times only.
        let (least, ample) = (weight + most, weight + weight / 2 + 2 * most);
        let paid = self.weighed.bytes();
        if paid > 2 * ample {
            self.weighed.shrink(paid - ample);
        } else if paid < least {
            // Where memory is short, less than ample is better than to weigh at each call.
            let (some, little) = (least + (ample - least) / 8, least + (ample - least) / 64);
            for wanted in [ample, some, little, least] {
                match self.weighed.grow(&self.account, wanted - paid) {
                    Ok(()) => {
                        self.denied = None;
                        break;
                    }
                    Err(excess) => self.denied = Some(excess),
                }
            }
        }
        self.spare = self.weighed.bytes().saturating_sub(weight);
        self.spare >= most
    }
}

fn first_slots(directories: usize) -> usize {
    FIRST + OF_A_CALL * directories
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime_wasi_http::{FieldMap, default_hooks};

    fn fill(table: &mut Table) -> usize {
        (0..1_000_000).take_while(|_| table.entries().push(()).is_ok()).count()
    }

    #[test]
    fn there_are_as_many_entries_as_are_paid_for() {
        let account = Account::new(1_000 * ENTRY);
        let mut table = Table::new(&account, 0);
        let count = fill(&mut table) as u64;
        assert!((1_000..=1_000 + FIRST as u64).contains(&count), "{count}");
        assert!(table.take_denied().is_some());
        drop(table);
        assert!(account.take(1_000 * ENTRY).is_ok(), "all is given back");
    }

    #[test]
    fn what_is_full_goes_on_with_what_it_has() {
        let mut table = Table::new(&Account::new(0), 0);
        let first = table.entries().push(7_u8).unwrap();
        assert_eq!(fill(&mut table), FIRST - 1);
        for _ in 0..100 {
            assert_eq!(table.entries().get(&first).ok(), Some(&7));
        }
        table.entries().delete(first).unwrap();
        assert_eq!(fill(&mut table), 1);
    }

    #[test]
    fn one_that_adds_and_removes_pays_once() {
        let account = Account::new(u64::MAX);
        let mut table = Table::new(&account, 0);
        for _ in 0..10_000 {
            let entry = table.entries().push(()).unwrap();
            table.entries().delete(entry).unwrap();
        }
        assert_eq!(table.paid.bytes(), 0);
    }

    #[test]
    fn what_entries_keep_is_paid_for() {
        const VALUE: usize = 60_000;
        let account = Account::new(8 * REQUEST);
        let mut table = Table::new(&account, 0);
        let add = |table: &mut Table| {
            let mut fields = FieldMap::new_mutable(MAX_FIELDS);
            fields.append(default_hooks(), "name".to_owned(), vec![b'v'; VALUE]).unwrap();
            table.entries_up_to(REQUEST).push(fields).ok()
        };
        let mut added = (0..1_000).map_while(|_| add(&mut table)).collect::<Vec<_>>();
        let most = (8 * REQUEST - REQUEST) as usize / VALUE + 1;
        assert!((most / 2..=most).contains(&added.len()), "{} of {most}", added.len());
        assert!(table.take_denied().is_some());
        let last = added.pop().unwrap();
        assert!(table.entries_up_to(REQUEST).get(&last).is_err(), "it might keep more");
        assert!(table.entries().delete(last).is_ok() && table.entries().delete(added.remove(0)).is_ok());
        assert!(table.entries_up_to(REQUEST).get(&added[0]).is_ok());
        drop(table);
        assert!(account.take(8 * REQUEST).is_ok(), "all is given back");
    }
}
