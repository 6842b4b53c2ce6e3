//! Parallel data: iteration, streams of items, and shared values.

use tests::App;

/// Runs the program on 1, 2 and 8 cores, and expects the same output from each.
#[track_caller]
fn check(program: &str, options: &[&str], expected: &str) {
    for cores in [1, 2, 8] {
        let app = options.iter().fold(App::new(program).cores(cores), |app, option| app.option(*option));
        app.run().stdout(expected).exit(0);
    }
}

#[test]
fn iteration_gives_what_iteration_gives() {
    check("iter_values", &[], "all equal\n");
}

/// The sums of floats have the same bits on any number of cores.
#[test]
fn chains_give_what_chains_of_std_give() {
    check("iter_chains", &[], "1.6449240667671112 Some((0, 1.0)) fb362c4e2685e140\n");
}

#[test]
fn iteration_is_held_up_and_stopped() {
    check("iter_stops", &["--memory", "256MiB"], "all stopped\n");
}

#[test]
fn a_failing_item_is_reported_with_its_place() {
    let output = App::new("iter_uncaught").cores(2).run();
    output.exit(134).stdout("").stderr_has(
        "panicked at tests/programs/src/bin/iter_uncaught.rs:6:33:\n\
         job `iter_uncaught::main::main:6` panicked at tests/programs/src/bin/iter_uncaught.rs:6:51: attempt to divide by zero\n  \
         in job `iter_uncaught::main::main:6`, called at tests/programs/src/bin/iter_uncaught.rs:6:33\n",
    );
}

#[test]
fn programs_for_rayon_need_little_change() {
    check("ports_numbers", &[], "all equal\n");
    check("ports_texts", &[], "all equal\n");
}

#[test]
fn a_failing_item_affects_no_other_item() {
    check("iter_each", &[], "each for itself\n");
}

#[test]
fn streams_of_items_are_in_order_bounded_and_stopped() {
    check("stream_values", &[], "all equal\n");
}

/// Two senders of one job used to hang: when one found room, the host forgot that the other waited for it.
#[test]
fn several_senders_of_a_job_all_get_on() {
    check("stream_senders", &[], "all there\n");
    // Here the senders wait for memory of items, not only for their windows.
    check("stream_senders", &["--max-queued", "20KiB"], "all there\n");
}

#[test]
fn each_instance_reads_a_shared_value_once() {
    check("shared_values", &["--memory", "350MiB"], "all equal\n");
}
