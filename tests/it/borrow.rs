//! Borrowed arguments: a mutable borrow has its complete new value after the job, or is unchanged.

use tempfile::tempdir;
use tests::App;

const CORES: [usize; 3] = [1, 2, 8];

#[test]
fn borrowed_values_come_back_changed() {
    for cores in CORES {
        let output = App::new("borrow_values").cores(cores).run();
        output.exit(0);
        let text = output.text();
        let mut lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.pop(), Some("all equal"), "on {cores} cores: {text}");
        // The order of the two jobs depends on the cores.
        lines.sort_unstable();
        let hello = [
            "hello from the first future: [1, 2, 3]",
            "hello from the main future",
            "hello from the second future",
        ];
        assert_eq!(lines, hello, "on {cores} cores");
    }
}

/// A job that fails leaves its borrowed arguments unchanged.
#[test]
fn without_a_value_every_place_is_as_it_was() {
    let bad = |of: &str, why: &str| format!("has a message that serde cannot carry: `{of}`: {why}");
    let (odd, result) = ("borrow_untouched::Odd", "(borrow_untouched::Odd, alloc::vec::Vec<u8>)");
    let unreadable = |of: &str| bad(of, "an even number is not read");
    let unwritable = |of: &str| bad(of, "13 is not written");
    let late = "took longer than the 50ms it was given (.timeout() or --job-timeout)";
    let long = "too large: --max-message";
    let failures = [
        ("Panics", "panicked: on purpose"),
        ("PanicsInItsJob", "panicked: further down"),
        ("Traps", "trapped: UnreachableExecuted"),
        ("Exits", "exited with code 3"),
        ("TakesMemory", "out of memory: .memory()"),
        ("Computes", late),
        ("Waits", late),
        ("CannotWriteAnItem", &unwritable("[borrow_untouched::Odd]")),
        ("CannotWriteThePlaceBehind", &unwritable(odd)),
        ("CannotWriteTheResult", &unwritable(result)),
        ("HasAnItemThatCannotBeRead", &unreadable("alloc::vec::Vec<borrow_untouched::Odd>")),
        ("HasAPlaceBehindThatCannotBeRead", &unreadable(odd)),
        ("HasAResultThatCannotBeRead", &unreadable(result)),
        ("HasALongPlace", long),
        ("HasALongResult", long),
        ("IsLongTogether", long),
        ("unwritable", &unwritable(odd)),
        ("unreadable", &unreadable(odd)),
        ("long", long),
    ];
    let lines: String = failures.iter().map(|(what, failure)| format!("{what}: {failure}\n")).collect();
    for cores in CORES {
        let dir = tempdir().unwrap();
        let app = App::new("borrow_untouched").cores(cores).dir(dir.path(), "/");
        let output = app.option("--max-message").option("1MiB").run();
        output.stdout(&format!("{lines}dropped\nbeside\nchanged\n")).exit(0);
    }
}

#[test]
fn a_borrow_waits_for_room() {
    for cores in CORES {
        let app = App::new("borrow_waits").cores(cores).option("--max-jobs").option("1");
        app.arg("inside").run().stdout("inside\n").exit(0);
    }
}

#[test]
fn borrows_outside_of_block_on() {
    for cores in CORES {
        let app = || App::new("borrow_waits").cores(cores).arg("outside");
        app().run().stdout("outside\n").exit(0);
        app().option("--max-jobs").option("1").run().stdout("outside\n").exit(0);
    }
}

/// Uses a fixed seed. `host run borrow_trees.wasm SEED COUNT` tries others; a failure prints the seed that
/// repeats it.
#[test]
fn random_trees_of_calls_are_as_if_nothing_crossed() {
    let text = |cores: usize| {
        let output = App::new("borrow_trees").cores(cores).arg("1").arg("300").run();
        output.exit(0);
        output.text()
    };
    let trees = CORES.map(text);
    let numbers: Vec<u32> = trees[0].split(' ').filter_map(|word| word.parse().ok()).collect();
    let [300, calls, failures] = numbers[..] else { panic!("{trees:?}") };
    assert!(calls > 3_000 && failures > 300, "the trees are too small to show anything: {trees:?}");
    assert!(trees.iter().all(|tree| *tree == trees[0]), "{trees:?}");
}
