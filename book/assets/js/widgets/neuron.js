// A neuron whose line you drag: w as an arrow, the bias as the place of the line.
"use strict";

(() => {
  // Twelve samples that one line can part, but not the one that it starts with.
  const POINTS = [
    [-2.4, 1.6], [-1.7, -0.4], [-1.2, 2.3], [-0.9, 0.6], [-0.3, -1.6], [0, 1.1],
    [0.6, -0.6], [0.7, -2.4], [1.5, 2.2], [1.9, 0.3], [2.3, -1.4], [2.5, 1.4],
  ];
  const LABELS = [0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1];
  const START = { w: [1, 0.75], b: 0.5 };

  const preActivation = ({ w, b }, [x1, x2]) => w[0] * x1 + w[1] * x2 + b;
  const mistakes = (neuron) =>
    POINTS.filter((x, i) => (preActivation(neuron, x) >= 0 ? 1 : 0) !== LABELS[i]).length;

  // Where the line w · x + b = 0 leaves the square from −3 to 3, as two points.
  const boundary = ({ w, b }) => {
    const length = Math.hypot(...w);
    const foot = w.map((wi) => (-b * wi) / length ** 2);
    const along = [-w[1] / length, w[0] / length];
    return [-10, 10].map((s) => foot.map((f, i) => f + s * along[i]));
  };

  const start = (root, words, { svg, picture, plane, controls, slider, button, status, grip, draggable, show, clamp }) => {
    const state = { w: [...START.w], b: START.b };
    const unit = 48; // as long across as up, so that w stands at a right angle
    const view = picture(440, 360, words.picture);
    const space = plane(
      view,
      { left: 46, top: 24, width: 8 * unit, height: 6 * unit },
      [-4, 4],
      [-3, 3],
      { xticks: [-4, -2, 0, 2, 4], yticks: [-2, 0, 2], xlabel: "x₁", ylabel: "x₂" },
    );
    const side = svg("path", { class: "widget-shade" });
    const line = svg("path", { class: "widget-line" });
    const arrow = svg("path", { class: "widget-line widget-blue" });
    const tip = grip("widget-fill-blue");
    const foothold = grip("widget-fill-ink");
    const marks = POINTS.map(([a, b], i) =>
      LABELS[i]
        ? svg("path", { d: `M${space.px(a)} ${space.py(b) - 8}l7 13h-14z`, class: "widget-fill-orange widget-point" })
        : svg("circle", { cx: space.px(a), cy: space.py(b), r: 6, class: "widget-fill-blue widget-point" }));
    space.group.append(side, ...marks, line, arrow);
    view.append(foothold, tip);
    const report = status();

    const draw = () => {
      const length = Math.hypot(...state.w);
      const [p, q] = boundary(state);
      const far = state.w.map((wi) => (12 * wi) / length);
      side.setAttribute("d", `${space.line([p, q, q.map((v, i) => v + far[i]), p.map((v, i) => v + far[i])])}Z`);
      line.setAttribute("d", space.line([p, q]));
      const foot = state.w.map((wi) => (-state.b * wi) / length ** 2);
      const head = foot.map((f, i) => f + state.w[i]);
      arrow.setAttribute("d", space.line([foot, head]));
      tip.place(space.px(head[0]), space.py(head[1]));
      foothold.place(space.px(foot[0]), space.py(foot[1]));
      weight1.set(state.w[0]);
      weight2.set(state.w[1]);
      bias.set(state.b);
      report.textContent = words.status
        .replace("{z}", `${show(state.w[0])} x₁ ${state.w[1] < 0 ? "−" : "+"} ${show(Math.abs(state.w[1]))} x₂ ${state.b < 0 ? "−" : "+"} ${show(Math.abs(state.b))}`)
        .replace("{distance}", show(-state.b / length))
        .replace("{wrong}", mistakes(state));
    };
    const turn = (w) => {
      if (Math.hypot(...w) >= 0.2) state.w = w.map((v) => clamp(v, -3, 3));
      draw();
    };
    draggable(tip, words.tip, (dx, dy) => turn([state.w[0] + dx / unit, state.w[1] - dy / unit]));
    draggable(foothold, words.grip, (dx, dy) => {
      const length = Math.hypot(...state.w);
      const along = (dx / unit) * state.w[0] - (dy / unit) * state.w[1];
      state.b = clamp(state.b - along, -3 * length, 3 * length);
      draw();
    });
    const range = { min: -3, max: 3, step: 0.05, decimals: 2 };
    const weight1 = slider("w₁", { ...range, value: state.w[0], oninput: (v) => turn([v, state.w[1]]) });
    const weight2 = slider("w₂", { ...range, value: state.w[1], oninput: (v) => turn([state.w[0], v]) });
    const bias = slider("b", { ...range, value: state.b, oninput: (v) => { state.b = v; draw(); } });
    root.append(view, controls(weight1.node, weight2.node, bias.node,
      button(words.reset, () => { Object.assign(state, { w: [...START.w], b: START.b }); draw(); })), report);
    draw();
  };

  course.widgets.neuron = { start, preActivation, mistakes, boundary, POINTS, LABELS };
})();
