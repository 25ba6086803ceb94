// Six activation functions, and the slope of each at a z that you drag.
"use strict";

(() => {
  const FAR = 7; // wide enough to see where the sigmoid saturates, near 6
  const STEP = 0.01;
  const GRID = Array.from({ length: (2 * FAR) / STEP + 1 }, (_, i) => (i - FAR / STEP) * STEP);
  const START = { name: "sigmoid", z: 2, alpha: 0.1 };

  const sigmoid = (z) => 1 / (1 + Math.exp(-z)); // exp may reach Infinity: 1 / Infinity is 0
  const bell = (z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

  // Φ(z) = ½ + φ(z) · (z + z³/3 + z⁵/(3·5) + …): terms of one sign, so nothing cancels.
  const normalCdf = (z) => {
    if (Math.abs(z) > 8.5) return z > 0 ? 1 : 0;
    let sum = 0;
    for (let term = z, n = 1; Math.abs(term) > 1e-17; n += 2, term *= (z * z) / n) sum += term;
    return 0.5 + bell(z) * sum;
  };

  // Each function with its derivative. At a kink: the slope on the left, as in PyTorch.
  const FUNCTIONS = {
    identity: [(z) => z, () => 1],
    sigmoid: [sigmoid, (z) => sigmoid(z) * sigmoid(-z)],
    tanh: [Math.tanh, (z) => 1 - Math.tanh(z) ** 2],
    relu: [(z) => Math.max(0, z), (z) => (z > 0 ? 1 : 0)],
    leaky: [(z, alpha) => (z > 0 ? z : alpha * z), (z, alpha) => (z > 0 ? 1 : alpha)],
    gelu: [(z) => z * normalCdf(z), (z) => normalCdf(z) + z * bell(z)],
  };
  const value = (name, z, alpha) => FUNCTIONS[name][0](z, alpha);
  const slope = (name, z, alpha) => FUNCTIONS[name][1](z, alpha);

  const largestSlope = (name, alpha) => Math.max(...GRID.map((z) => slope(name, z, alpha)));
  const isFlat = (name, z, alpha, largest = largestSlope(name, alpha)) =>
    Math.abs(slope(name, z, alpha)) < largest / 100;

  // Where the slope is below a hundredth of the largest one, as intervals [from, to].
  const flatParts = (name, alpha) => {
    const largest = largestSlope(name, alpha);
    const parts = [];
    let before = false;
    for (const z of GRID) {
      const flat = isFlat(name, z, alpha, largest);
      if (flat && !before) parts.push([z, z]);
      if (flat) parts.at(-1)[1] = z;
      before = flat;
    }
    return parts;
  };

  // What the axis of g shows: all of its values for the z that can be chosen.
  const heights = (name) => {
    if (name === "sigmoid" || name === "tanh") return { range: [-1.3, 1.3], ticks: [-1, 0, 1] };
    if (name === "identity") return { range: [-7, 7], ticks: [-6, -3, 0, 3, 6] };
    return { range: [-2.5, 7], ticks: [0, 3, 6] };
  };

  const start = (root, words, kit) => {
    const { svg, picture, plane, controls, slider, choice, button, status, grip, draggable } = kit;
    const { show, clamp } = kit;
    const state = { ...START };
    const names = {
      identity: words.identity, sigmoid: words.sigmoid, tanh: "tanh",
      relu: "ReLU", leaky: words.leaky, gelu: "GELU",
    };
    const view = picture(440, 412, words.picture);
    const upper = svg("g"); // drawn anew for each function: its axis changes
    const lower = svg("g");
    const box = { left: 46, width: 380 };
    const track = 218; // where z is dragged, between the two planes
    const slopes = plane(lower, { ...box, top: 268, height: 116 }, [-FAR, FAR], [-0.3, 1.3], {
      xticks: [-6, -3, 0, 3, 6], yticks: [0, 1],
    });
    const shades = svg("g");
    const guide = svg("path", { class: "widget-line widget-thin widget-muted" });
    const valueText = svg("text", { x: box.left, y: 20 });
    const slopeText = svg("text", { x: box.left, y: 260 });
    const swatch = svg("rect", { x: 412, y: 8, width: 14, height: 14, class: "widget-shade" });
    const key = svg("text", { x: 404, y: 20, class: "end" });
    const curve = svg("path", { class: "widget-line widget-blue" });
    const tangent = svg("path", { class: "widget-line widget-orange widget-dashed" });
    const slopeCurve = svg("path", { class: "widget-line widget-orange" });
    const dot = svg("circle", { r: 6, class: "widget-fill-blue widget-grip" });
    const slopeDot = svg("circle", { r: 6, class: "widget-fill-orange widget-grip" });
    const handle = grip("widget-fill-ink");
    slopes.group.append(slopeCurve);
    view.append(shades, lower, upper, guide,
      svg("path", { d: `M${box.left} ${track}h${box.width}`, class: "widget-line widget-muted" }),
      svg("text", { x: box.left - 15, y: track + 5, class: "end", "aria-hidden": "true" }, "z"),
      valueText, slopeText, swatch, key, dot, slopeDot, handle);
    const report = status();
    let values; // the plane of g
    let largest; // slope

    // A curve over the whole axis; where the slope jumps, at zero, the line is lifted.
    const path = (space, f, jumps) => {
      const points = GRID.filter((_, i) => i % 5 === 0).map((z) => [z, f(z)]);
      const left = points.filter(([z]) => !jumps || z <= 0);
      const right = jumps ? [[0, f(1e-9)], ...points.filter(([z]) => z > 0)] : [];
      return space.line(left) + space.line(right);
    };

    const drawFunction = () => {
      const { name, alpha } = state;
      const { range, ticks } = heights(name);
      largest = largestSlope(name, alpha);
      upper.replaceChildren();
      const at = { ...box, top: 28, height: 166 };
      values = plane(upper, at, [-FAR, FAR], range, { yticks: ticks });
      values.group.append(curve, tangent);
      curve.setAttribute("d", path(values, (z) => value(name, z, alpha)));
      const jumps = name === "relu" || name === "leaky";
      slopeCurve.setAttribute("d", path(slopes, (z) => slope(name, z, alpha), jumps));
      const parts = flatParts(name, alpha);
      shades.replaceChildren(...[[28, 166], [268, 116]].flatMap(([y, height]) =>
        parts.map(([from, to]) => {
          const x = slopes.px(from).toFixed(1);
          const width = Math.max(1.5, slopes.px(to) - x).toFixed(1);
          return svg("rect", { x, y, width, height, class: "widget-shade" });
        })));
      swatch.setAttribute("visibility", parts.length ? "visible" : "hidden");
      key.textContent = !parts.length ? "" : name === "relu" ? words.offKey : words.flatKey;
      drawPoint();
    };

    const drawPoint = () => {
      const { name, z, alpha } = state;
      const [g, s] = [value(name, z, alpha), slope(name, z, alpha)];
      const x = slopes.px(z);
      const place = (node, y) => {
        node.setAttribute("cx", x.toFixed(1));
        node.setAttribute("cy", y.toFixed(1));
      };
      place(dot, values.py(g));
      place(slopeDot, slopes.py(s));
      handle.place(x, track);
      const up = `M${x.toFixed(1)}`;
      guide.setAttribute("d", `${up} 28V${track}${up} 268V384`); // not through the words
      tangent.setAttribute("d", values.line([[z - 2.5, g - 2.5 * s], [z + 2.5, g + 2.5 * s]]));
      valueText.textContent = `g(z) = ${show(g, 4)}`;
      slopeText.textContent = `g′(z) = ${show(s, 4)}`;
      zSlider.set(z);
      leak.set(alpha);
      functions.select.value = name;
      const ten = s ** 10;
      const kind = name === "relu" && z <= 0 ? words.off
        : isFlat(name, z, alpha, largest) ? words.flat : words.steep;
      report.textContent = kind
        .replace("{function}", names[name])
        .replaceAll("{z}", show(z))
        .replace("{value}", show(g, 4))
        .replace("{slope}", show(s, 4))
        .replace("{largest}", show(largest))
        .replace("{ten}", ten === 0 || ten >= 0.01 ? show(ten) : ten.toExponential(1));
    };

    const choose = (change) => {
      Object.assign(state, change);
      drawFunction();
    };
    const move = (z) => {
      state.z = clamp(z, -FAR, FAR);
      drawPoint();
    };
    draggable(handle, words.grip, (dx) => move(state.z + (dx / box.width) * 2 * FAR));
    const functions = choice(words.choice, names, state.name, (name) => choose({ name }));
    const zSlider = slider("z", {
      min: -FAR, max: FAR, step: 0.05, value: state.z, decimals: 2, oninput: move,
    });
    const leak = slider(words.leak, { // to move it is to ask for leaky ReLU
      min: 0.01, max: 0.3, step: 0.01, value: state.alpha, decimals: 2,
      oninput: (alpha) => choose({ alpha, name: "leaky" }),
    });
    root.append(view, controls(functions.node, zSlider.node, leak.node,
      button(words.reset, () => choose(START))), report);
    drawFunction();
  };

  course.widgets.activations = { start, value, slope, largestSlope, flatParts, normalCdf };
})();
