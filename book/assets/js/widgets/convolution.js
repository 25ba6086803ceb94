// A kernel that slides over a digit: the window, the products, their sum, and the map.
"use strict";

(() => {
  // The first test digit of the course, its ink rounded to quarters: 0 is paper, 4 is ink.
  const IMAGE = [
    "00043000", "00142200", "00441300", "02400310",
    "01300310", "00400400", "00222400", "00034200",
  ].map((row) => [...row].map(Number));
  const KERNELS = {
    right: [-1, 0, 1, -2, 0, 2, -1, 0, 1],
    down: [-1, -2, -1, 0, 0, 0, 1, 2, 1],
    blur: [1, 1, 1, 1, 1, 1, 1, 1, 1],
    sharpen: [0, -1, 0, -1, 5, -1, 0, -1, 0],
  };
  const START = { kind: "right", kernel: KERNELS.right, stride: 1, padding: 0, row: 1, column: 0 };

  const outputSize = (m, k, padding, stride) => Math.floor((m + 2 * padding - k) / stride) + 1;

  // The nine pixels under the window of output (row, column); zeros outside the image.
  const windowAt = (image, row, column, stride, padding) =>
    Array.from({ length: 9 }, (_, at) => {
      const i = row * stride - padding + Math.floor(at / 3);
      const j = column * stride - padding + (at % 3);
      return image[i]?.[j] ?? 0;
    });

  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

  const convolve = (image, kernel, stride, padding) => {
    const [rows, columns] = [image.length, image[0].length].map(
      (m) => outputSize(m, 3, padding, stride));
    return Array.from({ length: rows }, (_, i) =>
      Array.from({ length: columns }, (_, j) =>
        dot(windowAt(image, i, j, stride, padding), kernel)));
  };

  const PIXEL = 20;
  const IMAGE_AT = [24, 60]; // the corner of the image, inside its padding
  const MAP_MIDDLE = [324, 140];
  const PANEL = 34; // a cell of the three grids below, which begin at:
  const LEFTS = [6, 136, 266];
  const TOP = 294;

  const start = (root, words, kit) => {
    const { svg, html, picture, controls, choice, button, status, tell, draggable, clamp,
      show } = kit;
    const state = { ...START, until: Infinity, timer: null };
    const view = picture(440, 404, words.picture);
    const number = (value) => show(value, 0);
    const text = (x, y, content, look = "middle") => svg("text", { x, y, class: look }, content);
    const square = (x, y, size, look, opacity = 1) =>
      svg("rect", { x, y, width: size, height: size, class: look, "fill-opacity": opacity });
    // The lines of a square grid as one path.
    const grid = (x, y, count, cell) => {
      const steps = [...Array(count + 1).keys()].map((i) => i * cell);
      const d = steps.map((s) => `M${x} ${y + s}h${count * cell}M${x + s} ${y}v${count * cell}`);
      return svg("g", { class: "widget-axes" }, svg("path", { d: d.join("") }));
    };

    const paper = svg("g");
    const frame = square(0, 0, 3 * PIXEL, "widget-line widget-blue");
    const image = svg("g", {
      class: "widget-handle", tabindex: 0, role: "button", "aria-label": words.window,
    }, square(4, 40, 200, "widget-reach"), frame);
    const map = svg("g", { "aria-hidden": "true" });
    const size = text(MAP_MIDDLE[0], 20, "");
    view.append(paper, image, map, text(104, 20, words.image), size);

    // Below: window × kernel = products, and their sum.
    const panel = (left, at) => [left + (at % 3) * PANEL, TOP + Math.floor(at / 3) * PANEL];
    const cells = LEFTS.map((left) => Array.from({ length: 9 }, (_, at) => {
      const [x, y] = panel(left, at);
      return text(x + PANEL / 2, y + 23, "");
    }));
    const sum = text(408, 351, "", "middle bold");
    const weights = cells[1].map((cell, at) => {
      const handle = svg("g", {}, square(...panel(LEFTS[1], at), PANEL, "widget-reach"), cell);
      // Up or to the right: a weight grows by one for every 12 units.
      let rest = 0;
      draggable(handle, "", (dx, dy) => {
        rest += dx - dy;
        const steps = Math.trunc(rest / 12);
        if (!steps) return;
        rest -= 12 * steps;
        const kernel = [...state.kernel];
        kernel[at] = clamp(kernel[at] + steps, -5, 5);
        set({ kind: "own", kernel });
      }, 12);
      handle.addEventListener("pointerdown", () => (rest = 0));
      handle.setAttribute("role", "slider");
      handle.setAttribute("aria-valuemin", -5);
      handle.setAttribute("aria-valuemax", 5);
      const where = words.weight.replace("{row}", Math.floor(at / 3)).replace("{column}", at % 3);
      handle.setAttribute("aria-label", where);
      return handle;
    });
    view.append(
      ...[words.patch, words.kernel, words.products].map((w, i) => text(LEFTS[i] + 51, 284, w)),
      text(408, 284, words.sum), text(122, 351, "×"), text(252, 351, "="), text(377, 351, "→"),
      ...LEFTS.map((left) => grid(left, TOP, 3, PANEL)), ...cells[0], ...cells[2], sum, ...weights,
      square(6, TOP, 3 * PANEL, "widget-line widget-blue"),
      square(388, 325, 40, "widget-line widget-orange widget-dashed"));
    const report = status();

    const outputs = () => outputSize(8, 3, state.padding, state.stride);
    const mapCell = () => Math.min(32, 224 / outputs());
    const mapCorner = () => MAP_MIDDLE.map((middle) => middle - (outputs() * mapCell()) / 2);

    const drawImage = () => {
      const { row, column, stride, padding } = state;
      const [left, top] = IMAGE_AT.map((v) => v - padding * PIXEL);
      const places = [...Array(8 + 2 * padding).keys()];
      const xs = places.map((j) => left + (j + 0.5) * PIXEL).join(" ");
      paper.replaceChildren(grid(left, top, places.length, PIXEL));
      for (const i of places) {
        const inks = places.map((j) => IMAGE[i - padding]?.[j - padding] ?? 0);
        inks.forEach((ink, j) => ink && paper.append(
          square(left + j * PIXEL, top + i * PIXEL, PIXEL, "widget-fill-ink", ink / 10)));
        paper.append(text(xs, top + i * PIXEL + 15, inks.join(""), "middle small"));
      }
      if (padding) paper.append(square(...IMAGE_AT, 8 * PIXEL, "widget-line widget-thin"));
      frame.setAttribute("x", left + column * stride * PIXEL);
      frame.setAttribute("y", top + row * stride * PIXEL);
    };
    const drawMap = (values) => {
      const [[left, top], cell] = [mapCorner(), mapCell()];
      const largest = Math.max(1, ...values.flat().map(Math.abs));
      map.replaceChildren(grid(left, top, outputs(), cell));
      values.flat().forEach((value, at) => {
        if (at > state.until) return; // not reached yet by the run
        const [x, y] = [at % outputs(), Math.floor(at / outputs())].map((v) => v * cell);
        const look = `widget-fill-${value < 0 ? "blue" : "orange"}`;
        const strength = ((0.5 * Math.abs(value)) / largest).toFixed(2);
        map.append(square(left + x, top + y, cell, look, strength),
          text(left + x + cell / 2, top + y + cell / 2 + 5, number(value), "middle small"));
      });
      map.append(square(left + state.column * cell, top + state.row * cell, cell,
        "widget-line widget-orange widget-dashed"));
    };
    const draw = () => {
      const { row, column, stride, padding, kernel } = state;
      const values = convolve(IMAGE, kernel, stride, padding);
      const pixels = windowAt(IMAGE, row, column, stride, padding);
      const products = pixels.map((pixel, at) => pixel * kernel[at]);
      const result = number(values[row][column]);
      const across = `${outputs()} × ${outputs()}`;
      drawImage();
      drawMap(values);
      [pixels, kernel, products].forEach((nine, which) =>
        nine.forEach((value, at) => (cells[which][at].textContent = number(value))));
      weights.forEach((weight, at) => weight.setAttribute("aria-valuenow", kernel[at]));
      sum.textContent = result;
      size.textContent = `${words.map} ${across}`;
      kind.select.value = state.kind;
      strides.select.value = stride;
      paddings.select.value = padding;
      const terms = products.filter((term) => term);
      const sign = (term, i) => (term < 0 ? (i ? " − " : "−") : i ? " + " : "");
      const written = terms.map((term, i) => sign(term, i) + Math.abs(term)).join("");
      tell(report, words.status
        .replace("{row}", row).replace("{column}", column)
        .replace("{sum}", terms.length > 1 ? `${written} = ${result}` : result)
        .replace("{formula}", `⌊(8 + 2 · ${padding} − 3) / ${stride}⌋ + 1 = ${outputs()}`)
        .replace("{size}", across), state.timer !== null);
    };

    // The run empties the map and fills it again, window by window.
    const pause = () => {
      clearInterval(state.timer);
      state.timer = null;
      run.textContent = words.run;
    };
    // Everything else that the reader does ends the run and shows the whole map.
    const set = (change) => {
      pause();
      Object.assign(state, { until: Infinity }, change);
      state.row = clamp(state.row, 0, outputs() - 1);
      state.column = clamp(state.column, 0, outputs() - 1);
      draw();
    };
    const step = () => {
      const last = outputs() ** 2 - 1;
      const until = state.until >= last ? 0 : state.until + 1;
      if (until === last) pause();
      state.until = until;
      state.row = Math.floor(until / outputs());
      state.column = until % outputs();
      draw();
    };
    const toggle = () => {
      if (state.timer !== null) {
        pause();
        return draw();
      }
      if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
        state.timer = setInterval(step, 300);
        run.textContent = words.pause;
      }
      step();
    };

    // The window follows the pointer and the arrow keys, and goes where the map is clicked.
    const at = (event) => {
      const box = view.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top].map((v) => (v * 440) / box.width);
    };
    const follow = (event) => {
      const [column, row] = at(event).map((v, i) =>
        Math.round(((v - IMAGE_AT[i]) / PIXEL + state.padding - 1.5) / state.stride));
      set({ row, column });
    };
    image.addEventListener("pointerdown", (event) => {
      image.setPointerCapture(event.pointerId);
      event.preventDefault();
      image.focus();
      follow(event);
    });
    image.addEventListener("pointermove", (event) => {
      if (image.hasPointerCapture(event.pointerId)) follow(event);
    });
    const ways = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    image.addEventListener("keydown", (event) => {
      if (!(event.key in ways)) return;
      event.preventDefault();
      const [down, right] = ways[event.key];
      set({ row: state.row + down, column: state.column + right });
    });
    map.addEventListener("click", (event) => {
      const corner = mapCorner();
      const [column, row] = at(event).map((v, i) => Math.floor((v - corner[i]) / mapCell()));
      set({ row, column });
    });

    const kinds = {
      right: words.right, down: words.down, blur: words.blur, sharpen: words.sharpen,
      own: words.own,
    };
    const kind = choice(words.kernel, kinds, state.kind, (name) =>
      set({ kind: name, kernel: KERNELS[name] ?? state.kernel }));
    const strides = choice(words.stride, { 1: "1", 2: "2" }, "1", (v) => set({ stride: +v }));
    const paddings = choice(words.padding, { 0: "0", 1: "1" }, "0", (v) => set({ padding: +v }));
    const run = button(words.run, toggle);
    root.append(view, controls(kind.node, strides.node, paddings.node,
      html("div", { class: "widget-buttons" }, run,
        button(words.step, () => { pause(); step(); }),
        button(words.reset, () => set(START)))), report);
    draw();
  };

  course.widgets.convolution = { start, convolve, outputSize, IMAGE, KERNELS };
})();
