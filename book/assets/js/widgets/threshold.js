// A threshold that you drag: four counts, three rates, and the point on the ROC curve.
"use strict";

(() => {
  const COUNT = 100; // scores of each class, which stand for 100,000 people
  const PEOPLE = 100_000;
  const FAR = 4.6; // the axis of the scores goes from −FAR to FAR
  const PREVALENCES = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.37, 0.5];
  const START = { threshold: 0, separation: 2, prevalence: 6 };

  // Healthy scores are normal around −separation/2, those of the ill around +separation/2.
  const scores = (separation, { random }) => {
    const { normal } = random(1320); // a typical draw: its AUC is near the expected one
    const around = (middle) => Array.from({ length: COUNT }, () => middle + normal());
    return { healthy: around(-separation / 2), ill: around(separation / 2) };
  };

  const atLeast = (values, threshold) => values.filter((z) => z >= threshold).length;

  // How many people one score stands for, so that a share `prevalence` of all is ill. The
  // scores stay as they are: another prevalence changes how many people there are of each.
  const weights = (prevalence) => ({
    ill: Math.round((PEOPLE * prevalence) / COUNT),
    healthy: Math.round((PEOPLE * (1 - prevalence)) / COUNT),
  });

  const counts = ({ ill, healthy }, threshold, prevalence) => {
    const weight = weights(prevalence);
    const [found, alarms] = [atLeast(ill, threshold), atLeast(healthy, threshold)];
    return {
      tp: found * weight.ill,
      fn: (COUNT - found) * weight.ill,
      fp: alarms * weight.healthy,
      tn: (COUNT - alarms) * weight.healthy,
    };
  };

  // Without an alarm there is no precision: NaN.
  const rates = ({ tp, fn, fp, tn }) => ({
    recall: tp / (tp + fn),
    falseRate: fp / (fp + tn),
    precision: tp / (tp + fp),
  });

  // Points [false positive rate, recall] as the threshold falls past each score.
  const rocCurve = ({ ill, healthy }) => {
    const all = [...new Set([...ill, ...healthy])].sort((a, b) => b - a);
    return [[0, 0], ...all.map((z) => [
      atLeast(healthy, z) / healthy.length,
      atLeast(ill, z) / ill.length,
    ])];
  };
  const area = (curve) =>
    curve.slice(1).reduce((sum, [x, y], i) => sum + ((x - curve[i][0]) * (y + curve[i][1])) / 2, 0);

  // The pairs (one ill, one healthy) in which the ill one scores higher; a tie is a half.
  const pairsWon = ({ ill, healthy }) =>
    ill.flatMap((a) => healthy.map((b) => (a > b) + (a === b) / 2)).reduce((sum, won) => sum + won);

  // Scores as heaps: for each the place of its bin, and how many lie below it.
  const heaps = (values, width) => {
    const filled = new Map();
    return [...values].sort((a, b) => a - b).map((z) => {
      const bin = Math.floor(z / width);
      const below = filled.get(bin) ?? 0;
      filled.set(bin, below + 1);
      return { z, x: (bin + 0.5) * width, below };
    });
  };

  const start = (root, words, kit) => {
    const { svg, picture, plane, controls, slider, button, status, grip, draggable } = kit;
    const { show, clamp } = kit;
    const state = { ...START };
    const people = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
    const decimals = (rate) => show(rate, rate > 0 && rate < 0.0995 ? 3 : 2);
    const percent = (i) => `${show(100 * PREVALENCES[i], i ? 0 : 1)}%`;
    const view = picture(440, 510, words.picture);
    const text = (content, x, y, classes = "") =>
      view.appendChild(svg("text", { x, y, class: classes, "aria-hidden": "true" }, content));
    const path = (classes, parent = view) => parent.appendChild(svg("path", { class: classes }));

    // Above: the scores. Triangles up for the ill, circles down for the healthy; whoever is
    // called ill is filled. Each quarter of the picture is a cell of the confusion matrix.
    const unit = 208 / FAR; // of the picture, for a score of 1
    const px = (z) => 220 + z * unit;
    const [top, middle, bottom] = [22, 138, 254];
    const size = 3.6;
    const pitch = 8.4; // from mark to mark, across and up
    const rect = (attributes) => view.appendChild(svg("rect", attributes));
    const shade = rect({ y: top, height: bottom - top, class: "widget-shade" });
    path("widget-line widget-thin widget-muted").setAttribute("d", `M4 ${middle}H436`);
    const dots = {
      ill: [path("widget-line widget-thin widget-orange"), path("widget-fill-orange")],
      healthy: [path("widget-line widget-thin widget-blue"), path("widget-fill-blue")],
    };
    const cut = path("widget-line");
    text(words.calledHealthy, 4, 14, "muted");
    text(words.calledIll, 436, 14, "muted end");
    const cell = (name, x, y, classes) => {
      text(name, x, y + 19, `small ${classes}`);
      return text("", x, y, `bold ${classes}`);
    };
    const cells = {
      fn: cell(words.fn, 4, 42, ""),
      tp: cell(words.tp, 436, 42, "end"),
      tn: cell(words.tn, 4, 230, ""),
      fp: cell(words.fp, 436, 230, "end"),
    };
    const scale = text("", 220, bottom + 20, "middle muted small");

    // Below: the ROC curve, and three rates as bars.
    const box = { left: 46, top: 306, width: 164, height: 164 };
    const roc = plane(view, box, [0, 1], [0, 1], {
      xticks: [0, 1], yticks: [0, 1], xlabel: words.falseRate, ylabel: words.recall,
    });
    const under = path("widget-shade widget-blue", roc.group);
    path("widget-line widget-thin widget-dashed widget-muted", roc.group)
      .setAttribute("d", roc.line([[0, 0], [1, 1]]));
    const curve = path("widget-line widget-blue", roc.group);
    const auc = text("", roc.px(0.97), roc.py(0.06), "end");
    const square = { x: -7, y: -7, width: 14, height: 14 };
    const point = rect({ ...square, class: "widget-fill-ink widget-grip" });
    const bar = (name, y, colour) => {
      text(name, 236, y);
      rect({ x: 236, y: y + 8, width: 200, height: 8, class: "widget-track" });
      const fill = rect({ x: 236, y: y + 8, height: 8, class: colour });
      const number = text("", 436, y, "end bold");
      return (rate) => {
        number.textContent = Number.isNaN(rate) ? "–" : decimals(rate);
        fill.setAttribute("width", (200 * (rate || 0)).toFixed(1));
      };
    };
    const bars = {
      recall: bar(words.recall, 328, "widget-fill-orange"),
      falseRate: bar(words.falseRate, 386, "widget-fill-blue"),
      precision: bar(words.precision, 444, "widget-fill-ink"),
    };
    const handle = grip("widget-fill-ink");
    view.append(handle);
    const report = status();

    let drawn; // the scores, and what follows from them alone
    const spread = () => {
      const sample = scores(state.separation, kit);
      const points = rocCurve(sample);
      drawn = { sample, points, won: pairsWon(sample) };
      curve.setAttribute("d", roc.line(points));
      under.setAttribute("d", `${roc.line([...points, [1, 0]])}Z`);
      auc.textContent = `AUC ${show(area(points), 3)}`;
    };

    const draw = () => {
      const { threshold } = state;
      const prevalence = PREVALENCES[state.prevalence];
      const { sample, won } = drawn;
      const shape = {
        ill: (x, y) => `M${x} ${(y - size).toFixed(1)}l${size} ${2 * size}h${-2 * size}z`,
        healthy: (x, y) => `M${(x - size).toFixed(1)} ${y}` +
          [2, -2].map((way) => `a${size} ${size} 0 1 0 ${way * size} 0`).join("") + "z",
      };
      const width = pitch / unit;
      for (const [kind, way] of [["ill", -1], ["healthy", 1]]) {
        const marks = ["", ""];
        for (const { z, x, below } of heaps(sample[kind], width)) {
          const y = middle + way * (16 + pitch * below);
          marks[Number(z >= threshold)] += shape[kind](px(x).toFixed(1), y.toFixed(1));
        }
        dots[kind].forEach((node, i) => node.setAttribute("d", marks[i]));
      }
      const x = px(threshold).toFixed(1);
      cut.setAttribute("d", `M${x} ${top}V${bottom}`);
      shade.setAttribute("x", x);
      shade.setAttribute("width", (436 - x).toFixed(1));
      handle.place(px(threshold), middle);
      const weight = weights(prevalence);
      scale.textContent = words.scale
        .replace("{ill}", people(weight.ill))
        .replace("{healthy}", people(weight.healthy));
      const number = counts(sample, threshold, prevalence);
      for (const name of Object.keys(cells)) cells[name].textContent = people(number[name]);
      const rate = rates(number);
      for (const name of Object.keys(bars)) bars[name](rate[name]);
      const at = [roc.px(rate.falseRate), roc.py(rate.recall)].map((v) => v.toFixed(1));
      point.setAttribute("transform", `translate(${at.join(" ")})`);
      place.set(threshold);
      distance.set(state.separation);
      share.set(state.prevalence);
      const said = {
        tp: people(number.tp), ill: people(number.tp + number.fn), recall: decimals(rate.recall),
        fp: people(number.fp), healthy: people(number.fp + number.tn),
        falseRate: decimals(rate.falseRate), alarms: people(number.tp + number.fp),
        precision: decimals(rate.precision), auc: show(area(drawn.points), 3), won: people(won),
      };
      const sentence = number.tp + number.fp ? words.status : words.silent;
      report.textContent = sentence.replace(/\{(\w+)\}/g, (_, name) => said[name]);
    };

    const move = (threshold) => {
      state.threshold = clamp(threshold, -FAR, FAR);
      draw();
    };
    const part = (separation) => {
      state.separation = separation;
      spread();
      draw();
    };
    draggable(handle, words.grip, (dx) => move(state.threshold + dx / unit));
    const place = slider(words.threshold, {
      min: -FAR, max: FAR, step: 0.05, value: state.threshold, decimals: 2, oninput: move,
    });
    const distance = slider(words.separation, {
      min: 0, max: 4, step: 0.1, value: state.separation, oninput: part,
    });
    const share = slider(words.prevalence, {
      min: 0, max: PREVALENCES.length - 1, step: 1, value: state.prevalence, format: percent,
      oninput: (i) => { state.prevalence = i; draw(); },
    });
    const reset = () => {
      Object.assign(state, START);
      part(state.separation);
    };
    root.append(view,
      controls(place.node, distance.node, share.node, button(words.reset, reset)), report);
    reset();
  };

  course.widgets.threshold = { start, scores, counts, rates, rocCurve, area, pairsWon };
})();
