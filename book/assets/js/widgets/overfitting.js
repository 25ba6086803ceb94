// Polynomials fitted to noisy samples: more parameters, and what that does to the error on
// the samples and on new ones.
"use strict";

(() => {
  const MOST = 16; // parameters: degree 15
  const START = { p: 15, n: 20, sigma: 0.5, seed: 1 };
  const GRID = Array.from({ length: 201 }, (_, i) => (i - 100) / 100);

  const truth = (x) => Math.sin(4 * x + 0.5);

  // The first p Legendre polynomials at x.
  const legendre = (x, p) => {
    const values = [1, x];
    for (let k = 1; k < p - 1; k++) {
      values.push(((2 * k + 1) * x * values[k] - k * values[k - 1]) / (k + 1));
    }
    return values.slice(0, p);
  };

  // n inputs at equal distances. The noise comes from the seed; sigma only stretches it.
  const sample = ({ n, sigma, seed }, random) => {
    const { normal } = random(seed);
    const x = Array.from({ length: n }, (_, i) => -1 + (2 * i) / (n - 1));
    return { x, y: x.map((v) => truth(v) + sigma * normal()) };
  };

  // Least squares with 1, 2, … parameters, at most one for each sample: the coefficients.
  // The columns of one matrix serve all of them, since a smaller fit uses the first ones.
  // Householder's reflections make it triangular; its condition is never squared.
  const fits = (x, y) => {
    const [n, most] = [x.length, Math.min(MOST, x.length)];
    const rows = x.map((v, i) => [...legendre(v, most), y[i]]); // the labels as last column
    for (let k = 0; k < most; k++) {
      const norm = Math.hypot(...rows.slice(k).map((row) => row[k]));
      const v = rows.map((row, i) => (i < k ? 0 : row[k]));
      v[k] += v[k] < 0 ? -norm : norm;
      const square = v.reduce((sum, value) => sum + value * value, 0);
      if (square === 0) continue;
      for (let j = k; j <= most; j++) {
        const part = (2 * v.reduce((sum, value, i) => sum + value * rows[i][j], 0)) / square;
        for (let i = k; i < n; i++) rows[i][j] -= part * v[i];
      }
    }
    return Array.from({ length: most }, (_, index) => {
      const coefficients = [];
      for (let i = index; i >= 0; i--) {
        let rest = rows[i][most];
        for (let j = i + 1; j <= index; j++) rest -= rows[i][j] * coefficients[j];
        coefficients[i] = rest / rows[i][i];
      }
      return coefficients;
    });
  };

  const predict = (coefficients, x) =>
    legendre(x, coefficients.length).reduce((sum, value, i) => sum + value * coefficients[i], 0);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

  // The error on the samples, and the one to expect on new ones with x anywhere from −1 to
  // 1: the distance from the truth, squared, plus the noise of the new label.
  const errors = (coefficients, { x, y }, sigma) => ({
    training: mean(x.map((v, i) => (predict(coefficients, v) - y[i]) ** 2)),
    fresh: mean(GRID.map((v) => (predict(coefficients, v) - truth(v)) ** 2)) + sigma ** 2,
  });

  const start = (root, words, kit) => {
    const { svg, html, picture, plane, controls, slider, button, status } = kit;
    const { show, random, clamp } = kit;
    const state = { ...START };
    const view = picture(440, 496, words.picture);
    const space = plane(
      view,
      { left: 46, top: 28, width: 384, height: 192 },
      [-1.04, 1.04],
      [-2.2, 2.2],
      { xticks: [-1, 0, 1], yticks: [-2, -1, 0, 1, 2], xlabel: "x", ylabel: "y" },
    );
    // Errors as powers of ten, from a hundredth to a hundred.
    const below = plane(
      view,
      { left: 46, top: 314, width: 384, height: 140 },
      [0.5, MOST + 0.5],
      [-2, 2],
      { xticks: [1, 3, 6, 9, 12, 15], xlabel: words.parameters },
    );
    [0.01, 0.1, 1, 10, 100].forEach((value, i) => view.append(svg("g", { class: "widget-axes" },
      svg("path", { d: `M46 ${below.py(i - 2)}h384` }),
      svg("text", { x: 40, y: below.py(i - 2) + 4, class: "end small" }, `${value}`))));
    // A key in the corner of each plane: a piece of the line and its name.
    const key = (x, y, look, name) => view.append(
      svg("path", { d: `M${x} ${y}h26`, class: `widget-line ${look}` }),
      svg("text", { x: x + 33, y: y + 5, class: "small" }, name));
    key(250, 16, "widget-orange widget-dashed", words.truth);
    key(350, 16, "widget-blue", words.fit);
    view.append(svg("text", { x: 46, y: 280, class: "muted" }, words.error));
    key(46, 300, "widget-blue widget-dashed", words.training);
    key(176, 300, "widget-orange", words.fresh);
    key(340, 300, "widget-thin widget-dotted", words.noise);

    const curve = (look) => svg("path", { class: `widget-line ${look}` });
    const true_ = curve("widget-orange widget-dashed");
    const fit = curve("widget-blue");
    const dots = svg("g");
    space.group.append(true_, dots, fit);
    true_.setAttribute("d", space.line(GRID.map((x) => [x, truth(x)])));
    const here = curve("widget-thin widget-muted");
    const noise = curve("widget-thin widget-dotted");
    const training = curve("widget-blue widget-dashed");
    const fresh = curve("widget-orange");
    const marks = svg("g");
    below.group.append(here, noise, training, fresh);
    view.append(marks); // whole at the edge too, where an error is off the scale
    const report = status();

    const log = (value) => Math.log10(Math.max(value, 1e-9));
    const digits = (value) => show(value, value < 10 ? 3 : value < 100 ? 1 : 0);

    const draw = () => {
      const data = sample(state, random);
      const all = fits(data.x, data.y);
      state.p = Math.min(state.p, all.length); // no more parameters than samples
      const both = all.map((coefficients) => errors(coefficients, data, state.sigma));
      const now = both[state.p - 1];
      fit.setAttribute("d", space.line(GRID.map((x) => [x, predict(all[state.p - 1], x)])));
      dots.replaceChildren(...data.x.map((x, i) => svg("circle", {
        cx: space.px(x).toFixed(1), cy: space.py(data.y[i]).toFixed(1), r: 4.5,
        class: "widget-fill-ink widget-point",
      })));
      training.setAttribute("d", below.line(both.map((e, i) => [i + 1, log(e.training)])));
      fresh.setAttribute("d", below.line(both.map((e, i) => [i + 1, log(e.fresh)])));
      here.setAttribute("d", below.line([[state.p, -2], [state.p, 2]]));
      noise.setAttribute("d", below.line([0, MOST + 1].map((p) => [p, log(state.sigma ** 2)])));
      const [x, low, high] = [
        below.px(state.p), ...[now.training, now.fresh].map((e) => below.py(clamp(log(e), -2, 2))),
      ].map((v) => v.toFixed(1));
      marks.replaceChildren(
        svg("path", { d: `M${x} ${low}m-6 -6h12v12h-12z`, class: "widget-fill-blue widget-point" }),
        svg("circle", { cx: x, cy: high, r: 7, class: "widget-fill-orange widget-point" }),
      );
      for (const name of ["p", "n", "sigma"]) sliders[name].set(state[name]);
      const best = both.reduce((least, e, i) => (e.fresh < both[least].fresh ? i : least), 0);
      report.textContent = words.status
        .replace("{p}", state.p).replace("{n}", state.n)
        .replace("{training}", digits(now.training)).replace("{fresh}", digits(now.fresh))
        .replace("{noise}", digits(state.sigma ** 2)).replace("{best}", best + 1);
    };
    const control = (name, label, min, max, step, decimals) => slider(label, {
      min, max, step, decimals, value: state[name],
      oninput: (value) => { state[name] = value; draw(); },
    });
    const sliders = {
      p: control("p", "p", 1, MOST, 1, 0),
      n: control("n", "n", 5, 60, 1, 0),
      sigma: control("sigma", "σ", 0, 1, 0.05, 2),
    };
    // A click into the lower picture chooses p too; keys have the slider.
    const reach = svg("rect", { x: 46, y: 314, width: 384, height: 140, class: "widget-reach" });
    const choose = (event) => {
      const box = view.getBoundingClientRect();
      const x = below.ux(((event.clientX - box.left) * 440) / box.width);
      state.p = clamp(Math.round(x), 1, MOST);
      draw();
    };
    reach.addEventListener("pointerdown", choose);
    reach.addEventListener("pointermove", (event) => event.buttons && choose(event));
    view.append(reach);
    const again = (change) => { Object.assign(state, change); draw(); };
    root.append(view, controls(...Object.values(sliders).map((s) => s.node),
      html("div", { class: "widget-buttons" },
        button(words.draw, () => again({ seed: state.seed + 1 })),
        button(words.reset, () => again(START)))), report);
    draw();
  };

  course.widgets.overfitting = { start, truth, sample, fits, predict, errors, GRID };
})();
