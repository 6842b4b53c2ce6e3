//! The host's side of `wasi:filesystem` where it keeps much: listings of directories, and bytes read ahead of
//! the guest.
//!
//! [`files`](super::files) implements the operations. A listing is read as a whole when it begins, so it is
//! charged then.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::vec;

use bytes::Bytes;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, LinkerInstance, Resource, ResourceType};
use wasmtime_wasi::p2::bindings::filesystem::types::{
    Descriptor, DirectoryEntry, ErrorCode, HostDescriptor as _, PathFlags,
};
use wasmtime_wasi::p2::pipe::ClosedInputStream;
use wasmtime_wasi::p2::{
    DynInputStream, FsError, FsResult, InputStream, Pollable, ReaddirIterator, StreamError, StreamResult,
};

use super::files::{FilesView, names};
use super::kept::KeptView;
use super::table::Table;
use crate::job::account::{Account, Charge, Denied, Excess};

/// The most bytes that wasmtime-wasi reads ahead of a guest.
const READ: u64 = 64 << 10;

/// The bytes that an entry of a listing takes besides its name, which is allocated separately.
const NAMED: usize = size_of::<FsResult<DirectoryEntry>>() + 32;

/// Replaces functions of [`files`](super::files) with those of this module.
pub(super) fn add_to_linker<T: FilesView + KeptView + 'static>(
    linker: &mut Linker<T>,
) -> wasmtime::Result<()> {
    let mut types = linker.instance("wasi:filesystem/types@0.2.12")?;
    types.resource("directory-entry-stream", ResourceType::host::<Listing>(), |mut store, listing| {
        store.data_mut().kept().0.entries().delete::<Listing>(Resource::new_own(listing))?;
        Ok(())
    })?;
    types.func_wrap_async(
        "[method]descriptor.read-directory",
        |mut store: StoreContextMut<'_, T>, (directory,): (Resource<Descriptor>,)| {
            Box::new(async move {
                let state = store.data_mut();
                let again = Resource::new_borrow(directory.rep());
                let read = match state.files().read_directory(directory).await {
                    Ok(entries) => Listing::keep(state.kept().0, entries),
                    Err(error) => return Ok((Err(error.downcast()?),)),
                };
                let mut listing = read?;
                if listing.lacks_names {
                    let names = state.files().foreign_names(again).await;
                    listing.add(&mut names.unwrap_or_default());
                }
                Ok((Ok(state.kept().0.entries().push(listing)?),))
            })
        },
    )?;
    add_metadata_hash(&mut types)?;
    types.func_wrap(
        "[method]directory-entry-stream.read-directory-entry",
        |mut store: StoreContextMut<'_, T>, (listing,): (Resource<Listing>,)| {
            let next = store.data_mut().kept().0.entries().get_mut(&listing)?.entries.next();
            Ok((match next.transpose() {
                Ok(entry) => Ok(entry),
                Err(error) => Err(error.downcast()?),
            },))
        },
    )?;
    types.func_wrap(
        "[method]descriptor.read-via-stream",
        |mut store: StoreContextMut<'_, T>, (file, offset): (Resource<Descriptor>, u64)| {
            let state = store.data_mut();
            Ok((match state.files().read_via_stream(file, offset) {
                Ok(stream) => {
                    ReadAhead::wrap(state.kept().0, &stream)?;
                    Ok(stream)
                }
                Err(error) => Err(error.downcast()?),
            },))
        },
    )
}

/// Adds `metadata-hash-at`, which the C library calls for each entry of a listing.
fn add_metadata_hash<T: FilesView + 'static>(types: &mut LinkerInstance<'_, T>) -> wasmtime::Result<()> {
    types.func_wrap_async(
        "[method]descriptor.metadata-hash-at",
        |mut store: StoreContextMut<'_, T>, (directory, flags, path): Named| {
            Box::new(async move {
                let stand_in = names::hash(&path);
                let found = store.data_mut().files().metadata_hash_at(directory, flags, path).await;
                Ok((match found.map_err(|error| error.downcast()) {
                    Ok(hash) => Ok(hash),
                    Err(error) => match (error?, stand_in) {
                        (ErrorCode::NoEntry, Some(hash)) => Ok(hash),
                        (error, _) => Err(error),
                    },
                },))
            })
        },
    )
}

/// The parameters of `descriptor.metadata-hash-at`.
type Named = (Resource<Descriptor>, PathFlags, String);

/// The entries of a listing that the guest has not read yet.
struct Listing {
    entries: vec::IntoIter<FsResult<DirectoryEntry>>,
    /// Whether some names are not UTF-8, and so are missing.
    lacks_names: bool,
    _charge: Charge,
}

impl Listing {
    /// Takes the entries that were read from the table, if the run has the memory for a listing of them.
    ///
    /// Leaves out files that have vanished since their names were read, and those whose names are not UTF-8: many
    /// guests take an error of one entry for an error of the directory.
    fn keep(table: &mut Table, read: Resource<ReaddirIterator>) -> wasmtime::Result<Self> {
        let mut entries = table.entries().delete(read)?.into_iter().collect::<Vec<_>>();
        let names = entries.iter().flatten().map(|entry| entry.name.len() * 9 / 8).sum::<usize>();
        let weight = (entries.capacity() * NAMED + names) as u64;
        let charge = Charge::take(table.account(), weight).map_err(Denied)?;
        let mut lacks_names = false;
        entries.retain(|entry| match entry.as_ref().map_err(FsError::downcast_ref) {
            Err(Some(ErrorCode::IllegalByteSequence)) => {
                lacks_names = true;
                false
            }
            Err(Some(ErrorCode::NoEntry)) => false,
            _ => true,
        });
        Ok(Self { entries: entries.into_iter(), lacks_names, _charge: charge })
    }

    /// Adds entries that were missing. They take no more than the errors that were there.
    fn add(&mut self, entries: &mut Vec<DirectoryEntry>) {
        let all = self.entries.by_ref().chain(entries.drain(..).map(Ok)).collect::<Vec<_>>();
        self.entries = all.into_iter();
    }
}

/// A stream of a file, which charges for the bytes that it may have read ahead of the guest.
///
/// `blocking_read` needs no charge, because the guest takes all bytes that it reads.
struct ReadAhead {
    stream: DynInputStream,
    account: Arc<Account>,
    charge: Charge,
    denied: Option<Excess>,
}

impl ReadAhead {
    fn wrap(table: &mut Table, stream: &Resource<DynInputStream>) -> wasmtime::Result<()> {
        let account = Arc::clone(table.account());
        let place = table.entries().get_mut(stream)?;
        let stream = mem::replace(place, Box::new(ClosedInputStream));
        *place = Box::new(Self { stream, account, charge: Charge::default(), denied: None });
        Ok(())
    }

    fn pay(&mut self) -> Result<(), Excess> {
        self.charge.grow(&self.account, READ - self.charge.bytes())
    }
}

impl InputStream for ReadAhead {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let paid = self.denied.take().map_or_else(|| self.pay(), Err);
        paid.map_err(|excess| StreamError::Trap(Denied(excess).into()))?;
        self.stream.read(size)
    }

    // Written as `async_trait` would expand it, but without a second future around that of the stream.
    fn blocking_read<'a, 'b>(
        &'a mut self,
        size: usize,
    ) -> Pin<Box<dyn Future<Output = StreamResult<Bytes>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        self.stream.blocking_read(size)
    }

    fn cancel<'a, 'b>(&'a mut self) -> Pin<Box<dyn Future<Output = ()> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        self.stream.cancel()
    }
}

#[async_trait::async_trait]
impl Pollable for ReadAhead {
    async fn ready(&mut self) {
        // Waiting reads ahead. A stream that must not read ahead is ready at once, and its next read reports
        // why.
        match self.pay() {
            Ok(()) => self.stream.ready().await,
            Err(excess) => self.denied = Some(excess),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(account: &Arc<Account>) -> ReadAhead {
        let stream = Box::new(ClosedInputStream);
        ReadAhead { stream, account: Arc::clone(account), charge: Charge::default(), denied: None }
    }

    #[test]
    fn a_stream_pays_when_it_may_read_ahead() {
        let account = Account::new(2 * READ - 1, "--memory");
        let (mut one, mut other) = (stream(&account), stream(&account));
        assert!(matches!(futures_executor::block_on(one.blocking_read(1)), Err(StreamError::Closed)));
        assert_eq!(one.charge.bytes(), 0);
        assert!(matches!(one.read(1), Err(StreamError::Closed)));
        assert!(matches!(one.read(1), Err(StreamError::Closed)));
        assert_eq!(one.charge.bytes(), READ);
        futures_executor::block_on(other.ready());
        assert!(matches!(other.read(1), Err(StreamError::Trap(error)) if error.is::<Denied>()));
        drop(one);
        assert!(matches!(other.read(1), Err(StreamError::Closed)));
    }
}
