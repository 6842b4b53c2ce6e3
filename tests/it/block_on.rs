//! `block_on`: polls one future until it is ready, and reports an error if it never can be.

use tests::App;

#[test]
fn a_self_woken_future_is_polled_again() {
    App::new("block_on_self_woken").run().stdout("ready\n100000 polls\n").exit(0);
}

/// With a no-op waker, the sibling would only be polled at the next event from the host, which never comes.
#[test]
fn a_future_may_be_woken_by_its_sibling() {
    App::new("block_on_sibling").run().stdout("(7, ())\n").exit(0);
}

#[test]
fn nesting_is_a_mistake_with_a_text() {
    App::new("block_on_nested")
        .run()
        .stdout("")
        .stderr_has("`block_on` was called inside another `block_on`: `.await` the future instead, or, in a")
        .exit(134);
}

#[test]
fn a_mistake_is_reported_with_its_place() {
    App::new("block_on_nested").run().stderr_has("panicked at tests/programs/src/bin/block_on_nested.rs:4:");
}

#[test]
fn a_deadlock_is_a_panic_not_a_hang() {
    for (program, printed) in
        [("block_on_deadlock", "the timer is over\n"), ("block_on_deadlock_after_jobs", "1\n")]
    {
        let text =
            format!("deadlock: `{program}::main::main` waits, but not for a timer, a job, a stream or");
        App::new(program).run().stdout(printed).stderr_has(&text).exit(134);
    }
}

#[test]
fn one_after_the_other() {
    App::new("block_on_twice").run().stdout("first true\nsecond 6\n").exit(0);
}

#[test]
fn a_busy_future_starves_no_other() {
    for cores in [1, 2] {
        App::new("block_on_busy").cores(cores).run().stdout("timer\njob\n").exit(0);
    }
}
