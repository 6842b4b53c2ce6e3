//! The trace in Chrome's JSON format, which Perfetto opens.
//!
//! A slice of time on a core is a complete event (`X`) on the lane of that core. The lifetime of a job is a
//! nestable asynchronous event (`b`, `e`) in a separate group, because jobs overlap. A flow (`s`, `f`)
//! connects where a job was started to where it began.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use super::spans::{Begin, JobSpan, Timeline};

/// The group with the lanes of the cores, and the group with the jobs.
const CORES: u8 = 1;
const JOBS: u8 = 2;

/// One entry of the list of events.
#[derive(Serialize)]
struct Entry<'a, A> {
    ph: &'static str,
    cat: &'static str,
    name: &'a str,
    pid: u8,
    tid: u16,
    /// In microseconds, as the format requires.
    ts: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    /// Makes an arrow end at the enclosing bar instead of the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    bp: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<A>,
}

/// The arguments of a job's entry.
#[derive(Serialize, Clone, Copy)]
struct About<'a> {
    job: u64,
    parent: u64,
    depth: u32,
    bytes: u32,
    queued_us: Option<f64>,
    fresh: Option<bool>,
    end: &'a str,
}

/// The name of a group or a lane.
#[derive(Serialize)]
struct Name<'a> {
    name: &'a str,
}

/// The arguments of an entry that has none.
const NOTHING: Option<()> = None;

/// The metadata of the whole trace.
#[derive(Serialize)]
struct Other<'a> {
    app: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<String>,
}

pub(super) fn write(timeline: &Timeline, to: impl Write) -> io::Result<()> {
    let mut list = List { to: BufWriter::new(to), is_empty: true };
    list.to.write_all(b"{\"displayTimeUnit\":\"ms\",\"otherData\":")?;
    serde_json::to_writer(&mut list.to, &Other { app: &timeline.app, left_out: timeline.note() })?;
    list.to.write_all(b",\"traceEvents\":[")?;
    list.label("process_name", CORES, 0, &timeline.app)?;
    list.label("process_name", JOBS, 0, "jobs, from start to end")?;
    for core in 0..u16::try_from(timeline.cores).unwrap_or(u16::MAX) {
        list.label("thread_name", CORES, core, &format!("core {core}"))?;
    }
    for job in &timeline.jobs {
        list.job(timeline, job)?;
    }
    list.to.write_all(b"\n]}\n")?;
    list.to.flush()
}

/// The list of entries that have been written.
struct List<W: Write> {
    to: BufWriter<W>,
    is_empty: bool,
}

impl<W: Write> List<W> {
    fn add<A: Serialize>(&mut self, entry: &Entry<'_, A>) -> io::Result<()> {
        self.to.write_all(if self.is_empty { b"\n" } else { b",\n" })?;
        self.is_empty = false;
        serde_json::to_writer(&mut self.to, entry).map_err(io::Error::from)
    }

    /// Names a group or a lane.
    fn label(&mut self, what: &str, pid: u8, tid: u16, name: &str) -> io::Result<()> {
        let args = Some(Name { name });
        let (cat, ts) = ("__metadata", 0.0);
        self.add(&Entry { ph: "M", cat, name: what, pid, tid, ts, dur: None, id: None, bp: None, args })
    }

    fn job(&mut self, timeline: &Timeline, job: &JobSpan) -> io::Result<()> {
        let about = Some(About {
            job: job.job,
            parent: job.parent,
            depth: job.depth,
            bytes: job.bytes,
            queued_us: job.began.map(|begin| microseconds(begin.at.saturating_sub(job.submitted))),
            fresh: job.began.map(|begin| begin.fresh),
            end: job.end.map_or("not known", |(_, end)| end.name()),
        });
        let end = timeline.end(job);
        self.part(job, "b", &job.name, job.submitted, about)?;
        self.span(job, "queued", job.submitted, job.began.map_or(end, |begin| begin.at))?;
        for pair in timeline.slices(job).windows(2) {
            let name = if pair[0].yielded { "yielded" } else { "waits" };
            self.span(job, name, pair[0].to, pair[1].from)?;
        }
        if let Some(at) = job.stopping {
            self.part(job, "n", "stopping", at, NOTHING)?;
        }
        self.part(job, "e", &job.name, end, NOTHING)?;
        let Some(begin) = job.began else { return Ok(()) };
        for slice in timeline.slices(job) {
            self.add(&Entry {
                ph: "X",
                cat: "job",
                name: &job.name,
                pid: CORES,
                tid: begin.core,
                ts: microseconds(slice.from),
                dur: Some(microseconds(slice.to.saturating_sub(slice.from))),
                id: None,
                bp: None,
                args: about,
            })?;
        }
        self.arrow(timeline, job, begin)
    }

    /// Adds an arrow from where the job was started to where it began.
    fn arrow(&mut self, timeline: &Timeline, job: &JobSpan, begin: Begin) -> io::Result<()> {
        // Main is not started by a job of the run.
        let parent = if job.job == job.parent { None } else { timeline.get(job.parent) };
        let Some(from) = parent.and_then(|parent| parent.began) else { return Ok(()) };
        let end = |ph, tid, at, bp| Entry {
            ph,
            cat: "start",
            name: "start",
            pid: CORES,
            tid,
            ts: microseconds(at),
            dur: None,
            id: Some(job.job),
            bp,
            args: NOTHING,
        };
        self.add(&end("s", from.core, job.submitted, None))?;
        self.add(&end("f", begin.core, begin.at, Some("e")))
    }

    /// Adds a time span within a job.
    fn span(&mut self, job: &JobSpan, name: &str, from: u64, to: u64) -> io::Result<()> {
        self.part(job, "b", name, from, NOTHING)?;
        self.part(job, "e", name, to, NOTHING)
    }

    /// Adds the beginning or the end of a span within a job.
    fn part<A: Serialize>(
        &mut self,
        job: &JobSpan,
        ph: &'static str,
        name: &str,
        at: u64,
        args: Option<A>,
    ) -> io::Result<()> {
        let (id, ts) = (Some(job.job), microseconds(at));
        self.add(&Entry { ph, cat: "job", name, pid: JOBS, tid: 0, ts, dur: None, id, bp: None, args })
    }
}

/// Exact to the nanosecond: an `f64` has a significand of 53 bits.
fn microseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e3
}
