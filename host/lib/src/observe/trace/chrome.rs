//! The trace as Chrome's JSON, which Perfetto opens.
//!
//! A time on a core is a complete event (`X`) on the lane of that core. The life of a job is a nestable
//! asynchronous one (`b`, `e`) in a group of its own, since lives overlap as they like. From where a job was
//! started to where it began goes a flow (`s`, `f`).

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use super::lives::{Begin, Life, Lives};

/// The group with the lanes of the cores, and that with the lives of the jobs.
const CORES: u8 = 1;
const JOBS: u8 = 2;

/// One entry of the list.
#[derive(Serialize)]
struct Entry<'a, A> {
    ph: &'static str,
    cat: &'static str,
    name: &'a str,
    pid: u8,
    tid: u16,
    /// In microseconds, as is usual there.
    ts: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    /// That an arrow ends at the bar around it, and not at the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    bp: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<A>,
}

/// What is said of a job.
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

/// What is said of a group or a lane.
#[derive(Serialize)]
struct Name<'a> {
    name: &'a str,
}

/// There is nothing to say.
const NOTHING: Option<()> = None;

/// What is said of the whole.
#[derive(Serialize)]
struct Other<'a> {
    app: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<String>,
}

pub(super) fn write(lives: &Lives, to: impl Write) -> io::Result<()> {
    let mut list = List { to: BufWriter::new(to), is_empty: true };
    list.to.write_all(b"{\"displayTimeUnit\":\"ms\",\"otherData\":")?;
    serde_json::to_writer(&mut list.to, &Other { app: &lives.app, left_out: lives.note() })?;
    list.to.write_all(b",\"traceEvents\":[")?;
    list.label("process_name", CORES, 0, &lives.app)?;
    list.label("process_name", JOBS, 0, "jobs, from start to end")?;
    for core in 0..u16::try_from(lives.cores).unwrap_or(u16::MAX) {
        list.label("thread_name", CORES, core, &format!("core {core}"))?;
    }
    for life in &lives.jobs {
        list.life(lives, life)?;
    }
    list.to.write_all(b"\n]}\n")?;
    list.to.flush()
}

/// The list of entries, as it is written.
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

    fn life(&mut self, lives: &Lives, life: &Life) -> io::Result<()> {
        let about = Some(About {
            job: life.job,
            parent: life.parent,
            depth: life.depth,
            bytes: life.bytes,
            queued_us: life.began.map(|begin| microseconds(begin.at.saturating_sub(life.submitted))),
            fresh: life.began.map(|begin| begin.fresh),
            end: life.end.map_or("not known", |(_, end)| end.name()),
        });
        let end = lives.end(life);
        self.part(life, "b", &life.name, life.submitted, about)?;
        self.span(life, "queued", life.submitted, life.began.map_or(end, |begin| begin.at))?;
        for pair in lives.stretches(life).windows(2) {
            let name = if pair[0].gave_way { "gave way" } else { "waits" };
            self.span(life, name, pair[0].to, pair[1].from)?;
        }
        if let Some(at) = life.stopping {
            self.part(life, "n", "stopping", at, NOTHING)?;
        }
        self.part(life, "e", &life.name, end, NOTHING)?;
        let Some(begin) = life.began else { return Ok(()) };
        for stretch in lives.stretches(life) {
            self.add(&Entry {
                ph: "X",
                cat: "job",
                name: &life.name,
                pid: CORES,
                tid: begin.core,
                ts: microseconds(stretch.from),
                dur: Some(microseconds(stretch.to.saturating_sub(stretch.from))),
                id: None,
                bp: None,
                args: about,
            })?;
        }
        self.arrow(lives, life, begin)
    }

    /// From where the job was started to where it began.
    fn arrow(&mut self, lives: &Lives, life: &Life, begin: Begin) -> io::Result<()> {
        // Nobody in the run starts main.
        let parent = if life.job == life.parent { None } else { lives.get(life.parent) };
        let Some(from) = parent.and_then(|parent| parent.began) else { return Ok(()) };
        let end = |ph, tid, at, bp| Entry {
            ph,
            cat: "start",
            name: "start",
            pid: CORES,
            tid,
            ts: microseconds(at),
            dur: None,
            id: Some(life.job),
            bp,
            args: NOTHING,
        };
        self.add(&end("s", from.core, life.submitted, None))?;
        self.add(&end("f", begin.core, begin.at, Some("e")))
    }

    /// A time within the life of a job.
    fn span(&mut self, life: &Life, name: &str, from: u64, to: u64) -> io::Result<()> {
        self.part(life, "b", name, from, NOTHING)?;
        self.part(life, "e", name, to, NOTHING)
    }

    /// Where something within the life of a job begins or ends.
    fn part<A: Serialize>(
        &mut self,
        life: &Life,
        ph: &'static str,
        name: &str,
        at: u64,
        args: Option<A>,
    ) -> io::Result<()> {
        let (id, ts) = (Some(life.job), microseconds(at));
        self.add(&Entry { ph, cat: "job", name, pid: JOBS, tid: 0, ts, dur: None, id, bp: None, args })
    }
}

/// To the nanosecond: such a number has 53 bits.
fn microseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e3
}
