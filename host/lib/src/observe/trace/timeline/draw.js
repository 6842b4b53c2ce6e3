
// The drawing: an axis, a lane for each core, and the number of jobs without a core over time.

const canvas = document.getElementById("timeline");
const context = canvas.getContext("2d");

const GUTTER = 92;
const AXIS = 24;
const STRIP = 54;
const LANE = Math.max(7, Math.min(30, Math.floor(720 / data.cores)));
const HEIGHT = AXIS + LANE * data.cores + 2 * (STRIP + 8) + 6;
const END = Math.max(1, data.until);

// The visible range, and the selection: a job, all jobs of a name, or none.
const view = { from: 0, to: END };
const picked = { job: null, name: null };
let width = 800;
let colours = {};

const scale = () => (width - GUTTER) / (view.to - view.from);
const xOf = (time) => GUTTER + (time - view.from) * scale();
const timeOf = (x) => view.from + (x - GUTTER) / scale();
const laneTop = (core) => AXIS + core * LANE;
const stripTop = (index) => AXIS + LANE * data.cores + 8 + index * (STRIP + 8);

function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["ground", "text", "faint", "line", "lane", "failed", "queued", "suspended", "pick"]) {
    colours[name] = style.getPropertyValue(`--${name}`).trim();
  }
}

// Returns whether this job is drawn faint because of the selection.
function isFaint(job) {
  if (picked.name !== null) return job.name !== picked.name;
  return picked.job !== null && job !== picked.job && job.parent !== picked.job.number && job.number !== picked.job.parent;
}

function drawAxis() {
  const least = 90 / scale();
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= least);
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.textAlign = "left";
  for (let time = Math.ceil(view.from / step) * step; time <= view.to; time += step) {
    const x = Math.round(xOf(time)) + 0.5;
    context.fillStyle = colours.line;
    context.fillRect(x, AXIS - 6, 1, HEIGHT - AXIS + 6);
    context.fillStyle = colours.faint;
    // Adjacent labels have to differ visibly.
    const unit = [[1e9, "s"], [1e6, "ms"], [1e3, "us"], [1, "ns"]].find(([n]) => step >= n || (n < 1e9 && view.to >= 10 * n)) ?? [1, "ns"];
    const digits = Math.max(0, Math.ceil(Math.log10(unit[0] / step) - 1e-9));
    context.fillText(`${(time / unit[0]).toFixed(Math.min(digits, 9))} ${unit[1]}`, x + 4, AXIS / 2);
  }
}

// Slices narrower than a pixel are merged with their neighbours into one column, in the colour of the longest
// slice, and paler if less of the column is covered.
function drawLane(lane, core) {
  const top = laneTop(core);
  const height = LANE - (LANE > 10 ? 3 : 1);
  context.fillStyle = colours.lane;
  context.fillRect(GUTTER, top, width - GUTTER, height);
  const { slices, longest } = lane;
  const column = { x: -1, covered: 0, widest: 0, job: null, failed: false, faint: true };
  const flush = () => {
    if (column.x < 0) return;
    context.globalAlpha = (column.faint ? 0.2 : 1) * Math.max(0.3, Math.min(1, column.covered));
    context.fillStyle = colourOf(column.job.name);
    context.fillRect(column.x, top, 1, height);
    if (column.failed) drawFailed(column.x, 1, top, height);
    column.x = -1;
  };
  for (let i = lowerBound(slices.length, (i) => slices[i].from, view.from - longest); i < slices.length; i++) {
    const { job, from, to } = slices[i];
    if (from > view.to) break;
    if (to < view.from) continue;
    const left = Math.max(GUTTER, xOf(from));
    const right = Math.min(width, xOf(to));
    if (right - left >= 1) {
      flush();
      drawBar(job, left, right - left, top, height);
      continue;
    }
    const x = Math.floor(left);
    if (x !== column.x) {
      flush();
      Object.assign(column, { x, covered: 0, widest: 0, job, failed: false, faint: true });
    }
    column.covered += right - left;
    column.failed ||= job.end > 0;
    column.faint &&= isFaint(job);
    if (right - left > column.widest) Object.assign(column, { widest: right - left, job });
  }
  flush();
  context.globalAlpha = 1;
}

function drawFailed(x, length, top, height) {
  context.fillStyle = colours.failed;
  context.fillRect(x, top + height - Math.min(3, height / 2), length, Math.min(3, height / 2));
}

function drawBar(job, x, length, top, height) {
  context.globalAlpha = isFaint(job) ? 0.2 : 1;
  context.fillStyle = colourOf(job.name);
  // A gap separates adjacent bars if there is room.
  context.fillRect(x, top, length > 3 ? length - 1 : length, height);
  if (job.end > 0) drawFailed(x, length, top, height);
  const letters = Math.floor((length - 8) / 6.4);
  if (letters < 3 || height < 14) return;
  const name = nameOf(job);
  // The end of a path is more informative than its beginning.
  const short = name.length > letters ? name.slice(name.lastIndexOf("::") + (name.includes("::") ? 2 : 1)) : name;
  context.fillStyle = "#ffffff";
  context.fillText(short.length > letters ? `${short.slice(0, letters - 1)}…` : short, x + 4, top + height / 2 + 0.5);
}

function drawStrip(index, label, steps, colour) {
  const top = stripTop(index);
  context.fillStyle = colours.lane;
  context.fillRect(GUTTER, top, width - GUTTER, STRIP);
  context.fillStyle = colour;
  const { at, count: counts, most } = steps;
  let i = lowerBound(at.length, (i) => at[i], view.from);
  let now = i > 0 ? counts[i - 1] : 0;
  for (let x = GUTTER; x < width; x++) {
    const end = timeOf(x + 1);
    let peak = now;
    for (; i < at.length && at[i] < end; i++) {
      now = counts[i];
      peak = Math.max(peak, now);
    }
    const height = peak && Math.max(1, (peak / most) * (STRIP - 4));
    context.fillRect(x, top + STRIP - height, 1, height);
  }
  drawLabel(label, top + 12);
  drawLabel(`at most ${most}`, top + 28);
}

function drawLabel(text, y) {
  context.fillStyle = colours.faint;
  context.textAlign = "right";
  context.fillText(text, GUTTER - 8, y);
  context.textAlign = "left";
}

// Draws the whole lifetime of the selected job, its parent, and its children.
function drawPicked(job) {
  const row = (other) => laneTop(Math.max(0, other.core)) + LANE / 2;
  const line = (x0, y0, x1, y1, colour, dashes) => {
    context.strokeStyle = colour;
    context.setLineDash(dashes);
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.stroke();
    context.setLineDash([]);
  };
  context.lineWidth = 2;
  line(xOf(job.from), row(job), xOf(begin(job)), row(job), colours.queued, []);
  job.slices.forEach((slice, i) => {
    const next = job.slices[i + 1];
    const [left, right] = [xOf(slice.from), xOf(slice.to)];
    line(right, row(job), xOf(next ? next.from : job.to), row(job), colours.pick, slice.yielded ? [4, 3] : []);
    context.strokeStyle = colours.pick;
    context.strokeRect(left, laneTop(job.core) + 1, Math.max(1, right - left - 1), LANE - 5);
  });
  context.lineWidth = 1;
  const arrow = (parent, child) => {
    const [x, y] = [xOf(begin(child)), row(child)];
    line(xOf(child.from), row(parent), x, y, colours.pick, []);
    context.fillStyle = colours.pick;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x - 7, y - 4);
    context.lineTo(x - 7, y + 4);
    context.fill();
  };
  const parent = byNumber.get(job.parent);
  if (parent && parent !== job) arrow(parent, job);
  const inView = (child) => child.from < view.to && begin(child) > view.from;
  picked.children.filter(inView).slice(0, 1000).forEach((child) => arrow(job, child));
}

function draw() {
  context.clearRect(0, 0, width, HEIGHT);
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, width, HEIGHT);
  drawAxis();
  lanes.forEach(drawLane);
  context.globalAlpha = 1;
  const everyOther = Math.ceil(14 / LANE);
  lanes.forEach((_, core) => core % everyOther === 0 && drawLabel(`core ${core}`, laneTop(core) + LANE / 2));
  drawStrip(0, "queued", queued, colours.queued);
  drawStrip(1, "suspended", suspended, colours.suspended);
  if (picked.job) {
    context.save();
    context.beginPath();
    context.rect(GUTTER, 0, width - GUTTER, HEIGHT);
    context.clip();
    drawPicked(picked.job);
    context.restore();
  }
}

let isAsked = false;
function redraw() {
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(() => {
    isAsked = false;
    draw();
  });
}

// Matches the canvas to the pixels of the screen.
function resize() {
  width = Math.max(320, canvas.clientWidth);
  const ratio = globalThis.devicePixelRatio || 1;
  canvas.style.height = `${HEIGHT}px`;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(HEIGHT * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  readColours();
  redraw();
}
