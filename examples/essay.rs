//! "Tasks are the wrong abstraction", section by section: what the essay says should be possible.
//!
//! Each function has the name of a section and implements it, with the essay's code where that
//! compiles today. Claims are asserted, so this program is also a test: its output is the same with
//! any number of cores, and, as far as one instance allows, on any WASI 0.2 runtime.
//!
//! The essay: <https://blog.yoshuawuyts.com/tasks-are-the-wrong-abstraction/>
//!
//! One thing is spelled differently here: `async { n }.par()` is `par!([n] async { n })`, with a list
//! of the variables that the block uses. A future is bound to its instance, but the code of the block
//! is in every instance, and the list says what is sent there.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use guest_runtime::futures_concurrency::future::FutureGroup;
use guest_runtime::futures_concurrency::stream::StreamGroup;
use guest_runtime::futures_lite::stream;
use guest_runtime::prelude::*;
use guest_runtime::time::{sleep, timeout};
use guest_runtime::{Failure, ParallelFuture, has_parallelism};
use serde::{Deserialize, Serialize};

const MOMENT: Duration = Duration::from_millis(5);

/// Long enough that of two jobs started together, the second starts before the first ends, even on
/// a busy machine.
const WHILE: Duration = Duration::from_millis(300);

/// Longer than any test waits.
const EVER: Duration = Duration::from_secs(1 << 32);

/// Returns the number of this instance: every instance has its own copy of a static.
fn here() -> u64 {
    thread_local! {
        static HERE: u64 = RandomState::new().hash_one("here");
    }
    HERE.with(|here| *here)
}

/// Returns whether these instances, and this one, are all different, if there can be several.
fn differ<const N: usize>(instances: [u64; N]) -> bool {
    !has_parallelism() || BTreeSet::from_iter(instances.into_iter().chain([here()])).len() == N + 1
}

/// The instance and the times of a call.
#[derive(Serialize, Deserialize)]
struct Stay {
    instance: u64,
    start: SystemTime,
    end: SystemTime,
}

impl Stay {
    fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

#[guest_runtime::parallel]
async fn stay(duration: Duration) -> Stay {
    let start = SystemTime::now();
    sleep(duration).await;
    Stay { instance: here(), start, end: SystemTime::now() }
}

/// The program at the head of the essay.
async fn tasks_are_the_wrong_abstraction() {
    let a = par!(async { 1 }); // does nothing until awaited
    let b = par!(async { 2 }); // does nothing until awaited
    assert!(format!("{a:?}").contains("lazy"));
    let (a, b) = (a, b).join().await; // parallel
    assert_eq!(a + b, 3);
}

/// The table: parallel execution needs concurrent scheduling and cores to run on.
async fn concurrent_and_parallel_execution() {
    // Sequential scheduling, without parallelism: sequential execution.
    let (a, b) = (stay(MOMENT).await, stay(MOMENT).await);
    assert!(!a.overlaps(&b));
    assert!(a.instance == here() && b.instance == here());

    // Sequential scheduling, with parallelism: sequential execution.
    let (a, b) = (stay(MOMENT).par().await, stay(MOMENT).par().await);
    assert!(!a.overlaps(&b));
    assert!(differ([a.instance]) && differ([b.instance]));

    // Concurrent scheduling, without parallelism: concurrent execution.
    let (a, b) = (stay(WHILE), stay(WHILE)).join().await;
    assert!(a.overlaps(&b));
    assert!(a.instance == here() && b.instance == here());

    // Concurrent scheduling, with parallelism: parallel execution.
    let (a, b) = (stay(WHILE).par(), stay(WHILE).par()).join().await;
    assert!(a.overlaps(&b));
    assert!(differ([a.instance, b.instance]));

    // The essay's example of the third case: two timers race, without parallelism.
    let first = async {
        sleep(MOMENT).await;
        "first"
    };
    let second = async {
        sleep(EVER).await;
        "second"
    };
    assert_eq!((first, second).race().await, "first");
}

/// Handles that return values, and composition instead of a second family of functions.
async fn tasks_for_parallel_execution() {
    // "What using tasks was like in December 2018", without the channels.
    let handles: Vec<_> = (0..10).map(|_| par!(async { here() })).collect();
    for id in handles.join().await {
        assert!(differ([id]), "each comes from another instance");
    }

    // Futures of different blocks have the same type if their outputs have.
    let mut handles: Vec<ParallelFuture<'_, i32>> = vec![];
    handles.push(par!(async { 1 }));
    handles.push(par!(async { 2 }));
    let output: i32 = handles.join().await.into_iter().sum();
    assert_eq!(output, 3);

    // The same schedule without parallelism: only `par!` is missing.
    let (a, b) = (async { 1 }, async { 2 });
    let output = (a, b).join().await;
    assert_eq!(output.0 + output.1, 3);
}

/// "You can't just fire and forget it", and "cancellation will always propagate".
async fn values_come_back_and_cancellation_propagates() {
    #[guest_runtime::parallel]
    async fn for_ever() {
        sleep(EVER).await;
    }

    #[guest_runtime::parallel]
    async fn busy_for_ever() {
        loop {
            std::hint::spin_loop();
        }
    }

    #[guest_runtime::parallel]
    async fn family() {
        (for_ever().par(), busy_for_ever().par()).join().await;
    }

    // A future that is never awaited never starts.
    drop(for_ever().par());

    // The loser of a race against a job or a timer is cancelled, even while it computes, and so are
    // its children. Otherwise this program would not end.
    let winner = async {
        par!(async {}).await;
        "winner"
    };
    let loser = async {
        for_ever().par().await;
        "loser"
    };
    assert_eq!((winner, loser).race().await, "winner");
    assert!(timeout(MOMENT, for_ever().par()).await.is_err());

    // A computation in the only instance cannot be interrupted, and a panic there ends the app.
    if !has_parallelism() {
        return;
    }
    assert!(timeout(MOMENT, busy_for_ever().par()).await.is_err());
    assert!(timeout(MOMENT, family().par()).await.is_err());

    // With `.catch()` a failure is a value, and the first failure cancels the remaining jobs.
    let fails = (async || -> () { panic!("out of luck") }).par().catch();
    let both: Result<((), ()), Failure> = (fails, for_ever().par().catch()).try_join().await;
    let Err(Failure::Panicked(panic)) = both else { unreachable!("the panic comes back") };
    assert_eq!(panic.message, "out of luck");
}

/// Joins can borrow; elsewhere this program needs a scope, a macro and `spawn`.
async fn tasks_for_concurrent_execution() {
    let mut container = vec![1, 2, 3];
    let mut num = 0;

    let a = async {
        assert_eq!(container, [1, 2, 3]);
    };
    let b = async {
        num += container[0] + container[2];
    };
    let _ = (a, b).join().await;
    container.push(4);
    assert_eq!(num, container.len());

    // In parallel, with the borrows in a list: they are sent, and the new value is returned.
    let mut num = 0;
    let a = par!([&container] async {
        assert_eq!(container[..], [1, 2, 3, 4]);
    });
    let b = par!([&mut num, &container] async {
        *num += container[0] + container[2];
    });
    let _ = (a, b).join().await;
    container.push(5);
    assert_eq!(num + 1, container.len());
}

/// "Dynamically updating sets of futures or streams, which we want to manage as a group."
async fn groups_that_grow() {
    async fn children(n: u32) -> (u32, Vec<u32>) {
        (n, [2 * n, 2 * n + 1].into_iter().filter(|&child| child < 100).collect())
    }

    // Each result determines the next jobs.
    let mut group = FutureGroup::from_iter([children.par_with(1)]);
    let mut sum = 0;
    while let Some((n, children_of_n)) = group.next().await {
        sum += n;
        group.extend(children_of_n.into_iter().map(|child| children.par_with(child)));
    }
    assert_eq!(sum, (1..100).sum());

    // A server without tasks: each connection is a stream of answers.
    let connection = |requests: Vec<u32>| stream::iter(requests).then(|n| par!([n] async { n * n }));
    let mut connections = StreamGroup::from_iter([connection(vec![1, 2, 3]), connection(vec![4])]);
    let mut answers = vec![];
    while let Some(answer) = connections.next().await {
        if answer == 16 {
            connections.insert(connection(vec![5, 6]));
        }
        answers.push(answer);
    }
    answers.sort_unstable();
    assert_eq!(answers, [1, 4, 9, 16, 25, 36]);
}

/// `Rc` across an await: a started job never moves.
async fn stealing_and_sending() {
    let job = |_| {
        par!(async {
            let (rc, start) = (Rc::new(12), here());
            let other = Rc::clone(&rc);
            sleep(MOMENT).await;
            assert_eq!(here(), start);
            *other + Rc::strong_count(&rc)
        })
    };
    let jobs: Vec<_> = (0..4).map(job).collect();
    assert_eq!(jobs.join().await, [14; 4]);
}

/// Only arguments are sent; the rest of a future stays in its instance.
async fn parallel_futures_and_send_bounds() {
    let text = "more convenient than it was";
    let longest = par!([text] async {
        let words: Rc<[&str]> = text.split(' ').collect();
        let longest = words.iter().max_by_key(|word| word.len());
        sleep(MOMENT).await; // `words` borrows from `text` across this
        longest.map(|word| (*word).to_owned())
    });
    assert_eq!(longest.await.as_deref(), Some("convenient"));
}

/// `for co await` and `for par await`, as far as a library can provide them.
async fn a_vision() {
    // for co await num in input { yield num * num; }
    let input = vec![1, 2, 3];
    let mut squares: Vec<i32> = input.into_co_stream().map(async |num| num * num).collect().await;
    squares.sort_unstable();
    assert_eq!(squares, [1, 4, 9]);

    // for par await num in input { yield num * num; }
    let input = vec![1, 2, 3];
    let mut squares: Vec<i32> =
        input.into_co_stream().map(|num| par!([num] async { num * num })).collect().await;
    squares.sort_unstable();
    assert_eq!(squares, [1, 4, 9]);

    // async { 1 }.par.await
    let a = par!(async { 1 }).await;
    let b = par!(async { 2 }).await;
    assert_eq!(a + b, 3);
}

#[guest_runtime::main]
async fn main() {
    macro_rules! sections {
        ($($section:ident)*) => {
            $($section().await; println!("{}: ok", stringify!($section));)*
        };
    }
    sections! {
        tasks_are_the_wrong_abstraction
        concurrent_and_parallel_execution
        tasks_for_parallel_execution
        values_come_back_and_cancellation_propagates
        tasks_for_concurrent_execution
        groups_that_grow
        stealing_and_sending
        parallel_futures_and_send_bounds
        a_vision
    }
}
