//! Changes of places: a call changes those that it may, and divides them among its own calls.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::plan::Plan;
use crate::state::{Place, State, View};

/// The largest length to which a text or a list grows.
const LONGEST: usize = 24;

/// Changes each mutable place, in a way that differs between calls.
pub(crate) fn change(salt: u64, view: &mut View<'_>) {
    if let Some(number) = view.number.get_mut() {
        *number = number.wrapping_mul(31) ^ salt;
    }
    if let Some(text) = view.text.get_mut() {
        *text = format!("{:x}{text}", salt & 0xff).chars().take(LONGEST).collect();
    }
    if let Some(list) = view.list.get_mut() {
        list.insert(0, salt as u32);
        list.truncate(if salt.is_multiple_of(5) { 1 } else { LONGEST });
    }
    if let Some(numbers) = view.numbers.get_mut() {
        change_numbers(salt, numbers);
    }
    if let Some(words) = view.words.get_mut() {
        words.reverse();
        for word in words {
            *word = format!("{}{word}", char::from(b'a' + (salt % 26) as u8)).chars().take(LONGEST).collect();
        }
    }
    if let Some(ledger) = view.ledger.get_mut() {
        let name = format!("{}", salt % 4);
        *ledger.cents.entry(name.clone()).or_default() += (salt % 1000) as i64;
        let last = ledger.last.replace(name);
        ledger.cents.retain(|name, _| !salt.is_multiple_of(3) || Some(name) != last.as_ref());
    }
}

pub(crate) fn change_numbers(salt: u64, numbers: &mut [u16]) {
    numbers.reverse();
    numbers.iter_mut().enumerate().for_each(|(at, number)| *number ^= (salt as u16).rotate_left(at as u32));
}

/// Combines all that a call saw into its result.
pub(crate) fn digest(seen: &[Option<u64>]) -> u64 {
    let mut hasher = DefaultHasher::new();
    seen.hash(&mut hasher);
    hasher.finish()
}

/// Returns a view for each call. A slice is cut. Another place is lent to one call, and the others see a
/// spare one; if no call owns it, all see the place itself.
pub(crate) fn divide<'a>(plan: &Plan, view: View<'a>, spare: &'a State) -> Vec<View<'a>> {
    let calls = plan.calls.len();
    let [number, text, list, ledger] = plan.owners;
    let mut numbers = cut(view.numbers, plan).into_iter();
    let mut words = cut(view.words, plan).into_iter();
    let mut number = give(view.number, &spare.number, number, calls).into_iter();
    let mut text = give(view.text, &spare.text, text, calls).into_iter();
    let mut list = give(view.list, &spare.list, list, calls).into_iter();
    let mut ledger = give(view.ledger, &spare.ledger, ledger, calls).into_iter();
    let mut next = || {
        Some(View {
            number: number.next()?,
            text: text.next()?,
            list: list.next()?,
            numbers: numbers.next()?,
            words: words.next()?,
            ledger: ledger.next()?,
        })
    };
    std::iter::from_fn(&mut next).collect()
}

fn give<'a, T>(place: Place<'a, T>, spare: &'a T, owner: usize, calls: usize) -> Vec<Place<'a, T>> {
    match place {
        Place::Lent(place) if owner < calls => {
            let mut place = Some(place);
            let mut give = |call| match place.take_if(|_| call == owner) {
                Some(place) => Place::Lent(place),
                None => Place::Shown(spare),
            };
            (0..calls).map(&mut give).collect()
        }
        place => {
            let place = place.shown();
            (0..calls).map(|_| Place::Shown(place)).collect()
        }
    }
}

fn cut<'a, T>(place: Place<'a, [T]>, plan: &Plan) -> Vec<Place<'a, [T]>> {
    let cuts = plan.cuts.iter().take(plan.calls.len());
    match place {
        Place::Lent(mut rest) => {
            let mut next = |&cut: &usize| {
                let (items, others) = std::mem::take(&mut rest).split_at_mut(cut.min(rest.len()));
                rest = others;
                Place::Lent(items)
            };
            cuts.map(&mut next).collect()
        }
        Place::Shown(items) => cuts.map(|&cut| Place::Shown(&items[cut.min(items.len())..])).collect(),
    }
}
