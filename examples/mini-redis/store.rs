//! The data: keys, their values, and their expiry.
//!
//! An expired key is treated as missing, and an access removes it. [`Store::sweep`] removes expired keys that
//! are not accessed, a few at a time.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::value::{Kind, Value, WrongKind, cost};

/// The maximum amount of data, as counted by [`cost()`]. An instance has 4 GiB of memory.
pub(crate) const MAX_DATA: usize = 1 << 30;

/// The expiry of a key that is set.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expiry {
    Never,
    At(Instant),
    /// The expiry that it had before.
    AsBefore,
}

struct Entry {
    value: Value,
    deadline: Option<Instant>,
}

pub(crate) struct Store {
    entries: HashMap<Rc<[u8]>, Entry>,
    /// Sorted by expiry. The keys are those of `entries`, not copies.
    deadlines: BTreeSet<(Instant, Rc<[u8]>)>,
    used: usize,
    clock: fn() -> Instant,
}

impl Store {
    pub(crate) fn new(clock: fn() -> Instant) -> Self {
        Self { entries: HashMap::new(), deadlines: BTreeSet::new(), used: 0, clock }
    }

    /// Returns all keys, including expired ones that are not yet removed.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn used(&self) -> usize {
        self.used
    }

    pub(crate) fn is_full(&self) -> bool {
        self.used >= MAX_DATA
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.clock);
    }

    /// Returns the keys that have not expired.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &[u8]> {
        let now = (self.clock)();
        let live = move |entry: &Entry| entry.deadline.is_none_or(|deadline| deadline > now);
        self.entries.iter().filter(move |(_, entry)| live(entry)).map(|(key, _)| &**key)
    }

    #[inline]
    fn entry(&mut self, key: &[u8]) -> Option<&mut Entry> {
        // Without expiries, the clock is not read.
        if !self.deadlines.is_empty()
            && let Some(deadline) = self.entries.get(key)?.deadline
            && deadline <= (self.clock)()
        {
            self.remove(key);
            return None;
        }
        self.entries.get_mut(key)
    }

    pub(crate) fn value(&mut self, key: &[u8]) -> Option<&Value> {
        self.entry(key).map(|entry| &entry.value)
    }

    pub(crate) fn has(&mut self, key: &[u8]) -> bool {
        self.entry(key).is_some()
    }

    /// Returns the value of this key, if it exists and has this kind.
    #[inline]
    pub(crate) fn get<K: Kind>(&mut self, key: &[u8]) -> Result<Option<&mut K>, WrongKind> {
        match self.entry(key) {
            None => Ok(None),
            Some(entry) => K::of(&mut entry.value).map(Some).ok_or(WrongKind),
        }
    }

    /// Returns the value of this key, creating an empty one if needed.
    pub(crate) fn get_or_insert<K: Kind>(&mut self, key: &[u8]) -> Result<&mut K, WrongKind> {
        if !self.has(key) {
            self.set(key, K::default().wrap(), Expiry::Never);
        }
        let entry = self.entries.get_mut(key).expect("it had a value, or has one now");
        K::of(&mut entry.value).ok_or(WrongKind)
    }

    /// Must be called after data was added to a value. [`set`](Self::set) and [`remove`](Self::remove) do so
    /// themselves.
    pub(crate) fn grew(&mut self, bytes: usize) {
        self.used += bytes;
    }

    /// Must be called after data was removed from a value.
    pub(crate) fn shrank(&mut self, bytes: usize) {
        self.used -= bytes;
    }

    pub(crate) fn set(&mut self, key: &[u8], value: Value, expiry: Expiry) {
        self.used += value.cost();
        let (shared, before) = match self.entries.get_mut(key) {
            Some(entry) => {
                self.used -= entry.value.cost();
                entry.value = value;
                (None, entry.deadline)
            }
            None => {
                self.used += cost(key);
                let key = Rc::<[u8]>::from(key);
                self.entries.insert(Rc::clone(&key), Entry { value, deadline: None });
                (Some(key), None)
            }
        };
        match expiry {
            Expiry::Never if before.is_none() => {}
            Expiry::Never => self.set_deadline(key, shared, None),
            Expiry::At(deadline) => self.set_deadline(key, shared, Some(deadline)),
            Expiry::AsBefore => {}
        }
    }

    fn set_deadline(&mut self, key: &[u8], shared: Option<Rc<[u8]>>, deadline: Option<Instant>) {
        let shared = shared.or_else(|| self.entries.get_key_value(key).map(|(key, _)| Rc::clone(key)));
        let entry = self.entries.get_mut(key);
        let (key, entry) = shared.zip(entry).expect("only a key that is there expires");
        if let Some(before) = std::mem::replace(&mut entry.deadline, deadline) {
            self.deadlines.remove(&(before, Rc::clone(&key)));
        }
        self.deadlines.extend(deadline.map(|deadline| (deadline, key)));
    }

    /// Returns whether the key existed.
    pub(crate) fn remove(&mut self, key: &[u8]) -> bool {
        let Some((key, entry)) = self.entries.remove_entry(key) else { return false };
        self.used -= cost(&key) + entry.value.cost();
        if let Some(deadline) = entry.deadline {
            self.deadlines.remove(&(deadline, key));
        }
        true
    }

    /// Returns the instant in the given number of milliseconds, if it is representable.
    pub(crate) fn after(&self, milliseconds: u64) -> Option<Instant> {
        (self.clock)().checked_add(Duration::from_millis(milliseconds))
    }

    /// Returns whether the key exists.
    pub(crate) fn expire(&mut self, key: &[u8], deadline: Instant) -> bool {
        let found = self.has(key);
        if found {
            self.set_deadline(key, None, Some(deadline));
        }
        found
    }

    /// Returns the remaining time of this key: `None` if it is missing, `Some(None)` if it never expires.
    pub(crate) fn left(&mut self, key: &[u8]) -> Option<Option<Duration>> {
        let deadline = self.entry(key)?.deadline;
        Some(deadline.map(|deadline| deadline.saturating_duration_since((self.clock)())))
    }

    /// Removes at most `limit` expired keys; returns their number.
    pub(crate) fn sweep(&mut self, limit: usize) -> usize {
        for removed in 0..limit {
            match self.deadlines.first() {
                Some((deadline, key)) if *deadline <= (self.clock)() => {
                    let key = Rc::clone(key);
                    self.remove(&key);
                }
                _ => return removed,
            }
        }
        limit
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::value::{Hash, List, Text};

    thread_local! {
        static PASSED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
        static START: Instant = Instant::now();
    }

    fn now() -> Instant {
        START.with(|start| *start + PASSED.get())
    }

    fn pass(milliseconds: u64) {
        PASSED.set(PASSED.get() + Duration::from_millis(milliseconds));
    }

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    fn set(store: &mut Store, key: &str, milliseconds: u64) {
        let deadline = store.after(milliseconds).unwrap();
        store.set(key.as_bytes(), text("value"), Expiry::At(deadline));
    }

    #[test]
    fn a_value_has_one_kind() {
        let mut store = Store::new(now);
        store.set(b"text", text("a"), Expiry::Never);
        assert_eq!(store.get::<Text>(b"text").unwrap().unwrap(), b"a");
        assert_eq!(store.get::<List>(b"text"), Err(WrongKind));
        assert_eq!(store.get_or_insert::<Hash>(b"text").unwrap_err(), WrongKind);
        assert_eq!(store.get::<Text>(b"other"), Ok(None));
        store.get_or_insert::<List>(b"list").unwrap().push_back(b"a".to_vec());
        assert_eq!(store.get::<List>(b"list").unwrap().unwrap().len(), 1);
    }

    #[test]
    fn what_has_expired_is_gone() {
        let mut store = Store::new(now);
        set(&mut store, "a", 100);
        store.set(b"b", text("value"), Expiry::Never);
        assert_eq!(store.left(b"a"), Some(Some(Duration::from_millis(100))));
        assert_eq!(store.left(b"b"), Some(None));
        assert_eq!(store.left(b"c"), None);
        pass(99);
        assert!(store.has(b"a"));
        pass(1);
        assert_eq!(store.keys().collect::<Vec<_>>(), [b"b"]);
        assert_eq!(store.len(), 2, "nobody has looked");
        assert!(!store.has(b"a"));
        assert_eq!(store.len(), 1);
    }

    #[test]
    fn the_last_word_on_expiry_counts() {
        let mut store = Store::new(now);
        set(&mut store, "a", 100);
        set(&mut store, "a", 200);
        pass(150);
        assert!(store.has(b"a"));
        store.set(b"a", text("other"), Expiry::AsBefore);
        pass(50);
        assert!(!store.has(b"a"));

        set(&mut store, "a", 100);
        store.set(b"a", text("other"), Expiry::Never);
        pass(1_000);
        assert_eq!(store.left(b"a"), Some(None));
        assert!(store.expire(b"a", now() + Duration::from_millis(10)));
        assert!(!store.expire(b"b", now()));
        pass(10);
        assert!(!store.has(b"a"));
    }

    #[test]
    fn a_sweep_is_bounded() {
        let mut store = Store::new(now);
        for key in 0..100 {
            set(&mut store, &format!("{key}"), key);
        }
        pass(50);
        assert_eq!((store.sweep(20), store.len()), (20, 80));
        assert_eq!((store.sweep(100), store.len()), (31, 49));
        assert_eq!(store.sweep(100), 0);
        store.clear();
        pass(50);
        assert_eq!(store.sweep(100), 0);
    }

    #[test]
    fn what_is_removed_was_counted_right() {
        let mut store = Store::new(now);
        set(&mut store, "a", 100);
        let used = store.used();
        store.set(b"a", text("longer value"), Expiry::AsBefore);
        assert_eq!(store.used(), used + 7);
        store.get_or_insert::<List>(b"list").unwrap().push_back(b"a".to_vec());
        store.grew(cost(b"a"));
        store.set(b"list", text(""), Expiry::Never);
        assert!(store.remove(b"list") && !store.remove(b"list"));
        assert_eq!(store.used(), used + 7);
        pass(100);
        store.sweep(1);
        assert_eq!(store.used(), 0);
    }
}
