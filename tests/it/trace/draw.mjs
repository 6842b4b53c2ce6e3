// Runs the script of a timeline with a document that is none, and prints what it draws and says.
//
//     $ node draw.mjs page.html

import { readFileSync } from "node:fs";

const page = readFileSync(process.argv[2], "utf8");
const [, data] = page.match(/<script type="application\/json" id="data">(.*?)<\/script>/s);
const [, script] = page.match(/<script>(.*?)<\/script>/s);

let rectangles = 0;
const context = new Proxy({}, {
  get: (set, name) => set[name] ?? (() => { if (name === "fillRect") rectangles += 1; }),
  set: (set, name, value) => { set[name] = value; return true; },
});

class Element {
  listeners = {};
  children = [];
  dataset = {};
  style = { setProperty() {} };
  textContent = "";
  hidden = false;
  clientWidth = 1200;
  getContext() { return context; }
  addEventListener(name, listener) { this.listeners[name] = listener; }
  setAttribute() {}
  setPointerCapture() {}
  querySelector() { return this; }
  querySelectorAll() { return []; }
  append(...children) { this.children.push(...children); }
  replaceChildren(...children) { this.children = children; }
  get text() { return this.textContent + this.children.map((child) => child.text).join("\n"); }
}

const elements = { data: Object.assign(new Element(), { textContent: data }) };
const frames = [];
Object.assign(globalThis, {
  document: {
    documentElement: new Element(),
    getElementById: (id) => (elements[id] ??= new Element()),
    createElement: () => new Element(),
    createTextNode: (textContent) => Object.assign(new Element(), { textContent }),
  },
  getComputedStyle: () => ({ getPropertyValue: () => "black" }),
  matchMedia: () => new Element(),
  addEventListener() {},
  requestAnimationFrame: (frame) => frames.push(frame),
  innerWidth: 1280,
});
const drawn = () => { while (frames.length) frames.shift()(); };

(0, eval)(`"use strict"; { ${script} }`);
drawn();
console.log(elements.summary.textContent);
console.log(`rectangles ${rectangles}`);
const press = (key) => elements.timeline.listeners.keydown({ key, preventDefault() {} });
press("n");
drawn();
console.log(`picked ${elements.job.text}`);
["+", "ArrowRight", "p", "0", "Escape"].forEach(press);
elements.timeline.listeners.wheel({ deltaX: 0, deltaY: -100, offsetX: 600, preventDefault() {} });
elements.timeline.listeners.pointermove({ offsetX: 300, offsetY: 40, clientX: 300, clientY: 40 });
drawn();
