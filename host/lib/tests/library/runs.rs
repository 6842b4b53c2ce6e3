//! Several runs on the same cores: they are independent, and leave nothing behind.

use std::io::{Write as _, pipe};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use host::{App, ErrorKind, Event, Host, Input, Observer, RunConfig, Setting, Stdio};

use crate::app::{config, host, start};
use crate::guest::guest;

const CORES: [usize; 3] = [1, 2, 8];

#[test]
fn two_apps_share_the_cores_and_nothing_else() {
    for cores in CORES {
        let host = host(cores);
        let [fib, statics] = ["par_fib", "par_statics"].map(|name| host.load(guest(name)).unwrap());
        let alone = [&fib, &statics].map(|app| start(app, &[], RunConfig::default()).wait());
        let together = [&fib, &statics, &fib].map(|app| start(app, &[], RunConfig::default()));
        for (running, (alone, printed)) in together.into_iter().zip([&alone[0], &alone[1], &alone[0]]) {
            let (ended, text) = running.wait();
            assert_eq!(ended.unwrap(), *alone.as_ref().unwrap(), "{cores} cores");
            assert_eq!(text, *printed, "{cores} cores");
        }
    }
}

#[test]
fn one_is_stopped_and_the_other_goes_on() {
    for cores in CORES {
        let host = host(cores);
        let endless = host.load(guest("stop_main")).unwrap();
        let fib = host.load(guest("par_fib")).unwrap();
        let expected = start(&fib, &[], RunConfig::default()).wait().1;
        let stopped = start(&endless, &["computes"], RunConfig::default());
        let other = start(&fib, &[], RunConfig::default());
        stopped.run.stop_handle().stop();
        let (ended, _) = stopped.wait();
        assert!(ended.as_ref().is_err_and(|error| error.kind() == ErrorKind::Stopped), "{ended:?}");
        let (ended, text) = other.wait();
        assert_eq!((ended.unwrap(), text), (0, expected.clone()), "{cores} cores");
    }
}

#[test]
fn a_run_that_is_dropped_is_gone() {
    let host = host(2);
    let endless = host.load(guest("stop_main")).unwrap();
    let mut config = RunConfig::default();
    // The grace period is an hour, and is not used.
    config.grace = Duration::from_secs(3600);
    config.stdout = Stdio::null();
    config.args = vec!["computes".to_owned()];
    let began = Instant::now();
    drop(endless.start(&config).unwrap());
    assert!(began.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_run_within_its_grace_time_can_be_stopped_at_once() {
    let host = host(2);
    let app = host.load(guest("stop_main")).unwrap();
    let mut config = RunConfig::default();
    config.grace = Duration::from_secs(3600);
    // It is asked to stop, and its destructor does not end.
    let running = start(&app, &["stays"], config);
    let began = Instant::now();
    running.run.stop_handle().stop();
    drop(running.run);
    assert!(began.elapsed() < Duration::from_secs(60));
}

#[test]
fn the_cores_outlive_the_host_as_long_as_something_runs() {
    let host = host(2);
    let fib = host.load(guest("par_fib")).unwrap();
    let running = start(&fib, &[], RunConfig::default());
    drop((host, fib));
    assert_eq!(running.wait().0.unwrap(), 0);
}

#[test]
fn there_are_only_so_many_runs_at_a_time() {
    let mut config = config(1);
    config.runs = 1;
    let host = Host::new(&config).unwrap();
    let endless = host.load(guest("stop_main")).unwrap();
    let first = start(&endless, &["computes"], RunConfig::default());
    let error = endless.start(&RunConfig::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooManyRuns);
    assert_eq!(error.settings(), [Setting::Runs]);
    assert!(error.to_string().starts_with("the host has 1 runs already"), "{error}");
    drop(first);
    start(&host.load(guest("par_fib")).unwrap(), &[], RunConfig::default()).wait().0.unwrap();
}

#[test]
fn no_run_takes_all_slots_from_another() {
    let mut config = config(2);
    config.slots = 0;
    let host = Host::new(&config).unwrap();
    let waits = host.load(guest("par_many_sleeping")).unwrap();
    let fib = host.load(guest("par_fib")).unwrap();
    let first = start(&waits, &[], RunConfig::default());
    let (ended, _) = start(&fib, &[], RunConfig::default()).wait();
    assert_eq!(ended.unwrap(), 0);
    drop(first);
}

/// A queue used to return the deepest job of all runs, and a computing core only started another job after
/// its quantum: main of a new run waited for hundreds of jobs of another run.
#[test]
fn a_new_run_does_not_wait_for_the_jobs_of_another() {
    for cores in CORES {
        let host = host(cores);
        let busy = host.load(guest("time_saturated")).unwrap();
        let fib = host.load(guest("par_fib")).unwrap();
        let events = Arc::new([0, 0].map(AtomicUsize::new));
        let observer = Observer::new({
            let events = Arc::clone(&events);
            move |event| {
                let [begun, ended] = &*events;
                match event {
                    Event::Started { .. } => _ = begun.fetch_add(1, Ordering::SeqCst),
                    Event::Finished { core: Some(_), .. } => _ = ended.fetch_add(1, Ordering::SeqCst),
                    _ => {}
                }
            }
        });
        let mut config = RunConfig::default();
        config.observer = Some(observer);
        // Jobs of 200 ms: each core has started three, and the rest are queued.
        let first = start(&busy, &["leaf", "200000", "waits"], config);
        while events[0].load(Ordering::SeqCst) <= 3 * cores {
            std::thread::yield_now();
        }
        let before = events[1].load(Ordering::SeqCst);
        assert_eq!(start(&fib, &[], RunConfig::default()).wait().0.unwrap(), 0);
        let ended = events[1].load(Ordering::SeqCst) - before;
        assert!(ended <= 12 * cores, "{ended} jobs of one run ended before another, on {cores} cores");
        drop(first);
    }
}

#[test]
fn an_app_may_be_alone_on_its_host() {
    // With jobs, and without.
    for (guest_of, expected) in [("par_cores", "3 3\n"), ("cli_cat", "")] {
        let app = App::load_alone(&config(3), guest(guest_of)).unwrap();
        let runs = [(); 2].map(|()| start(&app, &[], RunConfig::default()));
        for running in runs {
            let (ended, text) = running.wait();
            assert_eq!((ended.unwrap(), text.as_str()), (0, expected));
        }
    }
}

#[test]
fn deeper_than_the_host_is_refused() {
    let mut config = config(1);
    config.depth = 3;
    let app = Host::new(&config).unwrap().load(guest("par_fib")).unwrap();
    let error = app.start(&RunConfig::default()).unwrap_err();
    assert_eq!(error.to_string(), "invalid depth: on this host jobs are nested at most 3 deep");
}

/// Threads, files and instances of a finished run would accumulate over the next hundred runs.
#[test]
fn nothing_is_left_of_a_run() {
    let host = host(2);
    let app = host.load(guest("par_fib")).unwrap();
    let run = || start(&app, &[], RunConfig::default()).wait().0.unwrap();
    run();
    let count = |what: &str| std::fs::read_dir(format!("/proc/self/{what}")).unwrap().count();
    let before = [count("task"), count("fd")];
    (0..100).for_each(|_| _ = run());
    let after = [count("task"), count("fd")];
    // Other tests run at the same time, with a few hosts of their own.
    assert!(after.iter().zip(before).all(|(after, before)| *after < before + 90), "{before:?} {after:?}");
}

#[test]
fn bytes_are_the_stdin_of_each_run() {
    let host = host(2);
    let words = host.load(guest("peers_std")).unwrap();
    let config = RunConfig::default().with_input(Input::bytes("a b a"));
    for _ in 0..2 {
        let (ended, text) = start(&words, &[], config.clone()).wait();
        assert_eq!((ended.unwrap(), text.as_str()), (0, "[(\"a\", 2), (\"b\", 1)]\n"));
    }
}

#[test]
fn a_reader_is_the_stdin_of_one_run() {
    let host = host(2);
    let words = host.load(guest("peers_std")).unwrap();
    let (reader, mut writer) = pipe().unwrap();
    let config = RunConfig::default().with_input(Input::reader(reader));
    let running = start(&words, &[], config.clone());
    for piece in ["a ", "b ", "a"] {
        writer.write_all(piece.as_bytes()).unwrap();
    }
    drop(writer);
    let (ended, text) = running.wait();
    assert_eq!((ended.unwrap(), text.as_str()), (0, "[(\"a\", 2), (\"b\", 1)]\n"));
    let (ended, text) = start(&words, &[], config).wait();
    assert_eq!((ended.unwrap(), text.as_str()), (0, "[]\n"));
}
