//! The host's side of `wasi:filesystem` where it keeps much: listings of directories, and bytes read ahead of
//! the guest.
//!
//! [`files`](super::files) implements the operations. This module charges for what they keep.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, LinkerInstance, Resource, ResourceType};
use wasmtime_wasi::p2::bindings::filesystem::types::{Descriptor, ErrorCode, HostDescriptor as _, PathFlags};
use wasmtime_wasi::p2::pipe::ClosedInputStream;
use wasmtime_wasi::p2::{DynInputStream, FsError, InputStream, Pollable, StreamError, StreamResult};

use super::files::FilesView;
use super::files::listing::{self, Listing};
use super::kept::KeptView;
use super::table::Table;
use crate::job::account::{Account, Charge, Denied, Excess};

/// The most bytes that wasmtime-wasi reads ahead of a guest.
const READ: u64 = 64 << 10;

/// Replaces functions of [`files`](super::files) with those of this module.
pub(super) fn add_to_linker<T: FilesView + KeptView + 'static>(
    linker: &mut Linker<T>,
) -> wasmtime::Result<()> {
    let mut types = linker.instance("wasi:filesystem/types@0.2.12")?;
    add_listings(&mut types)?;
    add_metadata_hash(&mut types)?;
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

/// Adds listings of directories, each with a charge for the most that it may take until it is read to its end.
fn add_listings<T: FilesView + KeptView + 'static>(
    types: &mut LinkerInstance<'_, T>,
) -> wasmtime::Result<()> {
    types.resource("directory-entry-stream", ResourceType::host::<Listed>(), |mut store, listing| {
        store.data_mut().kept().0.entries().delete::<Listed>(Resource::new_own(listing))?;
        Ok(())
    })?;
    types.func_wrap_async(
        "[method]descriptor.read-directory",
        |mut store: StoreContextMut<'_, T>, (directory,): (Resource<Descriptor>,)| {
            Box::new(async move {
                let state = store.data_mut();
                let mut charge = Charge::take(state.kept().0.account(), listing::MOST).map_err(Denied)?;
                let listing = match state.files().list(&directory).await {
                    Ok(listing) => listing,
                    Err(error) => return Ok((Err(error.downcast()?),)),
                };
                charge.shrink(listing::MOST - listing.weight());
                Ok((Ok(state.kept().0.entries().push(Listed { listing, charge })?),))
            })
        },
    )?;
    types.func_wrap_async(
        "[method]directory-entry-stream.read-directory-entry",
        |mut store: StoreContextMut<'_, T>, (listing,): (Resource<Listed>,)| {
            Box::new(async move {
                let Listed { listing, charge } = store.data_mut().kept().0.entries().get_mut(&listing)?;
                let next = listing.next().await.map_err(FsError::from);
                if matches!(next, Ok(None)) {
                    charge.shrink(u64::MAX);
                }
                Ok((match next {
                    Ok(entry) => Ok(entry),
                    Err(error) => Err(error.downcast()?),
                },))
            })
        },
    )
}

/// A listing, and the charge for it.
struct Listed {
    listing: Listing,
    charge: Charge,
}

/// Adds `metadata-hash-at`, which the C library calls for each entry of a listing.
fn add_metadata_hash<T: FilesView + 'static>(types: &mut LinkerInstance<'_, T>) -> wasmtime::Result<()> {
    types.func_wrap_async(
        "[method]descriptor.metadata-hash-at",
        |mut store: StoreContextMut<'_, T>, (directory, flags, path): Named| {
            Box::new(async move {
                let stand_in = listing::hash(&path);
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
