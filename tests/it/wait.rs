//! `wait`: a plain function blocks its instance, and nothing else.

use tempfile::tempdir;
use tests::App;

use crate::plug::alone_and_composed;

#[test]
fn plain_functions_wait_everywhere() {
    let expected = "\
        30\n\
        285 16\n\
        328350\n\
        16 10\n\
        0 polls while a function waits\n\
        some while an async one does\n\
        (36, 2470, ())\n\
        [1, 2, 3, 4, 5]\n\
        780\n\
        2470\n\
        dropped 25\n\
        dropped in a job 25\n\
        dropped at the end 25\n\
        55\n";
    for cores in [1, 2, 8] {
        for app in alone_and_composed("wait_anywhere") {
            app.cores(cores).run().stdout(expected).exit(0);
        }
    }
}

/// The wait of a job does not keep the job's core, or all of these would need more cores than there are.
#[test]
fn more_jobs_wait_than_there_are_cores() {
    for cores in [1, 2] {
        let app = App::new("wait_anywhere").cores(cores).option("--max-jobs").option("8");
        app.run().stdout_has("16 10\n").exit(0);
    }
}

#[test]
fn a_stop_ends_the_wait() {
    for cores in [1, 2, 8] {
        let begun = tempdir().unwrap();
        let output = App::new("wait_stopped").cores(cores).dir(begun.path(), "/begun").run();
        output.exit(0).stdout(
            "inner is gone\n\
             the future that is waited for is gone\n\
             a job that waits was stopped\n\
             a job that waits was dropped\n\
             the core is free\n\
             late: true\n\
             cleaned up: true\n\
             a job that cleans up was stopped\n\
             7\n",
        );
    }
}

#[test]
fn a_deadlock_is_a_panic_not_a_hang() {
    for what in ["nothing", "a future that is blocked"] {
        let output = App::new("wait_deadlock").arg(what).run();
        output.stdout("").stderr_has("waits, but not for a timer, a job, a stream or").exit(134);
    }
}
