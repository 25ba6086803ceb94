// Gradient descent on a loss of two parameters: drag the start, choose the rule and the rate.
"use strict";

(() => {
  const WELLS = [[-1.3, 0.9, 1, 0.9], [1.2, 0.7, 1.6, 0.45], [0.1, -1.5, 1.2, 0.6]];
  const pulls = ([a, b]) =>
    WELLS.map(([c, d, depth, width]) =>
      depth * Math.exp(-((a - c) ** 2 + (b - d) ** 2) / (2 * width ** 2)));

  // The lesson's three surfaces. All are drawn as long across as up, so that the gradient
  // stands at a right angle on the contour lines. marks: the points of zero gradient.
  const SURFACES = {
    wells: {
      loss: (p) => -pulls(p).reduce((sum, pull) => sum + pull),
      gradient: (p) => pulls(p).reduce(
        (g, pull, i) => g.map((gk, k) => gk + (pull * (p[k] - WELLS[i][k])) / WELLS[i][3] ** 2),
        [0, 0]),
      x: [-3.5, 3.5], y: [-3, 3], xticks: [-3, 0, 3], yticks: [-3, 0, 3],
      levels: [-0.03, -0.1, -0.2, -0.35, -0.5, -0.7, -0.9, -1.1, -1.4],
      marks: WELLS, start: [0.4, 1.9], rate: 0.2, steps: 40,
    },
    valley: {
      loss: ([a, b]) => (a ** 2 + 20 * b ** 2) / 2,
      gradient: ([a, b]) => [a, 20 * b],
      x: [-11, 3], y: [-6, 6], xticks: [-10, -5, 0], yticks: [-5, 0, 5],
      levels: [288, 200, 128, 72, 32, 18, 8, 2],
      marks: [[0, 0]], start: [-10, 1.6], rate: 0.095, steps: 20,
    },
    ridge: {
      loss: ([a, b]) => a ** 4 / 4 - a ** 2 / 2 + b ** 2 / 2,
      gradient: ([a, b]) => [a ** 3 - a, b],
      x: [-1.75, 1.75], y: [-1.2, 1.8], xticks: [-1, 0, 1], yticks: [-1, 0, 1],
      levels: [1.2, 0.9, 0.6, 0.4, 0.2, 0.1, 0, -0.1, -0.2],
      marks: [[-1, 0], [0, 0], [1, 0]], start: [0, 1.5], rate: 0.1, steps: 60,
    },
  };

  // What each rule takes away from the parameters; memory lasts for the whole path.
  const RULES = {
    plain: (g, rate) => g.map((gi) => rate * gi),
    momentum: (g, rate, memory) => {
      memory.u = g.map((gi, i) => 0.9 * memory.u[i] + gi);
      return memory.u.map((ui) => rate * ui);
    },
    adam: (g, rate, memory) => {
      memory.t += 1;
      memory.u = g.map((gi, i) => 0.9 * memory.u[i] + 0.1 * gi);
      memory.v = g.map((gi, i) => 0.999 * memory.v[i] + 0.001 * gi ** 2);
      return memory.u.map((ui, i) =>
        (rate * (ui / (1 - 0.9 ** memory.t))) /
        (Math.sqrt(memory.v[i] / (1 - 0.999 ** memory.t)) + 1e-8));
    },
  };

  // All positions, the start included. It ends early once the path has run away.
  const FAR = 1000;
  const away = (p) => !(Math.max(...p.map(Math.abs)) < FAR);
  const near = (path) => path.filter((p) => !away(p));
  const walk = (surface, start, rule, rate, steps) => {
    const memory = { t: 0, u: [0, 0], v: [0, 0] };
    const path = [start];
    while (path.length <= steps && !away(path.at(-1))) {
      const change = RULES[rule](surface.gradient(path.at(-1)), rate, memory);
      path.push(path.at(-1).map((value, i) => value - change[i]));
    }
    return path;
  };

  // The smallest and the largest curvature at p: eigenvalues of the Hessian, by differences.
  const curvatures = (surface, p) => {
    const h = 1e-4;
    const [[a, b], [c, d]] = [[h, 0], [0, h]].map(([e, f]) => {
      const [up, down] = [1, -1].map((s) => surface.gradient([p[0] + s * e, p[1] + s * f]));
      return up.map((value, i) => (value - down[i]) / (2 * h));
    });
    const spread = Math.hypot((a - d) / 2, (b + c) / 2);
    return [(a + d) / 2 - spread, (a + d) / 2 + spread];
  };

  // Where the end of a path is, in a word. Near a point of zero gradient the gradient is
  // about the distance times the curvature; on a plateau both are small.
  const verdict = (surface, path) => {
    const [last, before = last] = [path.at(-1), path.at(-2)];
    if (away(last)) return "diverged";
    const slope = Math.hypot(...surface.gradient(last));
    const moved = Math.hypot(...last.map((value, i) => value - before[i]));
    const [low, high] = curvatures(surface, last);
    if (moved < 0.01 && slope < 0.02 * Math.min(Math.abs(low), Math.abs(high))) {
      return low > 0 ? "minimum" : "saddle";
    }
    if (slope < 0.01) return "plateau";
    return surface.loss(last) > surface.loss(before) ? "up" : "down";
  };

  const BOX = { left: 46, top: 24, width: 378, height: 324 };
  const CELL = 6;
  const contours = (surface, space, region) => {
    const [columns, rows] = [BOX.width / CELL + 1, BOX.height / CELL + 1];
    const values = Array.from({ length: columns * rows }, (_, n) => surface.loss([
      space.ux(BOX.left + (n % columns) * CELL),
      space.uy(BOX.top + Math.floor(n / columns) * CELL),
    ]));
    return surface.levels.map((level) => region(values, columns, level, { ...BOX, cell: CELL }));
  };

  const LIMIT = 200; // steps of a run
  const CROSS = "m0 -3.5l5 -5 3.5 3.5-5 5 5 5-3.5 3.5-5-5-5 5-3.5-3.5 5-5-5-5 3.5-3.5z";
  const rateOf = (exponent) => Number((10 ** exponent).toPrecision(2));

  const start = (root, words, kit) => {
    const { svg, show, clamp } = kit;
    const surfaces = { wells: words.wells, valley: words.valley, ridge: words.ridge };
    const rules = { plain: words.plain, momentum: words.momentum, adam: words.adam };
    const verdicts = {
      minimum: words.minimum, saddle: words.saddle, plateau: words.plateau,
      up: words.up, down: words.down, diverged: words.diverged,
    };
    const state = { rule: "plain", before: "", over: true };
    let [surface, space, timer] = [null, null, 0];

    const view = kit.picture(440, 390, words.picture);
    const ground = svg("g");
    const handle = kit.grip("widget-fill-blue");
    view.append(ground, handle);
    const dashed = svg("path", { class: "widget-line widget-thin widget-dashed" });
    const line = svg("path", { class: "widget-line widget-thin widget-blue" });
    const dots = svg("path", { class: "widget-line widget-dots widget-blue" });
    const cross = svg("path", { class: "widget-fill-orange widget-point" });
    const report = kit.status();

    // Positions are whole hundredths, so that a start can lie exactly on a ridge.
    const from = () => state.start.map((value) => Number(value.toFixed(2)));

    const digits = (value) => show(value, Math.abs(value) < 1000 ? 2 : 0);
    const describe = (path, found) => {
      const last = path.at(-1);
      // With momentum or Adam another border holds.
      const border = state.rule === "plain" ? 2 / curvatures(surface, last)[1] : 0;
      kit.tell(report, [
        words.status
          .replace("{step}", path.length - 1)
          .replace("{place}", last.map(digits).join(", "))
          .replace("{loss}", digits(surface.loss(last)))
          .replace("{slope}", digits(Math.hypot(...surface.gradient(last)))),
        verdicts[found],
        border > 0 && border < 100 ? words.border.replace("{border}", show(border)) : "",
        state.before && words.dashed.replace("{rule}", rules[state.before]),
      ].join(" "), timer);
    };
    const draw = (quiet = false) => {
      const follow = (rule) => walk(surface, from(), rule, rateOf(rate.value), state.steps);
      const path = follow(state.rule);
      const seen = near(path);
      dashed.setAttribute("d", state.before && space.line(near(follow(state.before))));
      line.setAttribute("d", space.line(seen));
      dots.setAttribute("d", seen.map((p) => `${space.line([p])}h0`).join(""));
      const ends = path.length > 1 && seen.length === path.length;
      cross.setAttribute("d", ends ? space.line([path.at(-1)]) + CROSS : "");
      handle.place(space.px(from()[0]), space.py(from()[1]));
      const found = verdict(surface, path);
      state.over = state.steps >= LIMIT || ["minimum", "saddle", "diverged"].includes(found);
      if (!quiet) describe(seen, found);
    };

    const pause = () => {
      clearInterval(timer);
      timer = 0;
      run.textContent = words.run;
    };
    const step = (quiet) => {
      state.steps = state.over ? 1 : state.steps + 1;
      draw(quiet);
    };
    const tick = () => {
      step();
      if (!state.over) return;
      pause();
      draw();
    };
    const toggle = () => {
      if (timer) {
        pause();
        draw();
      } else if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
        do step(true); while (!state.over);
        draw();
      } else {
        run.textContent = words.pause;
        timer = setInterval(tick, 60);
      }
    };
    const reset = () => {
      pause();
      state.steps = 0;
      draw();
    };

    const choose = (name) => {
      pause();
      surface = SURFACES[name];
      Object.assign(state, { start: surface.start, steps: surface.steps, before: "" });
      rate.set(Math.log10(surface.rate));
      const { x, y, xticks, yticks } = surface;
      ground.replaceChildren();
      space = kit.plane(ground, BOX, x, y, { xticks, yticks, xlabel: "θ₁", ylabel: "θ₂" });
      const heights = surface.marks.map((p) =>
        svg("text", { x: space.px(p[0]), y: space.py(p[1]) + 24, class: "small middle" },
          show(surface.loss(p))));
      const bands = contours(surface, space, kit.region).map(
        (d) => svg("path", { d, class: "widget-contour" }));
      space.group.append(...bands, dashed, line, dots, cross, ...heights);
      draw();
      state.over = true; // it shows a finished run, so Run and Step begin a new one
    };

    const place = kit.choice(words.surface, surfaces, "wells", choose);
    const rule = kit.choice(words.rule, rules, "plain", (name) => {
      Object.assign(state, { before: state.rule, rule: name });
      draw();
    });
    const rate = kit.slider("η", {
      min: -3, max: 0.3, step: 0.01, value: -1,
      format: (exponent) => rateOf(exponent).toPrecision(2),
      oninput: () => draw(),
    });
    const run = kit.button(words.run, toggle);
    kit.draggable(handle, words.handle, (dx, dy) => {
      const { x, y } = surface;
      const unit = BOX.width / (x[1] - x[0]);
      const [a, b] = [state.start[0] + dx / unit, state.start[1] - dy / unit];
      state.start = [clamp(a, ...x), clamp(b, ...y)];
      draw();
    });
    const buttons = kit.html("div", { class: "widget-buttons" }, run,
      kit.button(words.step, () => { pause(); step(); }), kit.button(words.reset, reset));
    root.append(view, kit.controls(buttons), kit.controls(place.node, rule.node, rate.node),
      report);
    choose("wells");
  };

  course.widgets.descent = { start, SURFACES, walk, curvatures, verdict };
})();
