//! Timers.

use tests::App;

/// wstd 0.6 hangs.
#[test]
fn many_may_have_one_deadline() {
    App::new("time_same_deadline").run().stdout("200\n200\n").exit(0);
}

#[test]
fn ten_thousand_and_none_too_short() {
    App::new("time_ten_thousand").run().stdout("10000\n").exit(0);
}

#[test]
fn timers_wake_the_last_waker() {
    App::new("time_moved").run().stdout("both\n").exit(0);
}

#[test]
fn no_duration_is_too_long_or_too_short() {
    App::new("time_far").run().stdout("2\n").exit(0);
}

#[test]
fn a_timeout_drops_late_futures() {
    let expected = "\
        Some(7)\n\
        Some(8)\n\
        true\n\
        late dropped\n\
        the time is up\n\
        inner dropped\n\
        true\n\
        outer dropped\n\
        true\n\
        quick dropped\n\
        true\n";
    App::new("time_timeout").run().stdout(expected).exit(0);
}

#[test]
fn a_moment_that_is_past_now_shared_or_far() {
    let expected = "\
        past, and the other had 1 turn\n\
        now\n\
        past three times\n\
        1000 at a time, in 2 polls: true\n\
        a millisecond\n";
    App::new("time_sleep_until").run().stdout(expected).exit(0);
}

#[test]
fn an_interval_ticks_at_multiples_of_its_period() {
    let expected = "\
        10 from a start: true\n\
        10 from a period on: true true\n\
        at once: true\n\
        an hour later: false\n\
        after a drop: true true\n\
        3000 of many\n";
    App::new("time_interval").run().stdout(expected).exit(0);
}

/// tokio and async-io catch up on missed ticks in a burst; wstd counts from each call, and drifts.
#[test]
fn an_interval_that_is_late_neither_drifts_nor_bursts() {
    let expected = "the last of those that are due: true true\nat most half of them: true\nover\n";
    App::new("time_interval_late").run().stdout(expected).exit(0);
}

#[test]
fn an_interval_that_is_dropped_is_not_waited_for() {
    App::new("time_interval_dropped").run().stdout("dropped\n").stderr_has("deadlock").exit(134);
}

#[test]
fn an_interval_has_a_period() {
    App::new("time_interval_zero")
        .run()
        .stderr_has("time_interval_zero.rs:7:10:\nthe period of an interval is zero")
        .exit(134);
}

/// A `join` polls all its futures when one is woken, so many turns would be expensive.
#[test]
fn many_timers_rest_between_turns() {
    App::new("time_rest").run().stdout("100000 few polls\n").exit(0);
}
