//! How the host reads values from the memory of a guest: bytes in place, and texts up to a bound.
//!
//! The engine's types copy a whole list or text before its length can be checked, and copy a text once for
//! each time that a list names it. So a guest with a megabyte could make the host allocate as much as one
//! call can carry. The types here check the length first: [`Span`] copies nothing, [`Taken`] is charged
//! before it is copied, and the texts of a failure are cut ([`texts`]).
//!
//! Each has the layout of the engine's type that it replaces, and leaves all checks to that type.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;

use wasmtime::ValRaw;
use wasmtime::bail;
use wasmtime::component::__internal::{CanonicalAbiInfo, InstanceType, InterfaceType, LiftContext};
use wasmtime::component::{ComponentType, Lift};

use super::account::{Charge, Excess};
use super::tree::Tree;

pub(crate) mod texts;

/// A `list<u8>` in the memory of the guest that calls the host.
pub(crate) struct Span {
    address: usize,
    len: usize,
}

impl Span {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Copies the bytes.
    ///
    /// # Safety
    ///
    /// The guest that passed this must still be suspended in that call of the host.
    #[expect(unsafe_code, reason = "the engine's own type for this counts the bytes against its fuel")]
    pub(crate) unsafe fn copy(&self) -> Vec<u8> {
        let start = std::ptr::with_exposed_provenance::<u8>(self.address);
        // SAFETY: the range was checked against the memory when the parameters of the call were read. The
        // caller guarantees that the guest has been suspended since then. So its memory has neither moved nor
        // been written to: an instance is used by one thread, and memories are not shared.
        unsafe { std::slice::from_raw_parts(start, self.len) }.to_vec()
    }
}

/// Bytes copied out of a guest with the charge that pays for them, or why they were not copied.
pub(crate) enum Taken {
    Bytes(Vec<u8>, Charge),
    /// They are longer than a message may be. Holds their length.
    TooLong(usize),
    /// The run has no memory for them.
    NoMemory(Excess),
}

thread_local! {
    /// The run whose guest is polled now, if the call may return a value that must be charged.
    static PAYER: Cell<Option<Arc<Tree>>> = const { Cell::new(None) };
}

/// Polls the call of a guest so that its run pays for the bytes that are [taken](Taken) out of the guest.
pub(crate) fn paid_by<'a, F: Future>(
    tree: &Arc<Tree>,
    mut call: Pin<&'a mut F>,
) -> impl Future<Output = F::Output> + 'a {
    // Moved in and out instead of cloned: a reference count that all cores share would cost more than
    // everything else done here.
    let mut tree = Some(Arc::clone(tree));
    poll_fn(move |context| {
        PAYER.set(tree.take());
        let polled = call.as_mut().poll(context);
        tree = PAYER.take();
        polled
    })
}

impl Taken {
    fn of(bytes: &[u8]) -> wasmtime::Result<Self> {
        let Some(tree) = PAYER.take() else { bail!("bytes are taken out of a guest that nobody runs") };
        let taken = if bytes.len() > tree.limits.message {
            Self::TooLong(bytes.len())
        } else {
            match tree.charge_result(bytes.len()) {
                Ok(charge) => Self::Bytes(bytes.to_vec(), charge),
                Err(excess) => Self::NoMemory(excess),
            }
        };
        PAYER.set(Some(tree));
        Ok(taken)
    }
}

/// The address and the length of a list or a text, as stored in the memory of a guest.
#[derive(Clone, Copy)]
struct Pair {
    start: u32,
    len: u32,
}

impl Pair {
    fn flat(source: &[ValRaw; 2]) -> Self {
        let [start, len] = source.each_ref().map(ValRaw::get_u32);
        Self { start, len }
    }

    fn stored(bytes: &[u8]) -> wasmtime::Result<Self> {
        let Some((start, len)) = bytes.split_first_chunk() else { bail!("an address without a length") };
        Ok(Self { start: u32::from_le_bytes(*start), len: u32::from_le_bytes(len.try_into()?) })
    }

    fn to_bytes(self) -> [u8; 8] {
        (u64::from(self.start) | u64::from(self.len) << 32).to_le_bytes()
    }

    /// Returns the bytes of the list, if elements of this size are all within the memory.
    fn of<'a>(self, cx: &LiftContext<'a>, size: usize) -> Option<&'a [u8]> {
        let bytes = (self.len as usize).checked_mul(size)?;
        cx.memory().get(self.start as usize..)?.get(..bytes)
    }
}

/// Implements the engine's traits for a type that replaces one of the engine's types. It has the same layout,
/// and is read from its address and length.
macro_rules! stands_for {
    ([$($generics:tt)*] $name:ty, $theirs:ty, $lift:expr) => {
        #[expect(unsafe_code, reason = "replaces the engine's implementation for a type")]
        // SAFETY: layout and check of the type are those of the engine's own type.
        unsafe impl<$($generics)*> ComponentType for $name {
            type Lower = <$theirs as ComponentType>::Lower;
            const ABI: CanonicalAbiInfo = <$theirs as ComponentType>::ABI;

            fn typecheck(ty: &InterfaceType, types: &InstanceType<'_>) -> wasmtime::Result<()> {
                <$theirs as ComponentType>::typecheck(ty, types)
            }
        }

        #[expect(unsafe_code, reason = "replaces the engine's implementation for a type")]
        // SAFETY: only bytes within the memory are read, by `Pair::of` or by the engine's own type, and every
        // value of this type is valid.
        unsafe impl<$($generics)*> Lift for $name {
            fn linear_lift_from_flat(
                cx: &mut LiftContext<'_>,
                ty: InterfaceType,
                source: &Self::Lower,
            ) -> wasmtime::Result<Self> {
                $lift(cx, ty, Pair::flat(source))
            }

            fn linear_lift_from_memory(
                cx: &mut LiftContext<'_>,
                ty: InterfaceType,
                bytes: &[u8],
            ) -> wasmtime::Result<Self> {
                $lift(cx, ty, Pair::stored(bytes)?)
            }
        }
    };
}
use stands_for;

fn bytes_of<'a>(cx: &LiftContext<'a>, pair: Pair) -> wasmtime::Result<&'a [u8]> {
    match pair.of(cx, 1) {
        Some(bytes) => Ok(bytes),
        None => bail!("list pointer/length out of bounds of memory"),
    }
}

stands_for!([] Span, Vec<u8>, |cx: &mut LiftContext<'_>, _ty, pair: Pair| {
    let bytes = bytes_of(cx, pair)?;
    Ok(Self { address: bytes.as_ptr().expose_provenance(), len: bytes.len() })
});

stands_for!([] Taken, Vec<u8>, |cx: &mut LiftContext<'_>, _ty, pair: Pair| Self::of(bytes_of(cx, pair)?));
