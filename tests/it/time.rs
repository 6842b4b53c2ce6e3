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
fn they_wake_whoever_polled_last() {
    App::new("time_moved").run().stdout("both\n").exit(0);
}

#[test]
fn no_duration_is_too_long_or_too_short() {
    App::new("time_far").run().stdout("2\n").exit(0);
}

#[test]
fn a_timeout_drops_what_is_late() {
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
