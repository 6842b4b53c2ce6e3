//! `init`: each instance is set up before its first job, with a value of main.

use std::fs;

use tempfile::tempdir;
use tests::App;

#[test]
fn each_instance_is_set_up_once() {
    let expected = "\
        before: true\n\
        main: Some(100000)\n\
        all: true\n\
        fresh: (3, 1)\n\
        true\n\
        true\n";
    for cores in [1, 2, 8] {
        App::new("init_values").cores(cores).run().stdout(expected).exit(0);
        App::new("init_values").cores(cores).option("--fresh").run().stdout(expected).exit(0);
    }
}

#[test]
fn an_instance_that_cannot_be_set_up_fails_its_job() {
    for (how, failure) in [
        ("panic", "no luck"),
        ("error", "cannot set up the instance of a job: cannot read the table: "),
        ("wait", "took longer than the 50ms it was given"),
    ] {
        for cores in [1, 2, 8] {
            let dir = tempdir().unwrap();
            let output = App::new("init_fails").cores(cores).dir(dir.path(), "/").arg(how).run();
            let text = output.exit(0).text();
            let (first, rest) = text.split_once('\n').unwrap();
            assert!(first.contains(failure), "{how}: {text}");
            assert_eq!(rest, "7\n", "{how}: {text}");
            assert!(fs::read_dir(dir.path()).unwrap().next().is_none());
        }
    }
}
