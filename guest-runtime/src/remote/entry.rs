//! Entries: how the code of a job is named so that every instance knows it.
//!
//! An entry is a constant in the data of the component, and its name is its address. All
//! instances of one component are laid out alike, so the address means the same in each. On the
//! far side it is a number that came from outside: it is used only if it lies within the
//! component's data, is aligned, and has the mark of an entry there.

use std::any::type_name;
use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use super::argument::{Argument, Value};
use super::job_fn::Work;
use super::sender::{self, Outbox};
use crate::block_on::run_unless_stopped;
use crate::{Failure, Refusal, host};

/// The two halves of the mark, which stand next to each other at the head of an entry and nowhere
/// else. Drawn once, by lot.
///
/// They are two numbers, not an array: an array in a comparison becomes data, in which the mark
/// would then stand once more.
const MARK: u64 = 0x9c2f_51d7_0be8_46a3;
const MARK_TOO: u64 = 0x6d0a_e3b1_f874_925c;

/// The code of a job, as it lies in the data of the component.
#[repr(C)]
pub(crate) struct Entry {
    mark: u64,
    mark_too: u64,
    name: fn() -> &'static str,
    run: fn(Vec<u8>) -> Result<Vec<u8>, Failure>,
}

/// Holds one entry for each type of work.
struct Of<W>(W);

impl<W: Work> Of<W> {
    const ENTRY: &'static Entry =
        &Entry { mark: MARK, mark_too: MARK_TOO, name: type_name::<W::Named>, run: run::<W> };
}

/// A whole job on the far side: the future of it, run to its end.
fn run<W: Work>(message: Vec<u8>) -> Result<Vec<u8>, Failure> {
    host::begin_job();
    run_unless_stopped(job::<W>(message, None), type_name::<W::Named>()).unwrap_or(Err(Failure::Cancelled))
}

/// What becomes of a message, whatever the types of its work are.
pub(crate) type Boxed<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, Failure>> + 'a>>;

/// The same job as a future of this instance, where nobody else runs it.
pub(crate) fn local_job<'a, W: Work + 'a>(message: Vec<u8>, outbox: Rc<Outbox>) -> Boxed<'a> {
    Box::pin(job::<W>(message, Some(outbox)))
}

/// A whole job: read, run, write. With an outbox it runs in the instance that started it.
async fn job<W: Work>(message: Vec<u8>, outbox: Option<Rc<Outbox>>) -> Result<Vec<u8>, Failure> {
    let mut far = sender::reading(outbox, || W::Argument::read(Cow::Owned(message)))?;
    let output = W::conjure().run(W::Argument::lend(&mut far)).await;
    if !W::Argument::COMES_BACK {
        return output.into_message();
    }
    let mut reply = W::Argument::give_back(far, Vec::new())?;
    reply.extend_from_slice(&output.message()?);
    Ok(reply)
}

impl Entry {
    pub(crate) fn of<W: Work>() -> &'static Self {
        Of::<W>::ENTRY
    }

    /// The entry's name for the host. Addresses of a component have 32 bits.
    pub(crate) fn number(&'static self) -> u32 {
        u32::try_from(std::ptr::from_ref(self).expose_provenance()).unwrap_or(0)
    }

    /// The entry of this number, if there is one.
    pub(super) fn at(number: u32) -> Result<&'static Self, Failure> {
        let address = number as usize;
        let entry = std::ptr::with_exposed_provenance::<Self>(address);
        let no_such_entry = Failure::Refused(Refusal::NoSuchEntry);
        if entry.is_null() || !entry.is_aligned() || !lies_in_data(address) {
            return Err(no_such_entry);
        }
        #[expect(
            unsafe_code,
            reason = "an entry is named by its address; the checks are the point of this file"
        )]
        // SAFETY: the two words read here are within the data of the component, which is never
        // freed; they are aligned, and every bit pattern is a `u64`. Nobody writes while this
        // reads, because an instance has one thread.
        let [mark, mark_too] = unsafe { entry.cast::<[u64; 2]>().read() };
        if mark != MARK || mark_too != MARK_TOO {
            return Err(no_such_entry);
        }
        #[expect(
            unsafe_code,
            reason = "an entry is named by its address; the checks are the point of this file"
        )]
        // SAFETY: what begins with the mark is an entry. `Of::ENTRY` is the only place where its
        // halves are put next to each other; the comparison above has each as an operand of an
        // instruction, which a component cannot address. (A test tries every address of a
        // program.) An entry lies in the data wholly or not at all, is never freed and, being
        // constant, never written, so the reference is good for as long as the instance.
        Ok(unsafe { &*entry })
    }

    pub(super) fn run(&self, message: Vec<u8>) -> Result<Vec<u8>, Failure> {
        (self.run)(message)
    }

    /// The path of the function, without the closures that compilers and attributes add.
    pub(crate) fn name(&self) -> &'static str {
        let mut name = (self.name)();
        // Not `trim_end_matches`, which prepares a search first: this is done for each job that is looked at.
        while let Some(shorter) = name.strip_suffix("::{{closure}}") {
            name = shorter;
        }
        name
    }
}

/// Whether an entry at this address would lie within the constants and variables of the component,
/// and not in its stack or heap.
#[cfg(target_family = "wasm")]
fn lies_in_data(address: usize) -> bool {
    #[expect(unsafe_code, reason = "the linker's symbols for where the data lies are declared here")]
    // SAFETY: wasm-ld defines these symbols in every module; only their addresses are used.
    unsafe extern "C" {
        safe static __global_base: u8;
        safe static __data_end: u8;
    }
    let data = (&raw const __global_base).addr()..=(&raw const __data_end).addr();
    data.contains(&address) && address.checked_add(size_of::<Entry>()).is_some_and(|end| data.contains(&end))
}

/// Entries are looked up by number in components only; elsewhere there are none to be had.
#[cfg(not(target_family = "wasm"))]
fn lies_in_data(_address: usize) -> bool {
    false
}
