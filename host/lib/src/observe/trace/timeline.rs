//! The trace as a page that draws it. The page contains its style, its script and its data, so it can be
//! opened anywhere and sent to others. It may load nothing, and declares that to the browser.

use std::io::{self, BufWriter, Write};

use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};

use super::spans::{JobSpan, Timeline};
use crate::observe::event::End;

/// The page, with a name in double braces as a placeholder for each inserted part.
const PAGE: &str = include_str!("timeline/page.html");
const STYLE: &str = include_str!("timeline/style.css");
/// The scripts: the data model, the drawing, and the handling of mouse and keyboard.
const MODEL: &str = include_str!("timeline/model.js");
const DRAW: &str = include_str!("timeline/draw.js");
const INTERACTION: &str = include_str!("timeline/interaction.js");

pub(super) fn write(timeline: &Timeline, to: impl Write) -> io::Result<()> {
    let mut to = BufWriter::new(to);
    for (index, part) in PAGE.split("{{").enumerate() {
        let (name, text) = if index == 0 { ("", part) } else { part.split_once("}}").unwrap_or(("", part)) };
        match name {
            "style" => to.write_all(STYLE.as_bytes())?,
            "script" => {
                for script in [MODEL, DRAW, INTERACTION] {
                    to.write_all(script.as_bytes())?;
                }
            }
            "data" => serde_json::to_writer(Inert(&mut to), &Data::of(timeline))?,
            _ => {}
        }
        to.write_all(text.as_bytes())?;
    }
    to.flush()
}

/// The data that the script reads.
#[derive(Serialize)]
struct Data<'a> {
    app: &'a str,
    cores: usize,
    until: u64,
    note: Option<String>,
    names: Vec<&'a str>,
    /// The ways in which jobs end; the first one is success.
    ends: [&'static str; End::ALL.len()],
    jobs: Rows<'a>,
}

/// Each job as a list of numbers, of which there may be hundreds of thousands; `model.js` names them.
struct Rows<'a> {
    timeline: &'a Timeline,
    /// The index of each job's name.
    names: Vec<usize>,
}

impl<'a> Data<'a> {
    fn of(timeline: &'a Timeline) -> Self {
        let mut numbers = std::collections::HashMap::<&str, usize>::new();
        let (mut all, mut names) = (Vec::new(), Vec::new());
        for job in &timeline.jobs {
            let number = *numbers.entry(&job.name).or_insert_with(|| {
                all.push(&*job.name);
                all.len() - 1
            });
            names.push(number);
        }
        let Timeline { app, cores, until, .. } = timeline;
        let ends = End::ALL.map(End::name);
        let jobs = Rows { timeline, names };
        Self { app, cores: *cores, until: *until, note: timeline.note(), names: all, ends, jobs }
    }
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.names.len()))?;
        for (job, name) in self.timeline.jobs.iter().zip(&self.names) {
            rows.serialize_element(&row(self.timeline, job, *name))?;
        }
        rows.end()
    }
}

/// Returns the row of a job. Each time is in nanoseconds relative to the previous one, which keeps the
/// numbers short.
fn row(timeline: &Timeline, job: &JobSpan, name: usize) -> Vec<i64> {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let mut row = vec![
        number(job.job),
        number(job.parent),
        number(name as u64),
        i64::from(job.bytes),
        job.end.map_or(-1, |(_, end)| end as i64),
        number(job.submitted),
        number(timeline.end(job).saturating_sub(job.submitted)),
    ];
    let Some(begin) = job.began else { return row };
    row.extend([i64::from(begin.core), i64::from(begin.fresh)]);
    let mut before = job.submitted;
    for slice in timeline.slices(job) {
        row.push(number(slice.from.saturating_sub(before)));
        let length = number(slice.to.saturating_sub(slice.from));
        // Negative if the job yielded and waits only for its core.
        row.push(if slice.yielded { -length } else { length });
        before = slice.to;
    }
    row
}

/// Keeps JSON from being read as HTML by the page: a name that contains `</script>` would end the script. The
/// character occurs only within strings, where JSON allows this escape.
struct Inert<W>(W);

impl<W: Write> Write for Inert<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut pieces = bytes.split(|&byte| byte == b'<');
        if let Some(first) = pieces.next() {
            self.0.write_all(first)?;
        }
        for piece in pieces {
            self.0.write_all(b"\\u003c")?;
            self.0.write_all(piece)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
