//! A cache of facts about lists of names: the fields of a struct, or the variants of an enum.
//!
//! The lists are constants of the program, so two lists at the same address are the same list for as long as
//! the instance lives.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::names::{self, Names};
use super::tag;

/// The names that a `Deserialize` has for the fields of one type, or for its variants.
pub(super) type List = &'static [&'static str];

/// The capacity for lists of fields, where a new list replaces the previous one in its slot, and for lists of
/// variants, which are kept forever.
const SLOTS: usize = 64;

/// A variant of the enum that is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Variant {
    /// Its index in the list.
    pub(super) at: usize,
    /// Whether the visitor also accepts that index instead of the name.
    pub(super) is_by_index: bool,
}

/// A function that returns whether a visitor accepts the index of each variant instead of its name.
pub(super) type Probe = fn(List) -> bool;

/// The names of a list that match the hash of a message.
type FoundNames = Rc<[&'static str]>;

#[derive(Clone, Copy)]
struct Fields {
    list: List,
    head: u64,
}

struct Variants {
    list: List,
    probe: Probe,
    hashes: Box<[u32]>,
    is_by_index: bool,
}

thread_local! {
    static FIELDS: [Cell<Fields>; SLOTS] =
        const { [const { Cell::new(Fields { list: &[], head: tag::STRUCT as u64 }) }; SLOTS] };
    static VARIANTS: [Cell<Option<&'static Variants>>; SLOTS] = const { [const { Cell::new(None) }; SLOTS] };
    static SOME: RefCell<BTreeMap<(*const &'static str, usize, u32), FoundNames>> =
        const { RefCell::new(BTreeMap::new()) };
}

fn slot(list: List) -> usize {
    (list.as_ptr().addr() / align_of::<&str>()) % SLOTS
}

/// Returns the [head](names::head) of a struct with exactly these fields.
#[inline]
pub(super) fn head(list: List) -> u64 {
    FIELDS.with(|known| {
        let slot = &known[slot(list)];
        let fields = slot.get();
        if std::ptr::eq(fields.list, list) { fields.head } else { head_anew(slot, list) }
    })
}

#[cold]
#[inline(never)]
fn head_anew(slot: &Cell<Fields>, list: List) -> u64 {
    let head = names::head(tag::STRUCT, list.len(), Names::of(list));
    slot.set(Fields { list, head });
    head
}

/// Returns the `count` names of this list whose combined hash is `hash`, if there are any. Only such names are
/// cached, because wrong messages can contain any number of other hashes.
pub(super) fn some_of(list: List, count: usize, hash: u32) -> Option<FoundNames> {
    let key = (list.as_ptr(), count, hash);
    SOME.with_borrow_mut(|known| {
        if let Some(names) = known.get(&key) {
            return Some(Rc::clone(names));
        }
        let names: FoundNames = names::some_of(list, count, hash)?.into();
        known.insert(key, Rc::clone(&names));
        Some(names)
    })
}

/// Returns the variant whose name has this hash. Its index is `guess`, unless the encoder counts variants
/// that the decoder skips, or the reverse.
#[inline(always)]
pub(super) fn variant(list: List, probe: Probe, guess: u8, hash: u32) -> Option<Variant> {
    let known = VARIANTS.with(|known| match known[slot(list)].get() {
        Some(variants) if variants.are(list, probe) => Some(variants),
        _ => find_or_insert(known, list, probe),
    });
    let Some(known) = known else { return by_name(list, hash) };
    let guess = usize::from(guess);
    let at = match known.hashes.get(guess) {
        Some(&of) if of == hash => guess,
        _ => known.hashes.iter().position(|&of| of == hash)?,
    };
    Some(Variant { at, is_by_index: known.is_by_index })
}

impl Variants {
    #[inline]
    fn are(&self, list: List, probe: Probe) -> bool {
        std::ptr::eq(self.list, list) && std::ptr::fn_addr_eq(self.probe, probe)
    }
}

/// Searches the other slots for this list, and puts it into the first free one. A used slot is never cleared:
/// its content is leaked.
#[cold]
#[inline(never)]
fn find_or_insert(
    known: &[Cell<Option<&'static Variants>>],
    list: List,
    probe: Probe,
) -> Option<&'static Variants> {
    let (before, from) = known.split_at(slot(list));
    for slot in from.iter().chain(before) {
        match slot.get() {
            None => {
                let hashes = list.iter().map(|name| names::hash(name)).collect();
                let variants = Variants { list, probe, hashes, is_by_index: probe(list) };
                slot.set(Some(Box::leak(Box::new(variants))));
                return slot.get();
            }
            Some(variants) if variants.are(list, probe) => return Some(variants),
            Some(_) => {}
        }
    }
    None
}

/// Finds a variant without the cache, because the cache is full.
#[cold]
#[inline(never)]
fn by_name(list: List, hash: u32) -> Option<Variant> {
    let at = list.iter().position(|name| names::hash(name) == hash)?;
    Some(Variant { at, is_by_index: false })
}
