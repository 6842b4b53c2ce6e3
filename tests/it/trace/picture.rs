//! Checks that hold for every trace, reading it as Perfetto does.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;

/// The largest difference between two equal times: they are written in microseconds, with three decimals.
const ROUNDING: f64 = 0.002;

/// Returns the events of a trace.
#[track_caller]
pub(super) fn read(file: &Path) -> Vec<Value> {
    let trace: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert!(trace["otherData"]["left_out"].is_null(), "{}", trace["otherData"]);
    trace["traceEvents"].as_array().unwrap().clone()
}

/// Returns the data that the script of the page reads.
#[track_caller]
pub(super) fn data(page: &Path) -> Value {
    let text = std::fs::read_to_string(page).unwrap();
    let (_, data) = text.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap()
}

/// Returns whether the event is the start of a job's span.
pub(super) fn is_life(event: &Value) -> bool {
    event["ph"] == "b" && event["args"]["job"].is_u64()
}

/// A slice: its start, its end, and its job.
type Bar = (f64, f64, u64);

/// Checks that each job has one complete span, each lane one slice at a time, and each arrow two ends.
#[track_caller]
pub(super) fn check(program: &str, cores: usize, events: &[Value]) {
    let context = format!("{program} on {cores} cores");
    let list = events.iter().filter(|event| is_life(event)).map(|event| (job(event), event));
    let lives = list.clone().collect::<HashMap<_, _>>();
    assert_eq!(list.count(), lives.len(), "{context}: a job has one life");
    assert!(lives.values().all(|life| life["args"]["end"] != "not known"), "{context}: they all end");
    let ends = check_brackets(&context, events);
    let lanes = check_lanes(&context, cores, events, &lives, &ends);
    check_arrows(&context, events, &lives, &lanes);
}

fn of<'a>(events: &'a [Value], phase: &str) -> impl Iterator<Item = &'a Value> {
    events.iter().filter(move |event| event["ph"] == phase)
}

fn time(event: &Value) -> f64 {
    event["ts"].as_f64().unwrap()
}

fn job(event: &Value) -> u64 {
    event["id"].as_u64().unwrap()
}

/// Checks that the starts and ends within a span match like brackets, and that time increases. Returns the
/// end of each span.
#[track_caller]
fn check_brackets(context: &str, events: &[Value]) -> HashMap<u64, f64> {
    let mut open = HashMap::<u64, Vec<&str>>::new();
    let mut last = HashMap::new();
    for event in events.iter().filter(|event| event["ph"] == "b" || event["ph"] == "e") {
        let (job, name) = (job(event), event["name"].as_str().unwrap());
        let before = last.insert(job, time(event)).unwrap_or_default();
        assert!(time(event) + ROUNDING >= before, "{context}: {event}");
        if event["ph"] == "b" {
            open.entry(job).or_default().push(name);
        } else {
            assert_eq!(open.get_mut(&job).and_then(Vec::pop), Some(name), "{context}: {event}");
        }
    }
    assert!(open.values().all(Vec::is_empty), "{context}");
    last
}

/// Checks that a slice lies within the span of its job, and that slices do not overlap. Returns the slices of
/// each lane.
#[track_caller]
fn check_lanes(
    context: &str,
    cores: usize,
    events: &[Value],
    lives: &HashMap<u64, &Value>,
    ends: &HashMap<u64, f64>,
) -> HashMap<u64, Vec<Bar>> {
    let mut lanes = HashMap::<u64, Vec<Bar>>::new();
    for bar in of(events, "X") {
        let (from, length) = (time(bar), bar["dur"].as_f64().unwrap());
        let job = bar["args"]["job"].as_u64().unwrap();
        assert!(length >= 0.0 && from >= time(lives[&job]), "{context}: {bar}");
        assert!(from + length <= ends[&job] + ROUNDING, "{context}: {bar} after its end");
        lanes.entry(bar["tid"].as_u64().unwrap()).or_default().push((from, from + length, job));
    }
    assert!(lanes.keys().all(|&lane| lane < cores as u64), "{context}");
    for lane in lanes.values_mut() {
        lane.sort_by(|a, b| a.0.total_cmp(&b.0));
        for pair in lane.windows(2) {
            assert!(pair[0].1 <= pair[1].0 + ROUNDING, "{context}: {pair:?} overlap");
        }
    }
    lanes
}

/// Checks that each arrow leaves a slice of the parent and arrives at a slice of the job, and that every
/// started job has one.
#[track_caller]
fn check_arrows(
    context: &str,
    events: &[Value],
    lives: &HashMap<u64, &Value>,
    lanes: &HashMap<u64, Vec<Bar>>,
) {
    let heads = of(events, "f").map(|head| (job(head), head)).collect::<HashMap<_, _>>();
    let is_in_bar = |event: &Value, job: u64| {
        let at = time(event);
        let is_around = |bar: &Bar| bar.0 <= at + ROUNDING && at <= bar.1 + ROUNDING && bar.2 == job;
        lanes[&event["tid"].as_u64().unwrap()].iter().any(is_around)
    };
    let mut tails = 0;
    for tail in of(events, "s") {
        tails += 1;
        let (job, head) = (job(tail), heads[&job(tail)]);
        let parent = lives[&job]["args"]["parent"].as_u64().unwrap();
        assert!(time(tail) <= time(head), "{context}: {tail}");
        assert!(is_in_bar(tail, parent) && is_in_bar(head, job), "{context}: {tail}");
    }
    let begun = lives.iter().filter(|(job, life)| **job > 0 && life["args"]["fresh"].is_boolean());
    assert_eq!((tails, heads.len()), (heads.len(), begun.count()), "{context}");
}
