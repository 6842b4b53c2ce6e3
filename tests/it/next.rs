//! Several jobs within one call of a worker.

use tests::{App, Output};

/// Runs on one core, where jobs that are started one after the other wait in one queue.
fn run(case: &str, options: &[&str]) -> Output {
    let app = App::new("next_contract").cores(1).arg(case);
    options.iter().fold(app, |app, option| app.option(*option)).run()
}

#[test]
fn each_of_several_jobs_in_one_call_has_its_own_result() {
    run("goes on", &[]).stdout("[[1, 97], [2, 98], [3, 99]]\n").exit(0);
}

#[test]
fn there_is_no_next_job_where_it_would_need_another_instance() {
    run("alone", &[]).stdout("").exit(0);
    for options in [["--fresh"].as_slice(), &["--job-timeout", "60s"]] {
        run("plain", options).stdout("").exit(0);
    }
}

#[test]
fn main_is_not_followed_by_a_job() {
    run("main", &[]).stdout("None\n").exit(0);
}

#[test]
fn a_trap_ends_only_the_last_job_of_a_call() {
    run("trap", &[]).stdout("Ok([1, 97]) Ok([1, 99])\n").exit(0);
}

#[test]
fn the_last_job_of_a_call_is_asked_to_stop() {
    run("stop", &[]).stdout("asked true, next None\ngone\n").exit(0);
}

#[test]
fn a_job_with_jobs_is_not_at_its_end() {
    run("own jobs", &[]).stdout("[97, 98]\n").exit(0);
}

#[test]
fn a_result_that_is_too_large_is_not_taken() {
    run("too large", &["--max-message", "1KiB"]).stdout("true Ok([1, 98])\n").exit(0);
}
