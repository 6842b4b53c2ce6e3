//! The reactor: one test for each known bug of similar runtimes.

use tests::App;

/// wasi-async-runtime leaks the pollables of futures that lose a race. Here that would exhaust the handles.
#[test]
fn losers_of_races_are_forgotten() {
    let expected = "110000 pollables lost\n110000 sleeps lost\n1000 turns of the reactor\n\
        1000 times 1000 sleeps lost, in 0 more pages\n";
    App::new("reactor_race_losers").run().stdout(expected).exit(0);
}

/// wstd keeps a lost read in its stream, and dropping the stream traps with "resource has children".
#[test]
fn a_stream_can_be_dropped_after_a_lost_read() {
    let mut running = App::new("reactor_parent_dropped").start();
    let open = running.stdin();
    running.end().stdout("dropped\n").exit(0);
    drop(open);
}

/// In wstd, a finished pollable that is still alive makes every later wait spin.
#[test]
fn a_finished_pollable_causes_no_wakeups() {
    App::new("reactor_finished_but_alive").run().stdout("true\nstill ready\n").exit(0);
}

/// wasi-async-runtime keeps its reactor borrowed while wakers run.
#[test]
fn a_waker_may_use_the_reactor() {
    App::new("reactor_waker_reenters").run().stdout("woken\n").exit(0);
}

#[test]
fn a_waker_may_drop_waiting_futures() {
    for what in ["sleep", "pollable", "job"] {
        App::new("reactor_waker_dropped").arg(what).run().stdout(&format!("{what}\n")).exit(0);
    }
}

/// In wstd, the order is that of a hash map, and differs in each run.
#[test]
fn wakes_come_in_a_fixed_order() {
    let expected = "[0, 1, 2, 3, 4, 5, 6, 7]\n[1, 5, 3, 4, 0, 2]\n";
    App::new("reactor_wake_order").run().stdout(expected).exit(0);
}

#[test]
fn any_pollable_is_a_future() {
    App::new("reactor_wait_for").run().stdout("awaited true\nrace 1\njoin 500\ndropped\n").exit(0);
}

/// wstd panics when a timer is created or dropped outside of `block_on`.
#[test]
fn futures_live_outside_of_block_on() {
    App::new("reactor_outside_block_on").run().stdout("((), (), 3)\ndropped\n").exit(0);
}
