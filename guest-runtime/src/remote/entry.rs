//! Entries: they identify the function of a job in every instance.
//!
//! An entry is a constant in the data of the component, and its number is its address. All instances of one
//! component have the same layout, so the address has the same meaning in each. The job's instance receives
//! the number from outside. It uses the number only if it is an aligned address within the component's data,
//! and if the mark of an entry is there.

use std::any::type_name;
use std::borrow::Cow;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;

use super::argument::{Transfer, Transmit};
use super::job_fn::JobFn;
use super::sender::{self, Outbox};
use crate::block_on::run_unless_stopped;
use crate::{Failure, Refusal, host};

/// The two halves of the mark: random numbers, which are adjacent at the head of an entry and nowhere else.
///
/// They are not an array: the compiler stores an array that is compared in the data, which would then contain
/// the mark once more.
const MARK: u64 = 0x9c2f_51d7_0be8_46a3;
const MARK_TOO: u64 = 0x6d0a_e3b1_f874_925c;

/// The function of a job, as a constant in the data of the component.
#[repr(C)]
pub(crate) struct Entry {
    mark: u64,
    mark_too: u64,
    name: fn() -> &'static str,
    is_body: bool,
    run: fn(Vec<u8>) -> Result<Vec<u8>, Failure>,
}

/// The type that a job is named after if it has no function of the program.
#[expect(unnameable_types, reason = "only a part of a chain")]
#[derive(Debug)]
pub enum Nameless {}

/// Holds one entry for each job function.
struct EntryOf<F>(F);

impl<F: JobFn> EntryOf<F> {
    const ENTRY: &'static Entry = &Entry::new(type_name::<F::Named>, F::IS_BODY, run::<F>);
}

/// Runs a job to its end in an instance of its own.
fn run<F: JobFn>(message: Vec<u8>) -> Result<Vec<u8>, Failure> {
    host::begin_job();
    run_unless_stopped(job::<F>(message, None), type_name::<F::Named>()).unwrap_or(Err(Failure::Cancelled))
}

/// A local job: a future that returns the encoded reply. The type of its function is erased.
pub(crate) type LocalFuture<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, Failure>> + 'a>>;

/// Returns a job as a future of the instance that started it, for an app without a host.
pub(crate) fn local_job<'a, F: JobFn + 'a>(message: Vec<u8>, outbox: Rc<Outbox>) -> LocalFuture<'a> {
    Box::pin(job::<F>(message, Some(outbox)))
}

/// Decodes a message, runs the function and encodes the reply. With an outbox, the job is local.
async fn job<F: JobFn>(message: Vec<u8>, outbox: Option<Rc<Outbox>>) -> Result<Vec<u8>, Failure> {
    let mut received = sender::decoding(outbox, || F::Argument::decode(Cow::Owned(message)))?;
    let output = F::conjure().run(F::Argument::lend(&mut received)).await;
    if !F::Argument::HAS_UPDATE {
        return output.into_encoded();
    }
    let mut reply = F::Argument::encode_update(received, Vec::new())?;
    reply.extend_from_slice(&output.encode()?);
    Ok(reply)
}

impl Entry {
    /// Creates an entry, as a constant of the component.
    pub(super) const fn new(
        name: fn() -> &'static str,
        is_body: bool,
        run: fn(Vec<u8>) -> Result<Vec<u8>, Failure>,
    ) -> Self {
        Self { mark: MARK, mark_too: MARK_TOO, name, is_body, run }
    }

    pub(crate) fn of<F: JobFn>() -> &'static Self {
        EntryOf::<F>::ENTRY
    }

    /// Returns the number by which the host names the entry. Addresses of a component have 32 bits.
    pub(crate) fn number(&'static self) -> u32 {
        u32::try_from(std::ptr::from_ref(self).expose_provenance()).unwrap_or(0)
    }

    /// Returns the entry of this number.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoSuchEntry`], if there is none.
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
        // freed; they are aligned, and every bit pattern is a `u64`. Nothing writes while this
        // reads, because an instance has one thread.
        let [mark, mark_too] = unsafe { entry.cast::<[u64; 2]>().read() };
        if mark != MARK || mark_too != MARK_TOO {
            return Err(no_such_entry);
        }
        #[expect(
            unsafe_code,
            reason = "an entry is named by its address; the checks are the point of this file"
        )]
        // SAFETY: what begins with the mark is an entry. `Entry::new`, which makes constants, is the only place
        // where its halves are adjacent; the comparison above has each as an operand of an
        // instruction, which a component cannot address. (A test tries every address of a
        // program.) An entry lies in the data wholly or not at all, is never freed and, being
        // constant, never written, so the reference is good for as long as the instance.
        Ok(unsafe { &*entry })
    }

    pub(super) fn run(&self, message: Vec<u8>) -> Result<Vec<u8>, Failure> {
        (self.run)(message)
    }

    /// Returns the path of the function, without the closures that compilers and attributes add.
    pub(crate) fn name(&self) -> &'static str {
        let mut name = (self.name)();
        // Not `trim_end_matches`, which first prepares a search: an observed run asks for every name.
        while let Some(shorter) = name.strip_suffix("::{{closure}}") {
            name = shorter;
        }
        name
    }

    /// Returns the name of a job that is called at this location: the path of its function.
    ///
    /// A closure has no name, so its job has the path of the function around it and the line of the call. A job
    /// without a function, such as one that adds numbers, has only the location.
    pub(crate) fn name_at(&self, called_at: &Location<'_>) -> Cow<'static, str> {
        let (name, line) = (self.name(), called_at.line());
        if name == type_name::<Nameless>() {
            return Cow::Owned(format!("{}:{line}", called_at.file()));
        }
        let is_closure = name.len() < (self.name)().len();
        if is_closure && !self.is_body { Cow::Owned(format!("{name}:{line}")) } else { Cow::Borrowed(name) }
    }
}

/// Returns whether an entry at this address would lie within the constants and variables of the
/// component, and not in its stack or heap.
#[cfg(target_family = "wasm")]
fn lies_in_data(address: usize) -> bool {
    #[expect(unsafe_code, reason = "the linker's symbols for the bounds of the data are declared here")]
    // SAFETY: wasm-ld defines these symbols in every module; only their addresses are used.
    unsafe extern "C" {
        safe static __global_base: u8;
        safe static __data_end: u8;
    }
    let data = (&raw const __global_base).addr()..=(&raw const __data_end).addr();
    data.contains(&address) && address.checked_add(size_of::<Entry>()).is_some_and(|end| data.contains(&end))
}

/// Returns false: only components look entries up by number.
#[cfg(not(target_family = "wasm"))]
fn lies_in_data(_address: usize) -> bool {
    false
}
