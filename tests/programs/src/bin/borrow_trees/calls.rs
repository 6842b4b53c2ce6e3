//! The calls: functions that borrow in different ways, and run locally or as jobs.

use std::future::Future;
use std::pin::Pin;

use guest_runtime::Parallel;
use guest_runtime::prelude::*;
use serde::{Deserialize, Serialize};

use crate::change::{change, change_numbers, digest, divide};
use crate::plan::{End, Kind, Plan};
use crate::state::{Ledger, Place, State, View};

/// The answer of a call, which may fail to decode.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "u64", try_from = "u64")]
struct Answer(u64);

const UNREADABLE: Answer = Answer(u64::MAX);

impl From<Answer> for u64 {
    fn from(Answer(answer): Answer) -> Self {
        answer
    }
}

impl TryFrom<u64> for Answer {
    type Error = &'static str;

    fn try_from(answer: u64) -> Result<Self, Self::Error> {
        if answer == UNREADABLE.0 { Err("not to be read") } else { Ok(Self(answer)) }
    }
}

#[guest_runtime::parallel]
async fn writes(
    plan: Plan,
    number: &mut u64,
    text: &mut String,
    list: &mut Vec<u32>,
    numbers: &mut [u16],
    words: &mut [String],
    ledger: &mut Ledger,
) -> Answer {
    let view = View {
        number: Place::Lent(number),
        text: Place::Lent(text),
        list: Place::Lent(list),
        numbers: Place::Lent(numbers),
        words: Place::Lent(words),
        ledger: Place::Lent(ledger),
    };
    work(&plan, view).await
}

#[guest_runtime::parallel]
async fn reads(
    number: &u64,
    text: &str,
    list: &[u32],
    plan: &Plan,
    numbers: &[u16],
    words: &[String],
    ledger: &Ledger,
) -> Answer {
    let view = View {
        number: Place::Shown(number),
        text: Place::Lent(&mut text.to_owned()),
        list: Place::Lent(&mut list.to_owned()),
        numbers: Place::Shown(numbers),
        words: Place::Shown(words),
        ledger: Place::Shown(ledger),
    };
    work(plan, view).await
}

#[guest_runtime::parallel]
async fn mixed(
    mut number: u64,
    text: &mut String,
    mut list: Vec<u32>,
    numbers: &mut [u16],
    words: &[String],
    mut ledger: Ledger,
    plan: &Plan,
) -> Answer {
    let view = View {
        number: Place::Lent(&mut number),
        text: Place::Lent(text),
        list: Place::Lent(&mut list),
        numbers: Place::Lent(numbers),
        words: Place::Shown(words),
        ledger: Place::Lent(&mut ledger),
    };
    work(plan, view).await
}

impl Ledger {
    #[guest_runtime::parallel]
    async fn otherwise_mixed(
        &mut self,
        words: &mut [String],
        mut numbers: Vec<u16>,
        list: &mut Vec<u32>,
        mut text: String,
        number: &mut u64,
        plan: Plan,
    ) -> Answer {
        let view = View {
            number: Place::Lent(number),
            text: Place::Lent(&mut text),
            list: Place::Lent(list),
            numbers: Place::Lent(&mut numbers),
            words: Place::Lent(words),
            ledger: Place::Lent(self),
        };
        work(&plan, view).await
    }
}

/// Everything, so that there is one argument.
#[derive(Serialize, Deserialize)]
struct Whole {
    plan: Plan,
    state: State,
}

impl Whole {
    #[guest_runtime::parallel]
    async fn run(&mut self) -> Answer {
        work(&self.plan, self.state.view()).await
    }
}

/// A slice as the only argument is the whole message, and its new value is the head of the reply.
async fn slice(plan: &Plan, mut numbers: Place<'_, [u16]>) -> Option<u64> {
    // What it has to know is in its first two items.
    let (low, high) = (plan.salt as u16, plan.end.map_or(0, |end| 1 + end as u16));
    let mut lent = [&[low, high], numbers.get()].concat();
    let job = async |numbers: &mut [u16]| -> Answer {
        let (head, numbers) = numbers.split_at_mut(2);
        change_numbers(u64::from(head[0]), numbers);
        let sum = numbers.iter().map(|&number| u64::from(number)).sum();
        match std::mem::take(&mut head[1]) {
            1 => panic!("a slice"),
            2 => std::process::abort(),
            3 => UNREADABLE,
            _ => Answer(sum),
        }
    };
    let answer = if plan.is_elsewhere {
        job.par_on(&mut lent[..]).catch().await.ok().map(u64::from)
    } else {
        Some(job(&mut lent).await.0)
    };
    // If the job has failed, this writes the old value.
    if let Some(numbers) = numbers.get_mut() {
        numbers.copy_from_slice(&lent[2..]);
    }
    answer
}

/// The body of each call.
async fn work(plan: &Plan, mut view: View<'_>) -> Answer {
    let mut seen = vec![Some(view.digest())];
    change(plan.salt, &mut view);
    if plan.are_joined {
        let spare = State::of(&view);
        let views = divide(plan, view.again(), &spare);
        let calls = plan.calls.iter().zip(views).map(|(plan, view)| call(plan, view));
        seen.extend(calls.collect::<Vec<_>>().join().await);
    } else {
        for plan in &plan.calls {
            seen.push(call(plan, view.again()).await);
        }
    }
    change(!plan.salt, &mut view);
    match plan.end {
        None => {}
        Some(End::Panics) => panic!("as planned"),
        Some(End::Traps) => std::process::abort(),
        Some(End::IsUnreadable) => return UNREADABLE,
    }
    seen.push(Some(view.digest()));
    Answer(digest(&seen))
}

/// The answer of a call; None if it has failed.
pub(crate) fn call<'a>(plan: &'a Plan, view: View<'a>) -> Pin<Box<dyn Future<Output = Option<u64>> + 'a>> {
    Box::pin(async move {
        match plan.kind {
            Kind::Slice => slice(plan, view.numbers).await,
            Kind::Whole => whole(plan, view).await,
            Kind::Reads => {
                let View { number, text, list, numbers, words, ledger } = view;
                let call = reads(
                    number.shown(),
                    text.shown(),
                    list.shown(),
                    plan,
                    numbers.shown(),
                    words.shown(),
                    ledger.shown(),
                );
                run(plan, call).await
            }
            Kind::Writes | Kind::Mixed | Kind::OtherwiseMixed => lends(plan, view).await,
        }
    })
}

/// Makes a call that borrows places mutably, or copies where the caller has only shared access.
async fn lends(plan: &Plan, view: View<'_>) -> Option<u64> {
    let View { number, text, list, numbers, words, ledger } = view;
    let (mut a, mut b, mut c, mut d, mut e, mut f) = (None, None, None, None, None, None);
    match plan.kind {
        Kind::Mixed => {
            let (number, list, ledger) = (*number.get(), list.get().clone(), ledger.get().clone());
            let (text, numbers) = (text.lent(&mut b), numbers.lent(&mut d));
            run(plan, mixed(number, text, list, numbers, words.shown(), ledger, plan)).await
        }
        Kind::OtherwiseMixed => {
            let (text, numbers) = (text.get().clone(), numbers.get().to_owned());
            let (number, list) = (number.lent(&mut a), list.lent(&mut c));
            let (words, ledger) = (words.lent(&mut e), ledger.lent(&mut f));
            run(plan, ledger.otherwise_mixed(words, numbers, list, text, number, plan.clone())).await
        }
        _ => {
            let (number, text, list) = (number.lent(&mut a), text.lent(&mut b), list.lent(&mut c));
            let (numbers, words, ledger) = (numbers.lent(&mut d), words.lent(&mut e), ledger.lent(&mut f));
            run(plan, writes(plan.clone(), number, text, list, numbers, words, ledger)).await
        }
    }
}

async fn whole(plan: &Plan, mut view: View<'_>) -> Option<u64> {
    let mut whole = Whole { plan: plan.clone(), state: State::of(&view) };
    let answer = run(plan, whole.run()).await;
    // If the call has failed, this writes the old value.
    let State { number, text, list, numbers, words, ledger } = whole.state;
    view.number.get_mut().into_iter().for_each(|place| *place = number);
    view.text.get_mut().into_iter().for_each(|place| place.clone_from(&text));
    view.list.get_mut().into_iter().for_each(|place| place.clone_from(&list));
    view.numbers.get_mut().into_iter().for_each(|place| place.copy_from_slice(&numbers));
    view.words.get_mut().into_iter().for_each(|place| place.clone_from_slice(&words));
    view.ledger.get_mut().into_iter().for_each(|place| place.clone_from(&ledger));
    answer
}

/// Runs a call where the plan says.
async fn run(plan: &Plan, call: impl Parallel<Output = Answer>) -> Option<u64> {
    let answer = if plan.is_elsewhere { call.par().catch().await.ok() } else { Some(call.await) };
    answer.map(u64::from)
}
