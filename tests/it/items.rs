//! Items that jobs send before their result, and shared bytes, through the contract itself.

use tests::{App, Output};

/// Runs a case of the guest on any number of cores.
#[track_caller]
fn check(program: &str, case: &str, options: &[&str], expected: &str) {
    for cores in [1, 2, 8] {
        run(program, case, options, cores).stdout(expected).exit(0);
    }
}

fn run(program: &str, case: &str, options: &[&str], cores: usize) -> Output {
    let app = App::new(program).cores(cores).arg(case);
    options.iter().fold(app, |app, option| app.option(*option)).run()
}

#[test]
fn items_come_in_order_and_before_the_completion() {
    check("items_contract", "order", &[], "in order\n");
    check("items_contract", "trap", &[], "[[0], [1], [2]] true\n");
}

#[test]
fn a_window_holds_the_sender_up_until_its_parent_lets_go() {
    check("items_contract", "held up", &[], "[\"0\", \"1\"]\n[]\n2, held up\n");
}

#[test]
fn a_job_that_waits_for_room_is_asked_to_stop() {
    let asked = "asked true, Err(Failure::Refused(Refusal::Stopping))\n";
    check("items_contract", "stopped", &[], &format!("0 items\n{asked}gone 0\n"));
    check("items_contract", "main ends", &[], asked);
}

#[test]
fn items_that_are_not_taken_are_bounded_even_if_empty() {
    check("items_contract", "flood", &["--max-queued", "1MiB"], "16384\n1\n");
}

#[test]
fn an_item_that_cannot_be_sent_is_a_failure() {
    let reason = "an item of a job that was started without a window, or of main";
    let expected = format!(
        "Err(Failure::BadMessage(\"{reason}\")) false\nErr(Failure::BadMessage(\"{reason}\"))\nOk([1])\n\
         Err(Failure::MessageTooLarge(Excess {{ limit: 1048576, used: 1048577, setting: \"--max-message\" }}))\n"
    );
    check("items_contract", "failures", &["--max-message", "1MiB"], &expected);
}

#[test]
fn the_next_job_of_an_instance_finds_no_items() {
    check("items_contract", "left over", &[], "Ok([])\nOk([0, 0, 0])\n");
}

#[test]
fn shared_bytes_are_read_by_all_until_they_are_given_up() {
    check("shared_contract", "read", &[], "[Ok(401080320)]\ntrue\n[Err([])]\ntrue\n");
}

#[test]
fn shared_bytes_are_gone_with_their_instance() {
    check("shared_contract", "ended", &[], "true None\nfalse None\nSome(\"of a job\")\nNone\n");
}

#[test]
fn shared_bytes_count_like_memory() {
    for cores in [1, 2, 8] {
        let output = run("shared_contract", "memory", &["--memory", "100MiB"], cores);
        output.exit(0);
        let text = output.text();
        assert!(text.starts_with("Failure::OutOfMemory(Excess { limit: 104857600, used: "), "{text}");
        assert!(text.ends_with("setting: \"--memory\" })\ntrue false\n"), "{text}");
    }
}
