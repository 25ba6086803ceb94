// A computational graph, stepped forward and backward: values above its edges, gradients
// below them. f = 3 (p q + max(p, r)) has all four patterns: add, multiply, max and fork.
"use strict";

(() => {
  const START = { p: 2, q: -4, r: -1 };

  const forward = ({ p, q, r }) => {
    const m = p * q;
    const k = Math.max(p, r);
    const s = m + k;
    return { m, k, s, f: 3 * s };
  };

  // The local derivatives of max(p, r). Each input gets one half at a tie, as in PyTorch.
  const routes = ({ p, r }) => (p === r ? [0.5, 0.5] : p > r ? [1, 0] : [0, 1]);

  // p feeds two gates: p1 is its upper branch, p2 its lower one.
  const backward = (inputs) => {
    const { p, q } = inputs;
    const [toP, toR] = routes(inputs);
    const df = 1;
    const ds = df * 3;
    const [dm, dk] = [ds, ds];
    const [dq, dp1] = [dm * p, dm * q];
    const [dp2, dr] = [dk * toP, dk * toR];
    return { df, ds, dm, dk, dq, dp1, dp2, dr, dp: dp1 + dp2 };
  };

  // What each step adds to the picture.
  const STEPS = [
    [], ["m"], ["k"], ["s"], ["f"],
    ["df"], ["ds"], ["dm", "dk"], ["dq", "dp1"], ["dp2", "dr"], ["dp"],
  ];
  const LAST = STEPS.length - 1;

  // Gates: sign, centre, radius.
  const GATES = [
    ["×", 144, 88, 16], ["max", 144, 194, 19], ["+", 246, 141, 16], ["3·", 352, 141, 16],
  ];
  // Each edge: its corners, and the middle of its texts.
  const EDGES = {
    q: [[[6, 48], [96, 48], [144, 88]], 46],
    p: [[[6, 141], [66, 141]], 34],
    p1: [[[66, 141], [78, 116], [114, 116], [144, 88]], 99],
    p2: [[[66, 141], [78, 166], [114, 166], [144, 194]], 99],
    r: [[[6, 234], [96, 234], [144, 194]], 46],
    m: [[[144, 88], [222, 88], [246, 141]], 198],
    k: [[[144, 194], [222, 194], [246, 141]], 192],
    s: [[[246, 141], [352, 141]], 298],
    f: [[[352, 141], [436, 141]], 402],
  };
  const radiusAt = ([x, y]) => GATES.find((gate) => gate[1] === x && gate[2] === y)?.[3] ?? -1;

  // The tip of an arrow that runs from one corner to the next, outside a gate's circle.
  const tipOf = (from, to) => {
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const [ex, ey] = [0, 1].map((i) => (to[i] - from[i]) / length);
    const [x, y] = [0, 1].map((i) => to[i] - (radiusAt(to) + 1) * [ex, ey][i]);
    const corner = (side) => [x - 10 * ex - side * 5 * ey, y - 10 * ey + side * 5 * ex];
    const round = (point) => point.map((v) => v.toFixed(1));
    return `M${[[x, y], corner(1), corner(-1)].map(round).join("L")}Z`;
  };

  const start = (root, words, { svg, html, picture, controls, slider, button, status, show }) => {
    const state = { ...START, step: LAST };
    const view = picture(440, 264, words.picture);
    const text = (x, y, look, content = "") => {
      const node = svg("text", { x, y, class: look }, content);
      view.append(node);
      return node;
    };
    const parts = Object.entries(EDGES).map(([name, [corners, x]]) => {
      const line = svg("path", { d: `M${corners.join("L")}` });
      const tip = svg("path");
      view.append(line, tip);
      const y = corners[corners.length > 3 ? 1 : 0][1]; // of the level part
      const above = text(x, y - 7, "middle widget-fill-blue");
      const below = text(x, y + 19, "middle widget-fill-orange");
      return { name, corners, line, tip, above, below };
    });
    view.append(svg("circle", { cx: 66, cy: 141, r: 5, class: "widget-fill-ink" }));
    for (const [sign, cx, cy, r] of GATES) {
      view.append(
        svg("circle", { cx, cy, r, class: "widget-fill-paper" }),
        svg("circle", { cx, cy, r, class: "widget-line widget-thin" }),
      );
      text(cx, cy + 5, sign === "max" ? "middle small" : "middle", sign);
    }
    text(434, 22, "end small widget-fill-blue", words.above);
    text(434, 42, "end small widget-fill-orange", words.below);
    text(434, 252, "end", "f = 3 (p q + max(p, r))");
    const report = status();

    const short = (value) => show(value, Number.isInteger(value) ? 0 : 1);
    const factor = (value) => (value < 0 ? `(${short(value)})` : short(value));
    const product = (a, b) => `${short(a)} · ${factor(b)} = ${short(a * b)}`;
    // One sentence for each step: what is computed, with its product written out.
    const sentences = (d, { m, k, s, f }) => {
      const { p, q, r } = state;
      const [toP, toR] = routes(state);
      return [
        words.start,
        words.forward.replace("{result}", `m = p · q = ${product(p, q)}`),
        words.forward.replace("{result}", `k = max(${short(p)}, ${short(r)}) = ${short(k)}`),
        words.forward.replace("{result}", `s = m + k = ${short(m)} + ${factor(k)} = ${short(s)}`),
        words.forward.replace("{result}", `f = 3 · s = 3 · ${factor(s)} = ${short(f)}`),
        words.output,
        words.scale.replace("{s}", product(d.df, 3)),
        words.add.replace("{m}", product(d.ds, 1)).replace("{k}", product(d.ds, 1)),
        words.times.replace("{q}", product(d.dm, p)).replace("{p}", product(d.dm, q)),
        words.max.replace("{p}", product(d.dk, toP)).replace("{r}", product(d.dk, toR)),
        words.fork.replace("{p}", `${short(d.dp1)} + ${factor(d.dp2)} = ${short(d.dp)}`),
      ];
    };

    const draw = () => {
      const gradients = backward(state);
      const values = { ...state, p1: state.p, p2: state.p, ...forward(state) };
      const known = new Set(["p", "q", "r", "p1", "p2", ...STEPS.slice(0, state.step + 1).flat()]);
      const now = STEPS[state.step];
      const next = STEPS[state.step + 1] ?? [];
      // A number, or a question mark if it is the next one to come.
      const write = (key, value) => (known.has(key) ? short(value) : next.includes(key) ? "?" : "");
      for (const { name, corners, line, tip, above, below } of parts) {
        const back = now.includes(`d${name}`);
        const look = back ? "orange" : now.includes(name) ? "blue" : "muted";
        const thin = look === "muted" ? " widget-thin" : back ? " widget-dashed" : "";
        line.setAttribute("class", `widget-line widget-${look}${thin}`);
        const ends = back ? [corners[1], corners[0]] : corners.slice(-2);
        // At the fork, where a dot stands, there is no tip unless something goes back.
        tip.setAttribute("d", name === "p" && !back ? "" : tipOf(...ends));
        tip.setAttribute("class", look === "muted" ? "muted" : `widget-fill-${look}`);
        const value = write(name, values[name]);
        above.textContent = value && name.length === 1 ? `${name} = ${value}` : value;
        below.textContent = write(`d${name}`, gradients[`d${name}`]);
      }
      for (const [name, control] of Object.entries(sliders)) control.set(state[name]);
      report.textContent =
        words.step.replace("{step}", state.step).replace("{last}", LAST) +
        ` ${sentences(gradients, values)[state.step]}`;
    };
    // Next after the last step begins anew with an empty graph, Back goes the other way.
    const move = (way) => {
      state.step = (state.step + way + LAST + 1) % (LAST + 1);
      draw();
    };
    const sliders = Object.fromEntries(Object.keys(START).map((name) => [name, slider(name, {
      min: -5, max: 5, step: 1, value: state[name], format: short,
      oninput: (value) => { state[name] = value; draw(); },
    })]));
    const reset = () => { Object.assign(state, START, { step: LAST }); draw(); };
    const buttons = html("div", { class: "widget-buttons" },
      button(words.back, () => move(-1)), button(words.next, () => move(1)),
      button(words.reset, reset));
    buttons.addEventListener("keydown", ({ key }) => {
      if (key === "ArrowLeft" || key === "ArrowRight") move(key === "ArrowLeft" ? -1 : 1);
    });
    const order = ["q", "p", "r"].map((name) => sliders[name].node); // as in the picture
    root.append(view, controls(buttons, ...order), report);
    draw();
  };

  course.widgets.graph = { start, forward, backward, STEPS };
})();
