//! Cases that the traces of whole runs cannot show: edge cases, and events that exceed the limit.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::records::{CHUNK, Moment, Submission};
use super::{LIMIT, Trace};
use crate::observe::event::{End, Event};

const CORES: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);

fn submitted(job: u64, parent: u64, name: &Arc<str>) -> Event {
    Event::Submitted { job, parent, depth: u32::from(job > 0), bytes: 7, name: Arc::clone(name) }
}

fn started(job: u64, core: usize) -> Event {
    Event::Started { job, core, fresh: true, queued: Duration::ZERO }
}

fn finished(job: u64, end: End) -> Event {
    Event::Finished { job, core: Some(0), end }
}

/// Main waits for a job of this name on another core, yields, and panics; a second job never begins.
fn small(name: &str) -> Trace {
    let trace = Trace::new("small.wasm", CORES);
    let (main, name) = (Arc::from("main"), Arc::from(name));
    let events = [
        submitted(0, 0, &main),
        started(0, 0),
        submitted(1, 0, &name),
        submitted(2, 0, &name),
        Event::Suspended { job: 0, core: 0, yielded: false },
        started(1, 1),
        finished(1, End::Returned),
        Event::Finished { job: 2, core: None, end: End::Dropped },
        Event::Resumed { job: 0, core: 0 },
        Event::Suspended { job: 0, core: 0, yielded: true },
        Event::Resumed { job: 0, core: 0 },
        Event::Stopping { job: 0 },
        finished(0, End::Panicked),
    ];
    let observer = trace.observer();
    events.iter().for_each(|event| observer.tell(event, Instant::now()));
    trace
}

fn chrome(trace: &Trace) -> Value {
    let mut file = Vec::new();
    trace.write_chrome(&mut file).unwrap();
    serde_json::from_slice(&file).unwrap()
}

fn page(trace: &Trace) -> String {
    let mut page = Vec::new();
    trace.write_timeline(&mut page).unwrap();
    String::from_utf8(page).unwrap()
}

/// What the script of a page reads.
fn data(page: &str) -> Value {
    let (_, data) = page.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn a_life_is_told_whole() {
    let trace = chrome(&small("a::b"));
    let events = trace["traceEvents"].as_array().unwrap();
    let mut counts = BTreeMap::new();
    for event in events {
        let [ph, name] = ["ph", "name"].map(|key| event[key].as_str().unwrap());
        *counts.entry((ph, name)).or_insert(0) += 1;
    }
    // Main has its core three times; in between it waits once and yields once.
    assert_eq!((counts[&("X", "main")], counts[&("X", "a::b")]), (3, 1));
    assert_eq!((counts[&("b", "main")], counts[&("b", "a::b")], counts[&("b", "queued")]), (1, 2, 3));
    assert_eq!((counts[&("b", "waits")], counts[&("b", "yielded")], counts[&("n", "stopping")]), (1, 1, 1));
    assert_eq!((counts[&("s", "start")], counts[&("f", "start")]), (1, 1), "main is started by nobody");
    let ends = events.iter().filter(|event| event["ph"] == "b" && event["args"]["job"].is_u64());
    let ends = ends.map(|event| event["args"]["end"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(ends, ["panicked", "returned", "dropped"]);
    let job = events.iter().find(|event| event["ph"] == "X" && event["name"] == "a::b").unwrap();
    assert_eq!(
        (&job["tid"], &job["args"]["parent"], &job["args"]["bytes"]),
        (&1.into(), &0.into(), &7.into())
    );
}

#[test]
fn a_job_that_goes_on_is_drawn_as_far_as_is_known() {
    let trace = Trace::new("endless.wasm", CORES);
    let observer = trace.observer();
    [submitted(0, 0, &Arc::from("main")), started(0, 1)]
        .iter()
        .for_each(|event| observer.tell(event, Instant::now()));
    let trace = chrome(&trace);
    let bar = trace["traceEvents"].as_array().unwrap().iter().find(|event| event["ph"] == "X").unwrap();
    assert!(bar["dur"].as_f64().unwrap() > 0.0 && bar["args"]["end"] == "not known");
}

#[test]
fn a_page_is_whole_and_a_name_is_inert() {
    let name = "</script><script>alert('1')</script>\n\"quoted\" \\ \u{2028} <!-- ä ☃";
    let page = page(&small(name));
    assert!(!page.contains("{{"), "all is filled in");
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(!page.contains("://"), "nothing is loaded");
    let data = data(&page);
    assert_eq!(data["names"], serde_json::json!(["main", name]));
    assert_eq!(data["jobs"].as_array().unwrap().len(), 3);
    // Main: two numbers for each time that it had its core, after the data about the job.
    assert_eq!(data["jobs"][0].as_array().unwrap().len(), 9 + 2 * 3);
    assert_eq!(data["jobs"][2].as_array().unwrap().len(), 7, "one that never began");
}

#[test]
fn what_does_not_fit_is_left_out_and_told() {
    let trace = Trace::with_limit("long.wasm", CORES, 256 << 10);
    let (observer, name) = (trace.observer(), Arc::from("job"));
    observer.tell(&submitted(0, 0, &name), Instant::now());
    let jobs = 100_000;
    for job in 1..=jobs {
        [submitted(job, 0, &name), started(job, 0), finished(job, End::Returned)]
            .iter()
            .for_each(|event| observer.tell(event, Instant::now()));
    }
    assert!(trace.left_out() > 0);
    let note = chrome(&trace)["otherData"]["left_out"].as_str().unwrap().to_owned();
    assert!(note.ends_with(&format!("{} later events were left out", trace.left_out())), "{note}");
    let data = data(&page(&trace));
    assert_eq!(data["note"], note);
    let kept = data["jobs"].as_array().unwrap().len() as u64;
    // Two chunks may have been started and not be full.
    assert!(kept * 3 > (256 << 10) / 40 - 3 * CHUNK as u64 && kept < jobs, "{kept}");
    // The records are the complete beginning of the run: all jobs have ended except perhaps the last, and
    // main.
    let ended = data["jobs"].as_array().unwrap().iter().filter(|job| job[4] == 0).count() as u64;
    assert!(ended + 2 >= kept, "{ended} of {kept}");
}

#[test]
fn names_take_room_too() {
    let trace = Trace::with_limit("names.wasm", CORES, 1 << 20);
    let observer = trace.observer();
    for job in 0..10_000 {
        observer.tell(&submitted(job, 0, &Arc::from(format!("{job:0200}"))), Instant::now());
    }
    let kept = data(&page(&trace))["names"].as_array().unwrap().len();
    assert!((1000..5000).contains(&kept), "{kept}");
}

#[test]
fn a_job_takes_less_than_100_bytes() {
    let job = size_of::<Submission>() + 2 * size_of::<Moment>();
    assert!(job < 100, "{job}");
    assert!(LIMIT / job > 700_000);
}
