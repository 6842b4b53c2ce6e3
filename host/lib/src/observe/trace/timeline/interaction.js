
// Interaction: moving, zooming, pointing and selecting, by mouse and keyboard.

const byId = (id) => document.getElementById(id);
// Names come from the app: they are inserted as text, never as markup.
function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function look(from, to) {
  // Limits the view to the resolution of the clock and the length of the run.
  const length = Math.min(END, Math.max(100, to - from));
  view.from = Math.max(0, Math.min(from, END - length));
  view.to = view.from + length;
  redraw();
}

function zoom(factor, time = (view.from + view.to) / 2) {
  look(time - (time - view.from) * factor, time + (view.to - time) * factor);
}

const move = (part) => look(view.from + part * (view.to - view.from), view.to + part * (view.to - view.from));

// Returns the job at a point of the canvas, or near it if the job is too small to hit.
function jobAt(x, y) {
  const lane = lanes[Math.floor((y - AXIS) / LANE)];
  if (!lane || x < GUTTER) return null;
  const time = timeOf(x);
  const slack = 3 / scale();
  const { slices, longest } = lane;
  let near = null;
  for (let i = lowerBound(slices.length, (i) => slices[i].from, time + slack) - 1; i >= 0; i--) {
    const { job, from, to } = slices[i];
    if (from < time - slack - longest) break;
    if (from <= time && time <= to) return job;
    if (near === null && to >= time - slack) near = job;
  }
  return near;
}

function tell(job) {
  const section = byId("job");
  const name = element("b", nameOf(job));
  section.replaceChildren(name, ...about(job).flatMap((line) => [element("br", ""), document.createTextNode(line)]));
}

function pick({ job = null, name = null }) {
  Object.assign(picked, { job, name });
  picked.children = job ? jobs.filter((other) => other.parent === job.number && other !== job) : [];
  if (job) tell(job);
  else byId("job").textContent = name === null ? "No job is picked." : `All jobs called ${data.names[name]} are picked.`;
  for (const button of byId("names").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(name !== null && button.dataset.name === String(name)));
  }
  redraw();
}

// Selects the next or previous job in the order in which they began, and scrolls to it.
const inOrder = jobs.filter((job) => job.slices.length).sort((a, b) => begin(a) - begin(b));
function step(by) {
  if (!inOrder.length) return;
  const isNext = picked.job && inOrder.indexOf(picked.job);
  const index = picked.job ? isNext + by : lowerBound(inOrder.length, (i) => begin(inOrder[i]), view.from);
  const job = inOrder[Math.max(0, Math.min(inOrder.length - 1, index))];
  const length = view.to - view.from;
  if (begin(job) < view.from || begin(job) > view.to) look(begin(job) - length / 2, begin(job) + length / 2);
  pick({ job });
}

const KEYS = {
  "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), "0": () => look(0, END),
  ArrowLeft: () => move(-0.2), ArrowRight: () => move(0.2), ArrowUp: () => zoom(0.5), ArrowDown: () => zoom(2),
  Home: () => look(0, view.to - view.from), End: () => look(END - (view.to - view.from), END),
  n: () => step(1), p: () => step(-1), Escape: () => pick({}),
};
canvas.addEventListener("keydown", (event) => {
  const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) move((event.deltaX || event.deltaY) / 1000);
  else zoom(Math.exp(Math.max(-200, Math.min(200, event.deltaY)) / 300), timeOf(event.offsetX));
}, { passive: false });

let drag = null;
canvas.addEventListener("pointerdown", (event) => {
  drag = { x: event.offsetX, from: view.from, to: view.to, moved: false };
  canvas.setPointerCapture(event.pointerId);
});
canvas.addEventListener("pointermove", (event) => {
  if (drag) {
    drag.moved ||= Math.abs(event.offsetX - drag.x) > 3;
    const by = (drag.x - event.offsetX) / scale();
    if (drag.moved) look(drag.from + by, drag.to + by);
    return;
  }
  const job = jobAt(event.offsetX, event.offsetY);
  const hint = byId("hint");
  hint.hidden = !job;
  if (!job) return;
  hint.textContent = [nameOf(job), ...about(job)].join("\n");
  hint.style.left = `${Math.min(event.clientX + 14, Math.max(0, innerWidth - 340))}px`;
  hint.style.top = `${event.clientY + 18}px`;
});
canvas.addEventListener("pointerup", (event) => {
  if (drag && !drag.moved) pick({ job: jobAt(event.offsetX, event.offsetY) });
  drag = null;
});
canvas.addEventListener("pointercancel", () => { drag = null; });
canvas.addEventListener("pointerleave", () => { byId("hint").hidden = true; });

byId("in").addEventListener("click", () => zoom(0.5));
byId("out").addEventListener("click", () => zoom(2));
byId("all").addEventListener("click", () => look(0, END));
addEventListener("resize", resize);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", resize);

// A longer table would make the page slow; the names at the top took the most time.
const MOST_NAMES = 200;

function fillTable() {
  const sorted = [...names].sort((a, b) => b.busy - a.busy || a.index - b.index);
  const body = byId("names").querySelector("tbody");
  for (const entry of sorted.slice(0, MOST_NAMES)) {
    const row = element("tr", "");
    const button = element("button", entry.name);
    button.dataset.name = String(entry.index);
    button.style.setProperty("--own", colourOf(entry.index));
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => pick({ name: picked.name === entry.index ? null : entry.index }));
    const name = element("td", "");
    name.append(button);
    const cells = [entry.jobs, duration(entry.busy), duration(entry.longest), duration(entry.queued / entry.jobs), entry.bytes, entry.failed];
    row.append(name, ...cells.map((cell) => element("td", typeof cell === "number" ? cell.toLocaleString("en") : cell)));
    body.append(row);
  }
  const left = sorted.length - MOST_NAMES;
  byId("more").hidden = left <= 0;
  byId("more").textContent = `and ${count(left, "name")} more, which took less`;
}

function fillHead() {
  document.title = `Timeline of ${data.app}`;
  byId("app").textContent = data.app;
  const busy = lanes.map((lane) => lane.slices.reduce((sum, { from, to }) => sum + to - from, 0));
  const part = (100 * busy.reduce((sum, time) => sum + time, 0)) / (END * data.cores);
  byId("summary").textContent = `${count(jobs.length, "job")} with main, on ${count(data.cores, "core")}, which were busy for ${part.toFixed(0)} % of ${duration(END)}`;
  byId("note").hidden = !data.note;
  byId("note").textContent = data.note ?? "";
}

fillHead();
fillTable();
resize();
