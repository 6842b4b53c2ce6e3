//! The model of a tree of calls, without jobs and futures: each call works on a copy, and its borrowed places
//! are written when it has succeeded.

use crate::Count;
use crate::change::{change, digest, divide};
use crate::plan::{Kind, Mode, Plan};
use crate::state::{Place, State, View};

/// The answer of a call; None if it fails.
pub(crate) fn call(plan: &Plan, mut view: View<'_>, count: &mut Count) -> Option<u64> {
    count.calls += 1;
    let mut copy = State::of(&view);
    let answer = match plan.kind {
        Kind::Slice => slice(plan, &mut copy),
        _ => work(plan, as_called(plan.kind, &mut copy), count),
    };
    if plan.end.is_some() {
        count.failures += 1;
        return None;
    }
    write(plan.kind, copy, &mut view);
    Some(answer)
}

fn slice(plan: &Plan, copy: &mut State) -> u64 {
    crate::change::change_numbers(plan.salt, &mut copy.numbers);
    copy.numbers.iter().map(|&number| u64::from(number)).sum()
}

fn work(plan: &Plan, mut view: View<'_>, count: &mut Count) -> u64 {
    let mut seen = vec![Some(view.digest())];
    change(plan.salt, &mut view);
    if plan.are_joined {
        let spare = State::of(&view);
        let views = divide(plan, view.again(), &spare);
        seen.extend(plan.calls.iter().zip(views).map(|(plan, view)| call(plan, view, count)));
    } else {
        seen.extend(plan.calls.iter().map(|plan| call(plan, view.again(), count)));
    }
    change(!plan.salt, &mut view);
    seen.push(Some(view.digest()));
    digest(&seen)
}

/// The view that a function of this kind has.
fn as_called(kind: Kind, copy: &mut State) -> View<'_> {
    fn place<T: ?Sized>(mode: Mode, place: &mut T) -> Place<'_, T> {
        if mode == Mode::Shown { Place::Shown(place) } else { Place::Lent(place) }
    }
    let modes = kind.modes();
    View {
        number: place(modes.number, &mut copy.number),
        text: place(modes.text, &mut copy.text),
        list: place(modes.list, &mut copy.list),
        numbers: place(modes.numbers, &mut copy.numbers),
        words: place(modes.words, &mut copy.words),
        ledger: place(modes.ledger, &mut copy.ledger),
    }
}

/// Writes to the places that were lent twice: to the caller, and by it.
fn write(kind: Kind, copy: State, view: &mut View<'_>) {
    fn write<T: Clone>(mode: Mode, place: Option<&mut T>, new: T) {
        if let (Mode::Lent, Some(place)) = (mode, place) {
            *place = new;
        }
    }
    let modes = kind.modes();
    write(modes.number, view.number.get_mut(), copy.number);
    write(modes.text, view.text.get_mut(), copy.text);
    write(modes.list, view.list.get_mut(), copy.list);
    write(modes.ledger, view.ledger.get_mut(), copy.ledger);
    if let (Mode::Lent, Some(numbers)) = (modes.numbers, view.numbers.get_mut()) {
        numbers.copy_from_slice(&copy.numbers);
    }
    if let (Mode::Lent, Some(words)) = (modes.words, view.words.get_mut()) {
        words.clone_from_slice(&copy.words);
    }
}
