// The data model of the page. Times are in nanoseconds since the run began.

const data = JSON.parse(document.getElementById("data").textContent);

// A row is: number, parent, name, bytes, end, start time, and time until the end. For a job that began, these
// follow: core, whether a new instance was created for it, and then, alternately, how long it had no core and
// how long it had one, the latter negative if it yielded.
const jobs = data.jobs.map((row) => {
  const [number, parent, name, bytes, end, from, length, core = -1, fresh = 0] = row;
  const job = { number, parent, name, bytes, end, from, to: from + length, core, fresh: fresh === 1, slices: [], busy: 0, children: 0 };
  let at = from;
  for (let i = 9; i + 1 < row.length; i += 2) {
    const begin = at + row[i];
    at = begin + Math.abs(row[i + 1]);
    job.slices.push({ job, from: begin, to: at, yielded: row[i + 1] < 0 });
    job.busy += at - begin;
  }
  return job;
});

const byNumber = new Map(jobs.map((job) => [job.number, job]));
for (const job of jobs) {
  if (job.number !== job.parent && byNumber.has(job.parent)) byNumber.get(job.parent).children += 1;
}

// The slices of each core in order. `longest` is the length of the longest one, so that a search knows how
// far to go back.
const lanes = Array.from({ length: data.cores }, () => ({ slices: [], longest: 0 }));
for (const job of jobs) {
  const lane = lanes[job.core];
  for (const slice of lane ? job.slices : []) {
    lane.slices.push(slice);
    lane.longest = Math.max(lane.longest, slice.to - slice.from);
  }
}
for (const lane of lanes) lane.slices.sort((a, b) => a.from - b.from);

// A count over time: the times at which it changes, and its value from each of them on.
function counted(changes) {
  changes.sort((a, b) => a[0] - b[0]);
  const steps = { at: [], count: [], most: 0 };
  let count = 0;
  for (const [at, change] of changes) {
    count += change;
    const last = steps.at.length - 1;
    if (steps.at[last] === at) steps.count[last] = count;
    else { steps.at.push(at); steps.count.push(count); }
  }
  for (const n of steps.count) steps.most = Math.max(steps.most, n);
  return steps;
}

const begin = (job) => (job.slices.length ? job.slices[0].from : job.to);
const queued = counted(jobs.flatMap((job) => [[job.from, 1], [begin(job), -1]]));
const suspended = counted(jobs.flatMap((job) => job.slices.flatMap((slice, i) => {
  const next = job.slices[i + 1];
  const to = next ? next.from : job.to;
  return to > slice.to ? [[slice.to, 1], [to, -1]] : [];
})));

// Returns the index of the first element that is not below `value`.
function lowerBound(length, at, value) {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(middle) < value) low = middle + 1; else high = middle;
  }
  return low;
}

function duration(ns) {
  if (ns < 1e3) return `${ns.toFixed(0)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toPrecision(3)} us`;
  if (ns < 1e9) return `${(ns / 1e6).toPrecision(3)} ms`;
  return `${(ns / 1e9).toPrecision(4)} s`;
}

const count = (n, what) => `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;
const nameOf = (job) => data.names[job.name];
const endOf = (job) => (job.end < 0 ? "goes on" : data.ends[job.end]);

// Returns the description of a job, line by line.
function about(job) {
  const lines = [
    `job ${job.number}: ${endOf(job)}`,
    job.slices.length ? `on core ${job.core} for ${duration(job.busy)}, in ${count(job.slices.length, "slice")}` : "it never began",
    `queued ${duration(begin(job) - job.from)}, there for ${duration(job.to - job.from)}, started at ${duration(job.from)}`,
    `${count(job.bytes, "byte")}${job.fresh ? ", a fresh instance" : ""}`,
  ];
  if (job.number !== job.parent) {
    const parent = byNumber.get(job.parent);
    lines.push(`parent: ${parent ? nameOf(parent) : "not kept"}, job ${job.parent}`);
  }
  if (job.children) lines.push(`started ${count(job.children, "job")}`);
  return lines;
}

// The number of jobs of each name, and their costs.
const names = data.names.map((name, index) => ({ name, index, jobs: 0, busy: 0, longest: 0, queued: 0, bytes: 0, failed: 0 }));
for (const job of jobs) {
  const entry = names[job.name];
  entry.jobs += 1;
  entry.busy += job.busy;
  entry.longest = Math.max(entry.longest, job.busy);
  entry.queued += begin(job) - job.from;
  entry.bytes += job.bytes;
  entry.failed += job.end > 0 ? 1 : 0;
}

const HUES = ["#4c8dd6", "#3fa66b", "#a879d6", "#d6804c", "#35a3a8", "#c76b98", "#8c9a3e", "#6f7fd8", "#b58a5a", "#5fa04e"];
const colourOf = (name) => HUES[name % HUES.length];
