//! Borrows that cross: what is lent mutably has its new value, all of it, or stays as it was.

use tempfile::tempdir;
use tests::App;

const CORES: [usize; 3] = [1, 2, 8];

#[test]
fn what_is_borrowed_comes_back_changed() {
    for cores in CORES {
        let output = App::new("borrow_values").cores(cores).run();
        output.exit(0);
        let text = output.text();
        let mut lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.pop(), Some("all equal"), "on {cores} cores: {text}");
        // Which of the two jobs is first is up to the cores.
        lines.sort_unstable();
        let hello = [
            "hello from the first future: [1, 2, 3]",
            "hello from the main future",
            "hello from the second future",
        ];
        assert_eq!(lines, hello, "on {cores} cores");
    }
}

/// Whatever a job has done to what it was lent.
#[test]
fn without_a_value_every_place_is_as_it_was() {
    let unreadable = "has a message that serde cannot carry: Serde Deserialization Error";
    let unwritable = "has a message that serde cannot carry: 13 is not written";
    let late = "took longer than the 50ms it was given (.timeout() or --job-timeout)";
    let long =
        |bytes| format!("has too large a message: {bytes} bytes, the limit is 1048576 (--max-message)");
    let failures = [
        ("Panics", "panicked: on purpose"),
        ("PanicsInItsJob", "panicked: further down"),
        ("Traps", "trapped: UnreachableExecuted"),
        ("Exits", "exited with code 3"),
        ("TakesMemory", "out of memory: .memory()"),
        ("Computes", late),
        ("Waits", late),
        ("CannotWriteAnItem", unwritable),
        ("CannotWriteThePlaceBehind", unwritable),
        ("CannotWriteTheResult", unwritable),
        ("HasAnItemThatCannotBeRead", unreadable),
        ("HasAPlaceBehindThatCannotBeRead", unreadable),
        ("HasAResultThatCannotBeRead", unreadable),
        ("HasALongPlace", &long(2_097_184)),
        ("HasALongResult", &long(2_097_187)),
        ("IsLongTogether", &long(1_398_132)),
        ("unwritable", unwritable),
        ("unreadable", unreadable),
        ("long", &long(2_097_183)),
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
