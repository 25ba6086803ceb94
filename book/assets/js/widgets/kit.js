// What the widgets share: elements, a plane with axes, controls that work by pointer,
// touch and keyboard, and random numbers from a seed.
//
// A widget is a classic script (pages opened from a folder may not load modules) that
// adds an object to course.widgets, by its name:
//
//   course.widgets.neuron = { start(root, words, kit) { … }, …functions that tests call };
//
// start() fills root, an empty element. All words come from dlcourse/site/widgets.py, so
// that they are translated. Without scripts the reader sees a picture in its place: the
// widget as it looks when it has started (make widget-pictures).
"use strict";

globalThis.course = { widgets: {} };

course.kit = (() => {
  const make = (namespace) => (name, attributes = {}, ...children) => {
    const node = document.createElementNS(namespace, name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value !== false) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children);
    return node;
  };
  const svg = make("http://www.w3.org/2000/svg");
  const html = make("http://www.w3.org/1999/xhtml");

  // A number for the reader: a true minus sign, a fixed number of decimals.
  const show = (value, decimals = 2) =>
    (Object.is(Math.sign(+value.toFixed(decimals)), -1) ? "−" : "") +
    Math.abs(value).toFixed(decimals);

  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  // mulberry32: the same numbers in every browser.
  const random = (seed) => {
    let state = seed >>> 0;
    const uniform = () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
    const normal = () =>
      Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    return { uniform, normal };
  };

  // A picture of width × height units, which shrinks with the screen: 440 units make text
  // readable on a phone. label is its alternative text.
  const picture = (width, height, label) =>
    svg("svg", {
      viewBox: `0 0 ${width} ${height}`,
      class: "widget-picture",
      role: "group",
      "aria-label": label,
    });

  // Axes in the box { left, top, width, height } for x from x[0] to x[1] and y from y[0]
  // to y[1]. Returns px and py (to the picture), ux and uy (back), the group to draw
  // into, and line(points), which joins points [x, y] to a path's "d".
  const plane = (parent, box, x, y, options = {}) => {
    const { xticks = [], yticks = [], xlabel = "", ylabel = "", decimals = 0 } = options;
    const { left, top, width, height } = box;
    const px = (value) => left + ((value - x[0]) / (x[1] - x[0])) * width;
    const py = (value) => top + height - ((value - y[0]) / (y[1] - y[0])) * height;
    const ux = (pixel) => x[0] + ((pixel - left) / width) * (x[1] - x[0]);
    const uy = (pixel) => y[0] + ((top + height - pixel) / height) * (y[1] - y[0]);
    const frame = svg("g", { class: "widget-axes", "aria-hidden": "true" });
    const write = (text, a) => frame.append(svg("text", a, text));
    frame.append(svg("rect", { x: left, y: top, width, height }));
    for (const tick of xticks) {
      frame.append(svg("path", { d: `M${px(tick)} ${top}V${top + height}` }));
      write(show(tick, decimals), { x: px(tick), y: top + height + 17, class: "middle" });
    }
    for (const tick of yticks) {
      frame.append(svg("path", { d: `M${left} ${py(tick)}H${left + width}` }));
      write(show(tick, decimals), { x: left - 6, y: py(tick) + 4, class: "end" });
    }
    write(xlabel, { x: left + width / 2, y: top + height + 36, class: "middle" });
    write(ylabel, { x: left, y: top - 8 });
    const id = `clip-${Math.round(left)}-${Math.round(top)}-${plane.count++}`;
    const clip = svg("clipPath", { id }, svg("rect", { x: left, y: top, width, height }));
    const group = svg("g", { "clip-path": `url(#${id})` });
    parent.append(clip, frame, group);
    const line = (points) =>
      points.map(([a, b], i) => `${i ? "L" : "M"}${px(a).toFixed(1)} ${py(b).toFixed(1)}`).join("");
    return { px, py, ux, uy, group, line };
  };
  plane.count = 0;

  // The borders of { value < level } on a grid with so many columns, as closed loops of
  // [column, row], by marching squares. Around the grid the ground is high: no loop is
  // left open, and cells that wrap to the next row hold nothing.
  const loops = (values, columns, level) => {
    const [wide, rows] = [columns + 2, values.length / columns];
    const ground = new Float64Array(wide * (rows + 2)).fill(1e9);
    for (let j = 0; j < rows; j += 1) {
      ground.set(values.slice(j * columns, (j + 1) * columns), (j + 1) * wide + 1);
    }
    const next = new Map(); // from each edge of the grid that a border cuts to the next one
    for (let n = 0; n + wide + 1 < ground.length; n += 1) {
      const count = (ground[n] < level) + (ground[n + 1] < level) +
        (ground[n + wide] < level) + (ground[n + wide + 1] < level);
      if (count % 4 === 0) continue; // most cells: nothing to allocate
      const low = [n, n + 1, n + wide + 1, n + wide].map((node) => ground[node] < level);
      // An edge has its first node's number, doubled, plus one if it leads down.
      const edges = [2 * n, 2 * n + 3, 2 * (n + wide), 2 * n + 1];
      for (let i = 0; i < 4; i += 1) {
        if (!low[i] || low[(i + 1) % 4]) continue;
        let j = i + 1;
        while (!low[(j + 1) % 4]) j += 1;
        next.set(edges[i], edges[j % 4]);
      }
    }
    const place = (edge) => {
      const [n, down] = [edge >> 1, edge & 1];
      const part = (level - ground[n]) / (ground[n + (down ? wide : 1)] - ground[n]);
      const [i, j] = [(n % wide) - 1, Math.floor(n / wide) - 1];
      return down ? [i, j + part] : [i + part, j];
    };
    const found = [];
    for (const first of next.keys()) {
      const loop = [];
      for (let edge = first; next.has(edge); ) {
        loop.push(place(edge));
        const to = next.get(edge);
        next.delete(edge);
        edge = to;
      }
      found.push(loop);
    }
    return found;
  };

  // The same as the "d" of a path, on a grid whose node [0, 0] lies at [left, top].
  const region = (values, columns, level, { left, top, cell }) =>
    loops(values, columns, level)
      .map((loop) => loop.map(([i, j]) =>
        `${Math.round((left + i * cell) * 10) / 10} ${Math.round((top + j * cell) * 10) / 10}`))
      .map((nodes) => `M${nodes.join("L")}Z`)
      .join("");

  // A row of controls below the picture.
  const controls = (...children) => html("div", { class: "widget-controls" }, ...children);

  // A labelled slider. Returns { node, value, set(value) }; oninput gets the value.
  let controlCount = 0;
  const slider = (label, { min, max, step, value, decimals = 1, format, oninput }) => {
    const id = `widget-control-${controlCount++}`;
    const text = format ?? ((v) => show(v, decimals));
    const output = html("output", { for: id }, text(value));
    const input = html("input", { type: "range", id, min, max, step, value, autocomplete: "off" });
    const self = {
      node: html("div", { class: "widget-control" }, html("label", { for: id }, label), input, output),
      value,
      set(v) {
        self.value = v;
        input.value = v;
        output.textContent = text(v);
        input.setAttribute("aria-valuetext", text(v));
      },
    };
    input.addEventListener("input", () => {
      self.set(Number(input.value));
      oninput(self.value);
    });
    input.setAttribute("aria-valuetext", text(value));
    return self;
  };

  // A labelled choice between options, an object from value to words.
  const choice = (label, options, value, oninput) => {
    const id = `widget-control-${controlCount++}`;
    const select = html("select", { id, autocomplete: "off" });
    for (const [key, words] of Object.entries(options)) {
      select.append(html("option", { value: key, selected: key === value }, words));
    }
    select.addEventListener("change", () => oninput(select.value));
    return { node: html("div", { class: "widget-control" }, html("label", { for: id }, label), select), select };
  };

  const button = (label, onclick) => html("button", { type: "button", class: "widget-button", onclick }, label);

  // A sentence about the present state: read by screen readers when it changes.
  const status = () => html("p", { class: "widget-status", role: "status" });
  // What changes many times a second is to be seen only: not read out, and the page below
  // it stays where it is.
  const tell = (node, sentence, runs = false) => {
    node.setAttribute("aria-live", runs ? "off" : "polite");
    node.style.minHeight = runs ? `${Math.ceil(node.getBoundingClientRect().height)}px` : "";
    node.textContent = sentence;
  };

  // A grip to drag: a dot, in a circle that a finger meets. Moved by place(x, y).
  const grip = (colour) => {
    const node = svg(
      "g",
      {},
      svg("circle", { r: 26, class: "widget-reach" }),
      svg("circle", { r: 10, class: `${colour} widget-grip` }),
    );
    node.place = (x, y) => node.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    return node;
  };

  // Let a reader move a handle in a picture by pointer, finger or arrow keys.
  // onmove(dx, dy) gets the way in units of the picture; keys move by step units.
  const draggable = (handle, label, onmove, step = 6) => {
    handle.setAttribute("tabindex", "0");
    handle.setAttribute("role", "button");
    handle.setAttribute("aria-label", label);
    handle.classList.add("widget-handle");
    let last = null;
    const scale = () => {
      const picture = handle.ownerSVGElement;
      return picture.viewBox.baseVal.width / picture.getBoundingClientRect().width;
    };
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      last = [event.clientX, event.clientY];
      event.preventDefault();
      handle.focus();
    });
    handle.addEventListener("pointermove", (event) => {
      if (last === null) return;
      onmove((event.clientX - last[0]) * scale(), (event.clientY - last[1]) * scale());
      last = [event.clientX, event.clientY];
    });
    for (const end of ["pointerup", "pointercancel"]) {
      handle.addEventListener(end, () => (last = null));
    }
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    handle.addEventListener("keydown", (event) => {
      if (!(event.key in ways)) return;
      event.preventDefault();
      const far = event.shiftKey ? 4 : 1;
      onmove(...ways[event.key].map((way) => way * step * far));
    });
  };

  return {
    svg, html, show, clamp, random, picture, plane, loops, region, controls, slider, choice,
    button, status, tell, grip, draggable,
  };
})();

document.addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll(".widget-place")) {
    const root = document.createElement("div");
    root.className = "widget-stage";
    const words = JSON.parse(place.dataset.words);
    course.widgets[place.dataset.widget].start(root, words, course.kit);
    place.querySelector(".widget-still").replaceWith(root);
  }
});
