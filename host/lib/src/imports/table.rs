//! The table of an instance: the streams, files, sockets, pollables and requests that the host keeps for it.
//!
//! The implementations of WASI add entries without asking how much these take, and the engine's table only
//! bounds their number. So the host charges the run for room in advance: a call of the guest gets the table
//! once the most that a call can add is paid for. For entries of a fixed size, that is a number of entries
//! ([`Table::entries`]). For entries that may keep much, such as the headers of a request, it is a number of
//! bytes ([`Table::entries_up_to`]), and the table weighs its entries now and then ([`weights`]).
//!
//! A guest that is denied room traps, which frees everything that it made the host keep.

use std::sync::Arc;

use wasmtime::component::ResourceTable;

use crate::job::account::{Account, Charge, Excess};

mod weights;

pub(crate) use weights::{CONNECTION, DATAGRAMS, LOOKUP, request};

/// The bytes that an entry takes: itself, its box, its place among the children of another, the guest's handle,
/// and the unused room of tables that grow. Measured with pollables, streams and files.
const ENTRY: u64 = 320;

/// How many entries the price of an instance covers.
const FIRST: usize = 64;

/// The most entries that a call adds: accepting a connection creates a socket and two streams.
const OF_A_CALL: usize = 4;

/// The entries of one instance, and the charges for them.
pub(crate) struct Table {
    entries: ResourceTable,
    /// An empty table. A call gets it in place of the entries when there is no memory for what the call may
    /// keep, and finds no entry in it.
    closed: ResourceTable,
    account: Arc<Account>,
    /// How many entries there may be. All are paid for as long as the instance lives, because a table does not
    /// shrink.
    slots: usize,
    /// How many entries there may be however much memory there is.
    most: usize,
    /// A lower bound of how many slots are free.
    free: usize,
    /// The most entries that a call adds. A call may return all directories that the app is granted.
    of_a_call: usize,
    /// The charge for the slots that the price of the instance does not cover.
    paid: Charge,
    /// The charge for the weight of entries.
    weighed: Charge,
    /// A lower bound of how much of that charge is unused.
    spare: u64,
    /// Why the table was last denied memory.
    denied: Option<Excess>,
}

impl Table {
    /// Creates an empty table, for an app with this many directories, that holds at most so many entries.
    ///
    /// The caller pays its [first price](Self::first_price).
    pub(crate) fn new(account: &Arc<Account>, directories: usize, most: Option<usize>) -> Self {
        let most = most.unwrap_or(usize::MAX);
        let (slots, of_a_call) = (first_slots(directories), OF_A_CALL.max(directories));
        let (mut entries, mut closed) = (ResourceTable::new(), ResourceTable::new());
        entries.set_max_capacity(slots.min(most));
        closed.set_max_capacity(0);
        let account = Arc::clone(account);
        let (paid, weighed) = (Charge::default(), Charge::default());
        Self {
            entries,
            closed,
            account,
            slots,
            most,
            free: slots,
            of_a_call,
            paid,
            weighed,
            spare: 0,
            denied: None,
        }
    }

    /// Returns the price of the slots of a new table.
    pub(crate) fn first_price(directories: usize) -> u64 {
        first_slots(directories) as u64 * ENTRY
    }

    pub(crate) fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// Returns the entries, for a call that adds few entries, each of a fixed size.
    ///
    /// If there is no memory for more slots, adding an entry fails, and all other operations work.
    pub(crate) fn entries(&mut self) -> &mut ResourceTable {
        if self.free < self.of_a_call {
            self.count();
        }
        self.free = self.free.saturating_sub(self.of_a_call);
        &mut self.entries
    }

    /// Returns the entries, for a call that makes them keep at most this many bytes more.
    ///
    /// If there is no memory for that, the returned table is empty.
    pub(crate) fn entries_up_to(&mut self, most: u64) -> &mut ResourceTable {
        if self.spare < most && !self.weigh(most) {
            return &mut self.closed;
        }
        self.spare -= most;
        self.entries()
    }

    /// Takes the reason why the last call failed, if it failed for lack of memory.
    pub(crate) fn take_denied(&mut self) -> Option<Excess> {
        self.denied.take()
    }

    /// Counts the entries, and pays for more slots if few are free.
    ///
    /// Doubles the number of slots if it can, so that each entry is counted only a few times, however many
    /// there are.
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
                    self.entries.set_max_capacity(self.slots.min(self.most));
                    self.denied = None;
                    return;
                }
                Err(excess) => self.denied = Some(excess),
            }
        }
    }

    /// Weighs the entries, and pays for their weight and this many bytes more. Returns whether the run had the
    /// memory.
    #[cold]
    fn weigh(&mut self, most: u64) -> bool {
        let weight = self.entries.iter_mut().map(|entry| weights::of(entry)).sum::<u64>();
        // A reserve makes sure that each entry is weighed only a few times.
        let (least, ample) = (weight + most, weight + weight / 2 + 2 * most);
        let paid = self.weighed.bytes();
        if paid > 2 * ample {
            self.weighed.shrink(paid - ample);
        } else if paid < least {
            // If memory is short, a smaller reserve still avoids weighing the entries at each call.
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
        let account = Account::new(1_000 * ENTRY, "--memory");
        let mut table = Table::new(&account, 0, None);
        let count = fill(&mut table) as u64;
        assert!((1_000..=1_000 + FIRST as u64).contains(&count), "{count}");
        assert!(table.take_denied().is_some());
        drop(table);
        assert!(account.take(1_000 * ENTRY).is_ok(), "all is given back");
    }

    #[test]
    fn there_are_never_more_than_a_limit_allows() {
        let mut table = Table::new(&Account::new(u64::MAX, "--memory"), 0, Some(500));
        assert_eq!(fill(&mut table), 500);
        assert!(table.take_denied().is_none());
    }

    #[test]
    fn what_is_full_goes_on_with_what_it_has() {
        let mut table = Table::new(&Account::new(0, "--memory"), 0, None);
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
        let account = Account::new(u64::MAX, "--memory");
        let mut table = Table::new(&account, 0, None);
        for _ in 0..10_000 {
            let entry = table.entries().push(()).unwrap();
            table.entries().delete(entry).unwrap();
        }
        assert_eq!(table.paid.bytes(), 0);
    }

    #[test]
    fn what_entries_keep_is_paid_for() {
        const VALUE: usize = 60_000;
        const FIELDS: usize = 64 << 10;
        let most_of_a_call = request(FIELDS);
        let account = Account::new(8 * most_of_a_call, "--memory");
        let mut table = Table::new(&account, 0, None);
        let add = |table: &mut Table| {
            let mut fields = FieldMap::new_mutable(FIELDS);
            fields.append(default_hooks(), "name".to_owned(), vec![b'v'; VALUE]).unwrap();
            table.entries_up_to(most_of_a_call).push(fields).ok()
        };
        let mut added = (0..1_000).map_while(|_| add(&mut table)).collect::<Vec<_>>();
        let most = (7 * most_of_a_call) as usize / VALUE + 1;
        assert!((most / 2..=most).contains(&added.len()), "{} of {most}", added.len());
        assert!(table.take_denied().is_some());
        let last = added.pop().unwrap();
        assert!(table.entries_up_to(most_of_a_call).get(&last).is_err(), "it might keep more");
        assert!(table.entries().delete(last).is_ok() && table.entries().delete(added.remove(0)).is_ok());
        assert!(table.entries_up_to(most_of_a_call).get(&added[0]).is_ok());
        drop(table);
        assert!(account.take(8 * most_of_a_call).is_ok(), "all is given back");
    }
}
