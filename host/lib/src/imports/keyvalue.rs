//! The host's side of `wasi:keyvalue`: buckets in memory.
//!
//! As in wasmtime, each bucket that is opened is a copy of the entries that the run was given. So what one
//! instance stores is seen by no other, and is gone when its bucket is closed.
//!
//! wasmtime-wasi-keyvalue does the same without a limit: what a guest stores is not charged, and a value is copied
//! as often as a list names its key.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Linker, Lower, Resource, ResourceType};

use super::kept::KeptView;
use crate::job::account::{Account, Charge, Denied, Excess};

/// The entries of a bucket. Copies share keys and values.
pub(crate) type Entries = BTreeMap<Arc<str>, Arc<[u8]>>;

/// The bytes that an entry takes besides its key and its value: a place in the map, and two allocations.
const ENTRY: u64 = 128;

/// Gives access to the `wasi:keyvalue` state of an instance.
pub(crate) trait KeyValueView: KeptView {
    /// Returns the entries that each bucket begins with.
    fn entries(&self) -> &Arc<Entries>;
}

/// A bucket that an instance has opened.
struct Bucket {
    entries: Entries,
    /// Pays for the entries, also for those that it shares.
    charge: Charge,
}

/// Why an operation failed. A name that is not of a store is the only reason here that is not of the data.
#[derive(ComponentType, Lower)]
#[component(variant)]
enum Error {
    #[component(name = "no-such-store")]
    NoSuchStore,
    #[expect(dead_code, reason = "a bucket in memory is accessible")]
    #[component(name = "access-denied")]
    AccessDenied,
    #[component(name = "other")]
    Other(String),
}

/// The keys of a bucket, all at once.
#[derive(ComponentType, Lower)]
#[component(record)]
struct KeyResponse {
    keys: Vec<Arc<str>>,
    cursor: Option<u64>,
}

impl Bucket {
    fn new(entries: &Entries, account: &Arc<Account>) -> Result<Self, Excess> {
        let bytes = entries.iter().map(|(key, value)| cost(key, value)).sum();
        Ok(Self { charge: Charge::take(account, bytes)?, entries: entries.clone() })
    }

    fn get(&self, key: &str) -> Option<Arc<[u8]>> {
        self.entries.get(key).cloned()
    }

    /// Stores a value, and pays for it.
    fn set(&mut self, account: &Arc<Account>, key: &str, value: &[u8]) -> Result<(), Denied> {
        self.charge.grow(account, cost(key, value)).map_err(Denied)?;
        if let Some(before) = self.entries.insert(key.into(), value.into()) {
            self.charge.shrink(cost(key, &before));
        }
        Ok(())
    }

    fn delete(&mut self, key: &str) {
        if let Some(before) = self.entries.remove(key) {
            self.charge.shrink(cost(key, &before));
        }
    }

    /// Returns the keys in their order, without the first `cursor` ones.
    fn keys(&self, cursor: Option<u64>) -> KeyResponse {
        let first = usize::try_from(cursor.unwrap_or(0)).unwrap_or(usize::MAX);
        KeyResponse { keys: self.entries.keys().skip(first).cloned().collect(), cursor: None }
    }

    /// Adds to a value that is a number as text. A missing value counts as 0.
    fn increment(
        &mut self,
        account: &Arc<Account>,
        key: &str,
        delta: u64,
    ) -> Result<Result<u64, Error>, Denied> {
        if !self.entries.contains_key(key) {
            self.set(account, key, b"0")?;
        }
        let value = self.get(key).unwrap_or_default();
        let sum = match str::from_utf8(&value).map(str::parse::<u64>) {
            Err(error) => return Ok(Err(Error::Other(error.to_string()))),
            Ok(Err(error)) => return Ok(Err(Error::Other(error.to_string()))),
            Ok(Ok(number)) => number.checked_add(delta),
        };
        let Some(sum) = sum else {
            return Ok(Err(Error::Other("overflow incrementing value".to_owned())));
        };
        self.set(account, key, sum.to_string().as_bytes())?;
        Ok(Ok(sum))
    }
}

/// Returns the bytes that an entry takes.
fn cost(key: &str, value: &[u8]) -> u64 {
    ENTRY + key.len() as u64 + value.len() as u64
}

/// Returns a bucket of the instance, and the account that pays for what it keeps.
fn opened<'a, T: KeyValueView>(
    store: &'a mut StoreContextMut<'_, T>,
    bucket: &Resource<Bucket>,
) -> wasmtime::Result<(&'a mut Bucket, Arc<Account>)> {
    let table = store.data_mut().kept().0;
    let account = Arc::clone(table.account());
    Ok((table.entries().get_mut(bucket)?, account))
}

/// Adds the interfaces of `wasi:keyvalue` to the linker.
pub(super) fn add_to_linker<T: KeyValueView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    add_store(linker)?;
    add_atomics(linker)?;
    add_batch(linker)
}

fn add_store<T: KeyValueView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut interface = linker.instance("wasi:keyvalue/store@0.2.0-draft")?;
    interface.resource("bucket", ResourceType::host::<Bucket>(), |mut store, bucket| {
        store.data_mut().kept().0.entries().delete(Resource::<Bucket>::new_own(bucket))?;
        Ok(())
    })?;
    interface.func_wrap("open", |mut store: StoreContextMut<'_, T>, (name,): (String,)| {
        if !name.is_empty() {
            return Ok((Err(Error::NoSuchStore),));
        }
        let entries = Arc::clone(store.data().entries());
        let table = store.data_mut().kept().0;
        let bucket = Bucket::new(&entries, table.account()).map_err(Denied)?;
        Ok((Ok(table.entries().push(bucket)?),))
    })?;
    type Key = (Resource<Bucket>, String);
    interface.func_wrap("[method]bucket.get", |mut store: StoreContextMut<'_, T>, (bucket, key): Key| {
        let (bucket, _) = opened(&mut store, &bucket)?;
        Ok((Ok::<_, Error>(bucket.get(&key)),))
    })?;
    type Value = (Resource<Bucket>, String, Vec<u8>);
    interface.func_wrap(
        "[method]bucket.set",
        |mut store: StoreContextMut<'_, T>, (bucket, key, value): Value| {
            let (bucket, account) = opened(&mut store, &bucket)?;
            bucket.set(&account, &key, &value)?;
            Ok((Ok::<_, Error>(()),))
        },
    )?;
    interface.func_wrap(
        "[method]bucket.delete",
        |mut store: StoreContextMut<'_, T>, (bucket, key): Key| {
            opened(&mut store, &bucket)?.0.delete(&key);
            Ok((Ok::<_, Error>(()),))
        },
    )?;
    interface.func_wrap(
        "[method]bucket.exists",
        |mut store: StoreContextMut<'_, T>, (bucket, key): Key| {
            let (bucket, _) = opened(&mut store, &bucket)?;
            Ok((Ok::<_, Error>(bucket.entries.contains_key(key.as_str())),))
        },
    )?;
    interface.func_wrap(
        "[method]bucket.list-keys",
        |mut store: StoreContextMut<'_, T>, (bucket, cursor): (Resource<Bucket>, Option<u64>)| {
            Ok((Ok::<_, Error>(opened(&mut store, &bucket)?.0.keys(cursor)),))
        },
    )
}

fn add_atomics<T: KeyValueView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    type Addition = (Resource<Bucket>, String, u64);
    linker.instance("wasi:keyvalue/atomics@0.2.0-draft")?.func_wrap(
        "increment",
        |mut store: StoreContextMut<'_, T>, (bucket, key, delta): Addition| {
            let (bucket, account) = opened(&mut store, &bucket)?;
            Ok((bucket.increment(&account, &key, delta)?,))
        },
    )
}

fn add_batch<T: KeyValueView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut interface = linker.instance("wasi:keyvalue/batch@0.2.0-draft")?;
    type Keys = (Resource<Bucket>, Vec<String>);
    interface.func_wrap("get-many", |mut store: StoreContextMut<'_, T>, (bucket, keys): Keys| {
        let (bucket, _) = opened(&mut store, &bucket)?;
        let found = keys.into_iter().map(|key| bucket.get(&key).map(|value| (key, value)));
        Ok((Ok::<_, Error>(found.collect::<Vec<_>>()),))
    })?;
    type Values = (Resource<Bucket>, Vec<(String, Vec<u8>)>);
    interface.func_wrap("set-many", |mut store: StoreContextMut<'_, T>, (bucket, values): Values| {
        let (bucket, account) = opened(&mut store, &bucket)?;
        values.iter().try_for_each(|(key, value)| bucket.set(&account, key, value))?;
        Ok((Ok::<_, Error>(()),))
    })?;
    interface.func_wrap("delete-many", |mut store: StoreContextMut<'_, T>, (bucket, keys): Keys| {
        let (bucket, _) = opened(&mut store, &bucket)?;
        keys.iter().for_each(|key| bucket.delete(key));
        Ok((Ok::<_, Error>(()),))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_pays_for_what_it_has() {
        let account = Account::new(1_000, "--memory");
        let entries = Entries::from([("a".into(), b"12".as_slice().into())]);
        let mut bucket = Bucket::new(&entries, &account).unwrap();
        assert_eq!(bucket.charge.bytes(), cost("a", b"12"));
        assert!(bucket.set(&account, "b", &[0; 900]).is_err());
        assert!(bucket.get("b").is_none());
        bucket.set(&account, "b", &[0; 600]).unwrap();
        bucket.set(&account, "b", b"").unwrap();
        assert_eq!(bucket.charge.bytes(), cost("a", b"12") + cost("b", b""));
        bucket.delete("a");
        bucket.delete("b");
        bucket.delete("b");
        assert_eq!(bucket.charge.bytes(), 0);
        assert!(Bucket::new(&entries, &Account::new(100, "--memory")).is_err());
        assert_eq!(entries.len(), 1, "a bucket is a copy");
    }

    #[test]
    fn numbers_are_texts() {
        let account = Account::new(1_000, "--memory");
        let mut bucket = Bucket::new(&Entries::new(), &account).unwrap();
        assert!(matches!(bucket.increment(&account, "n", 7).unwrap(), Ok(7)));
        assert!(matches!(bucket.increment(&account, "n", u64::MAX).unwrap(), Err(Error::Other(_))));
        assert_eq!(bucket.get("n").as_deref(), Some(b"7".as_slice()));
        bucket.set(&account, "n", b"\xff").unwrap();
        assert!(matches!(bucket.increment(&account, "n", 1).unwrap(), Err(Error::Other(_))));
        assert_eq!(bucket.keys(Some(u64::MAX)).keys.len(), 0);
        assert_eq!(bucket.keys(None).keys, ["n".into()]);
    }
}
