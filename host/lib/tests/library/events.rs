//! Events: an observer gets all of them, once, in the order in which they happened.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use host::{DirGrant, End, ErrorKind, Event, Observer, RunConfig, Stats, StopHandle};

use crate::app::{config, host, start};
use crate::guest::guest;

/// Runs an app and returns its events.
fn observe(cores: usize, name: &str, args: &[&str]) -> Vec<Event> {
    let events = Arc::new(Mutex::new(Vec::new()));
    let mut config = RunConfig::default();
    let files = ["/", "/begun"].map(|name| (tempfile::tempdir().unwrap(), name));
    config.grants.dirs = files.iter().map(|(dir, name)| DirGrant::read_write(dir.path(), *name)).collect();
    config.observer = Some(Observer::new({
        let events = Arc::clone(&events);
        move |event| events.lock().unwrap().push(event.clone())
    }));
    _ = start(&host(cores).load(guest(name)).unwrap(), args, config).wait();
    let events = events.lock().unwrap();
    events.clone()
}

/// Returns whether this event may follow the previous one of a job.
fn follows(before: Option<&Event>, event: &Event) -> bool {
    use Event::{Finished, Resumed, Started, Stopping, Submitted, Suspended};
    matches!(
        (before, event),
        (None, Submitted { .. })
            | (Some(Submitted { .. }), Started { .. } | Finished { core: None, .. })
            | (Some(Started { .. } | Resumed { .. }), Suspended { .. } | Stopping { .. })
            | (Some(Started { .. } | Resumed { .. } | Stopping { .. }), Finished { core: Some(_), .. })
            | (Some(Suspended { .. }), Resumed { .. })
            | (Some(Stopping { .. }), Suspended { .. })
    )
}

fn job(event: &Event) -> Option<u64> {
    match *event {
        Event::Submitted { job, .. }
        | Event::Started { job, .. }
        | Event::Suspended { job, .. }
        | Event::Resumed { job, .. }
        | Event::Stopping { job }
        | Event::Finished { job, .. } => Some(job),
        _ => None,
    }
}

#[test]
fn every_job_has_one_life() {
    for cores in [1, 2, 8] {
        for (name, args) in [
            ("par_fib", &[][..]),
            ("cancel_race", &[]),
            ("cancel_tree", &[]),
            ("failure_caught", &[]),
            ("stop_destructors", &[]),
            ("cancel_main_ends", &[]),
            ("cancel_main_ends", &["panic"]),
        ] {
            let events = observe(cores, name, args);
            let mut lives = HashMap::<u64, Vec<Event>>::new();
            let mut instances = 0;
            for event in &events {
                match (job(event), event) {
                    (Some(job), event) => lives.entry(job).or_default().push(event.clone()),
                    (None, Event::InstanceMade { .. }) => instances += 1,
                    (None, Event::InstanceDropped { .. }) => instances -= 1,
                    other => panic!("{other:?}"),
                }
            }
            assert!(lives.len() > 1, "{name} starts jobs");
            assert_eq!(instances, 0, "{name} on {cores} cores leaves instances");
            for life in lives.values() {
                let before = [None].into_iter().chain(life.iter().map(Some));
                assert!(before.zip(life).all(|(before, event)| follows(before, event)), "{name}: {life:?}");
                assert!(matches!(life.last(), Some(Event::Finished { .. })), "{name}: {life:?}");
            }
        }
    }
}

/// Returns how the jobs ended that did not return, each way once, in the order of declaration.
fn ends(name: &str, args: &[&str]) -> Vec<End> {
    let ends = observe(2, name, args).into_iter().filter_map(|event| match event {
        Event::Finished { end, .. } if end != End::Returned => Some(end),
        _ => None,
    });
    let mut ends = ends.collect::<Vec<_>>();
    ends.sort();
    ends.dedup();
    ends
}

#[test]
fn how_a_job_ended() {
    // Main too: it panics because of a job that called exit.
    assert_eq!(ends("failure_exited", &[]), [End::Panicked, End::Exited]);
    assert_eq!(ends("limit_each", &["memory of one"]), [End::OutOfMemory]);
    assert_eq!(ends("limit_each", &["time of one"]), [End::TimedOut]);
    assert_eq!(ends("failure_nested", &[]), [End::Panicked]);
}

#[test]
fn a_job_has_the_name_of_its_function_or_another() {
    let events = observe(2, "trace_names", &["page 3", &"x".repeat(1000)]);
    let names = events.iter().filter_map(|event| match event {
        Event::Submitted { name, parent, .. } => Some((&**name, *parent)),
        _ => None,
    });
    let names = names.collect::<Vec<_>>();
    let count = |name: &str| names.iter().filter(|(other, _)| *other == name).count();
    assert_eq!(names[0], ("main", 0));
    assert_eq!((count("trace_names::branch"), count("trace_names::leaf"), count("leaf 13")), (20, 20, 1));
    assert_eq!((count("trace_names::waits"), count("page 3")), (3, 1));
    assert!(names.iter().any(|(name, _)| name.starts_with("xxx") && name.len() < 300), "{names:?}");
    // A program that uses only the contract has no name.
    let events = observe(1, "outside_contract", &[]);
    assert!(
        events.iter().any(|event| matches!(event, Event::Submitted { name, .. } if **name == *"entry 1"))
    );
}

#[test]
fn two_observers_both_get_events() {
    let (told, told_too) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let counts = |told: &Arc<AtomicU64>| {
        let told = Arc::clone(told);
        Observer::new(move |_| assert!(told.fetch_add(1, Ordering::Relaxed) != 3, "on request"))
    };
    let mut config = RunConfig::default();
    config.observer = Some(counts(&told).and(counts(&told_too)));
    let app = host(2).load(guest("par_fib")).unwrap();
    assert_eq!(start(&app, &[], config).wait().0.unwrap(), 0);
    let told = told.load(Ordering::Relaxed);
    assert!(told > 3 && told == told_too.load(Ordering::Relaxed));
}

#[test]
fn a_panicking_observer_affects_no_other() {
    let mut config = RunConfig::default();
    config.observer = Some(Observer::new(|event| {
        assert!(!matches!(event, Event::Started { job: 3, .. }), "on request");
    }));
    let app = host(2).load(guest("par_fib")).unwrap();
    let (ended, text) = start(&app, &[], config).wait();
    assert_eq!(ended.unwrap(), 0);
    assert_eq!(text, start(&app, &[], RunConfig::default()).wait().1);
}

#[test]
fn an_observer_may_use_the_host() {
    let host = host(2);
    let app = host.load(guest("par_fib")).unwrap();
    let mut config = RunConfig::default();
    config.observer = Some(Observer::new({
        let host = host.clone();
        move |_| assert!(host.usage().runs <= 1)
    }));
    assert_eq!(start(&app, &[], config).wait().0.unwrap(), 0);
}

#[test]
fn an_observer_may_stop_the_run() {
    let app = host(2).load(guest("stop_main")).unwrap();
    let stop = Arc::new(OnceLock::<StopHandle>::new());
    let mut config = RunConfig::default();
    config.observer = Some(Observer::new({
        let stop = Arc::clone(&stop);
        move |event| {
            if let Event::Started { job: 1, .. } = event {
                stop.wait().stop();
            }
        }
    }));
    let running = start(&app, &["waits"], config);
    stop.set(running.run.stop_handle()).unwrap();
    assert!(running.wait().0.is_err_and(|error| error.kind() == ErrorKind::Stopped));
}

#[test]
fn stats_add_up() {
    let stats = Stats::new(config(2).cores);
    let mut run = RunConfig::default();
    run.observer = Some(stats.observer());
    let app = host(2).load(guest("par_fib")).unwrap();
    start(&app, &[], run).wait().0.unwrap();
    assert_eq!((stats.live_jobs(), stats.instances()), (0, 0));
    let now = stats.now();
    assert_eq!((now.running, now.waiting), (0, 0));
    assert!(now.busy > Duration::ZERO);
    let text = stats.to_string();
    let value = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].trim().to_owned()
    };
    let jobs = value("jobs").parse::<u64>().unwrap();
    assert_eq!(jobs, now.done);
    assert!(jobs > 1 && text.contains(&format!("{jobs} returned\n")), "{text}");
    let started = value("by core").split(", ").map(|n| n.parse::<u64>().unwrap()).sum::<u64>();
    assert_eq!(started, jobs, "{text}");
    assert!(value("instances").ends_with(" made, 0 left"), "{text}");
}
