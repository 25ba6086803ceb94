// A small network that is trained in the page, with a map of every hidden unit.
"use strict";

(() => {
  // Two classes, 50 points each, in the square from −EDGE to EDGE.
  const EDGE = 1.3;
  const DATA = {
    moons: (label, uniform) => {
      const angle = Math.PI * (uniform() + label);
      return [0.75 * (Math.cos(angle) + label - 0.5), 0.75 * (Math.sin(angle) + label / 2 - 0.25)];
    },
    spirals: (label, uniform) => {
      const radius = Math.sqrt(0.01 + 0.99 * uniform());
      const angle = Math.PI * (2 * radius + label);
      return [1.1 * radius * Math.cos(angle), 1.1 * radius * Math.sin(angle)];
    },
    xor: (label, uniform) => {
      const a = uniform() < 0.5 ? -0.65 : 0.65;
      return [a, label ? -a : a];
    },
  };
  const NOISE = { moons: 0.075, spirals: 0.03, xor: 0.17 };
  const makeData = (kind, { uniform, normal }) => {
    const y = Array.from({ length: 100 }, (_, n) => n % 2);
    const point = (label) => DATA[kind](label, uniform).map((v) => v + NOISE[kind] * normal());
    return { X: y.map(point), y };
  };

  // slope: the derivative of g, from a = g(z). First weights have the variance spread / d_in.
  const ACTIVATIONS = {
    tanh: { g: Math.tanh, slope: (a) => 1 - a * a, spread: 1 },
    relu: { g: (z) => Math.max(z, 0), slope: Math.sign, spread: 2 },
    none: { g: (z) => z, slope: () => 1, spread: 1 },
  };

  // theta lists all parameters: for each unit its weights, then its bias.
  const makeNet = (sizes, activation, { normal }) => {
    const { spread } = ACTIVATIONS[activation];
    const draw = (size, l) => Array.from({ length: size * (sizes[l] + 1) }, (_, k) =>
      (k + 1) % (sizes[l] + 1) ? Math.sqrt(spread / sizes[l]) * normal() : 0);
    const theta = Float64Array.from(sizes.slice(1).flatMap(draw));
    const zeros = () => theta.map(() => 0);
    const layers = () => sizes.map((size) => new Float64Array(size));
    return {
      sizes, ...ACTIVATIONS[activation], theta,
      z: layers(), a: layers(), delta: layers(), m: zeros(), v: zeros(), t: 0,
    };
  };

  // The logit for one sample; net.z and net.a keep what led to it.
  const forward = ({ sizes, g, theta, z, a }, x) => {
    a[0].set(x);
    let k = 0;
    for (let l = 1; l < sizes.length; l += 1) {
      for (let i = 0; i < sizes[l]; i += 1) {
        let sum = 0;
        for (let j = 0; j < sizes[l - 1]; j += 1) sum += theta[k++] * a[l - 1][j];
        z[l][i] = sum + theta[k++];
        a[l][i] = g(z[l][i]);
      }
    }
    return z.at(-1)[0];
  };

  // The mean binary cross-entropy on logits, its gradient, and how many are right.
  const lossAndGradient = (net, { X, y }) => {
    const { sizes, slope, theta, a, delta } = net;
    const gradient = new Float64Array(theta.length);
    let [loss, right] = [0, 0];
    X.forEach((x, n) => {
      const logit = forward(net, x);
      loss += Math.max(logit, 0) - logit * y[n] + Math.log1p(Math.exp(-Math.abs(logit)));
      right += logit > 0 === y[n] > 0;
      delta.at(-1)[0] = (1 / (1 + Math.exp(-logit)) - y[n]) / y.length;
      let k = theta.length; // backwards from here
      for (let l = sizes.length - 1; l > 0; l -= 1) {
        const [above, below, inputs] = [delta[l], delta[l - 1].fill(0), a[l - 1]];
        for (let i = sizes[l] - 1; i >= 0; i -= 1) {
          gradient[--k] += above[i];
          for (let j = sizes[l - 1] - 1; j >= 0; j -= 1) {
            gradient[--k] += above[i] * inputs[j];
            below[j] += above[i] * theta[k];
          }
        }
        inputs.forEach((input, j) => (below[j] *= slope(input)));
      }
    });
    return { loss: loss / y.length, gradient, right };
  };

  // One step of Adam, on all data. Returns the loss before it.
  const trainStep = (net, data, rate) => {
    const { loss, gradient } = lossAndGradient(net, data);
    net.t += 1;
    const [first, second] = [1 - 0.9 ** net.t, 1 - 0.999 ** net.t];
    gradient.forEach((g, k) => {
      net.m[k] = 0.9 * net.m[k] + 0.1 * g;
      net.v[k] = 0.999 * net.v[k] + 0.001 * g * g;
      net.theta[k] -= (rate * net.m[k]) / first / (Math.sqrt(net.v[k] / second) + 1e-8);
    });
    return loss;
  };

  const LIMIT = 500; // steps of a run
  const CELL = 5; // of the small maps
  const SIGNS = ["m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z", "m0-6l5 9h-10z"];
  const SHADES = [0, 0.6, 1.5];
  const rateOf = (exponent) => Number((10 ** exponent).toPrecision(2));

  const start = (root, words, kit) => {
    const { svg } = kit;
    const state = { data: "moons", activation: "tanh", seed: 1 };
    let [net, data, losses, maps, size, timer] = [null, null, [], [], 0, 0];

    const view = kit.picture(440, 470, words.picture);
    const box = { left: 34, top: 26, width: 240, height: 240 };
    const space = kit.plane(view, box, [-EDGE, EDGE], [-EDGE, EDGE],
      { xticks: [-1, 0, 1], yticks: [-1, 0, 1], xlabel: "x₁", ylabel: "x₂" });
    const plot = kit.plane(view, { ...box, left: 318, width: 104 }, [0, LIMIT], [0, 1],
      { xticks: [0, LIMIT], yticks: [0, 1], xlabel: words.steps, ylabel: words.loss });
    const curve = svg("path", { class: "widget-line widget-green" });
    const marks = ["blue", "orange"].map((colour) =>
      svg("path", { class: `widget-fill-${colour} widget-point` }));
    const hidden = svg("g");
    plot.group.append(curve);
    view.append(hidden);
    const report = kit.status();

    // A map of z of unit k in layer l: shades of orange where it is positive, of blue where it
    // is negative (with ReLU these give 0 and stay empty), and a line where it is zero.
    const newMap = (l, k, { left, top, size, cell }) => {
      const signs = l > 0 && state.activation === "relu" ? [1] : [1, -1];
      const shades = signs.flatMap((sign) => SHADES.map((shade) => ({
        sign, shade,
        node: svg("path", { class: `widget-shade widget-${sign > 0 ? "orange" : "blue"}` }),
      })));
      const line = svg("path", { class: `widget-line ${l > 0 ? "widget-thin" : ""}` });
      const node = svg("svg", { x: left, y: top, width: size, height: size }, // clips
        ...shades.map((shade) => shade.node), line);
      const place = { left: -cell, top: -cell, cell };
      const draw = (z, columns) => {
        const minus = z.map((value) => -value);
        const negative = kit.region(z, columns, 0, place);
        line.setAttribute("d", negative);
        for (const { sign, shade, node } of shades) {
          node.setAttribute("d", sign < 0 && shade === 0 ? negative
            : kit.region(sign > 0 ? minus : z, columns, -shade, place));
        }
      };
      return { l, k, node, draw };
    };
    // Draw some maps of one size. The nodes begin and end outside: no rim of a region is seen.
    const paint = (some, size, cell) => {
      const columns = size / cell + 3;
      const seen = some.map(() => new Float64Array(columns ** 2));
      const at = (index) => EDGE * ((2 * (index - 1) * cell) / size - 1);
      for (let n = 0; n < columns ** 2; n += 1) {
        forward(net, [at(n % columns), -at(Math.floor(n / columns))]);
        some.forEach(({ l, k }, m) => (seen[m][n] = net.z.at(l)[k]));
      }
      some.forEach((map, m) => map.draw(seen[m], columns));
    };
    const whole = newMap(-1, 0, { ...box, size: box.width, cell: 6 });
    space.group.append(whole.node, ...marks);

    const draw = () => {
      const { loss, right } = lossAndGradient(net, data);
      losses[net.t] = [net.t, loss];
      curve.setAttribute("d", plot.line(losses.filter(([t]) => t % 4 === 0 || t === net.t)));
      paint([whole], box.width, 6);
      paint(maps, size, CELL);
      kit.tell(report, words.status
        .replace("{step}", net.t).replace("{loss}", kit.show(loss, 3))
        .replace("{right}", right).replace("{parameters}", net.theta.length), timer);
    };
    const pause = () => {
      clearInterval(timer);
      timer = 0;
      run.textContent = words.run;
    };

    // A new network, with the first weights of the present seed.
    const renew = () => {
      pause();
      const sizes = [2, ...Array(layers.value).fill(units.value), 1];
      net = makeNet(sizes, state.activation, kit.random(state.seed));
      data = makeData(state.data, kit.random(0));
      [losses, maps] = [[], []];
      size = CELL * Math.floor((Math.min(152 / layers.value, 372 / units.value) - 5) / CELL);
      hidden.replaceChildren();
      for (let l = 1; l <= layers.value; l += 1) {
        const top = 316 + (size + 7) * (l - 1);
        const name = words.layer.replace("{number}", l);
        hidden.append(svg("text", { y: top + size / 2 + 5, class: "small" }, name));
        for (let k = 0; k < units.value; k += 1) {
          const left = 68 + (size + 5) * k;
          maps.push(newMap(l, k, { left, top, size, cell: CELL }));
          hidden.append(maps.at(-1).node, svg("g", { class: "widget-axes" },
            svg("rect", { x: left, y: top, width: size, height: size })));
        }
      }
      marks.forEach((mark, label) => mark.setAttribute("d", data.X.map((x, n) =>
        data.y[n] === label ? space.line([x]) + SIGNS[label] : "").join("")));
    };
    const begin = () => {
      renew();
      draw();
    };
    const train = (steps) => {
      if (net.t === LIMIT) renew();
      for (let n = 0; n < steps && net.t < LIMIT; n += 1) {
        losses[net.t] = [net.t, trainStep(net, data, rateOf(rate.value))];
      }
    };
    const tick = () => {
      train(3);
      if (net.t === LIMIT) pause();
      draw();
    };
    const toggle = () => {
      if (timer) {
        pause();
      } else if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
        train(100);
      } else {
        train(0);
        timer = setInterval(tick, 40);
        run.textContent = words.pause;
      }
      draw();
    };

    const choose = (key, label, options) => kit.choice(label, options, state[key], (value) => {
      state[key] = value;
      begin();
    }).node;
    const kinds = { moons: words.moons, spirals: words.spirals, xor: words.xor };
    const activations = { tanh: "tanh", relu: "ReLU", none: words.none };
    const shape = { step: 1, decimals: 0, oninput: begin };
    const layers = kit.slider(words.layers, { min: 1, max: 3, value: 2, ...shape });
    const units = kit.slider(words.units, { min: 2, max: 8, value: 4, ...shape });
    const rate = kit.slider(words.rate, {
      min: -3, max: 0, step: 0.02, value: Math.log10(0.02),
      format: (exponent) => rateOf(exponent).toPrecision(2),
      oninput: () => {},
    });
    const run = kit.button(words.run, toggle);
    const buttons = kit.html("div", { class: "widget-buttons" }, run,
      kit.button(words.step, () => { pause(); train(1); draw(); }),
      kit.button(words.reset, begin),
      kit.button(words.again, () => { state.seed += 1; begin(); }));
    root.append(view, kit.controls(buttons), kit.controls(
      choose("data", words.data, kinds), choose("activation", words.activation, activations),
      layers.node, units.node, rate.node), report);
    renew();
    train(LIMIT); // the still picture shows a finished run
    draw();
  };

  course.widgets.training = { start, makeData, makeNet, forward, lossAndGradient, trainStep };
})();
