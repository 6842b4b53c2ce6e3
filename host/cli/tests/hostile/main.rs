//! The hostile table: numbered faults of jobs, each with its expected outcome. None may affect another job,
//! or the host.
//!
//! The guests `hostile`, `hostile_contract` and `assemble` of tests/programs have to be built. `HOSTILE=14
//! cargo test --release -p parallel-host-cli --test hostile` runs case 14 only.

#[path = "../../src/allocator.rs"]
mod allocator;
mod case;
mod covered_elsewhere;
#[path = "../../src/exit.rs"]
mod exit;
mod features;
#[path = "../../../lib/tests/shared/guest.rs"]
mod guest;
mod harness;
mod inside;
mod kept;
mod messages;
mod resources;
mod trees;
mod wat;

use case::Case;
use covered_elsewhere::COVERED_ELSEWHERE;

/// The allocator of the command, which returns freed memory to the system.
#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;

/// The highest number of a case.
const LAST: u32 = 101;

fn cases() -> impl Iterator<Item = &'static Case> {
    let all = [inside::CASES, trees::CASES, messages::CASES, kept::CASES, resources::CASES, features::CASES];
    all.into_iter().flatten()
}

#[test]
#[expect(clippy::print_stderr, reason = "with --nocapture, shows which case is slow or hangs")]
fn all_goes_wrong_as_it_should() {
    host::trim_with(allocator::trim);
    let only = std::env::var("HOSTILE").ok().map(|number| number.parse::<u32>().expect("a number"));
    let mut wrong = Vec::new();
    for case in cases().filter(|case| only.is_none_or(|only| only == case.number)) {
        let begun = std::time::Instant::now();
        let found: Vec<_> = case.runs.iter().flat_map(case::Run::check).collect();
        eprintln!("{:2} {}: {} ms", case.number, case.name, begun.elapsed().as_millis());
        wrong.extend(found.into_iter().map(|found| format!("{} {}: {found}", case.number, case.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_number_is_there_once() {
    let here = cases().map(|case| case.number);
    let mut numbers: Vec<_> = here.chain(COVERED_ELSEWHERE.iter().map(|entry| entry.number)).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=LAST).collect::<Vec<_>>());
    assert!(cases().all(|case| !case.runs.is_empty()));
}
