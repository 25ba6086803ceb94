// The front page: a small network learns to tell two crescents apart. On the left the
// points and the border that the network draws, in the middle its weights, on the right
// the points as its last hidden layer sees them, where the border is a straight line.
// The network is that of training.js, which is loaded before.
"use strict";

(() => {
  const SIZES = [2, 4, 4, 2, 1];
  const EDGE = 1.3; // of the plane on the left
  const [REACH, COUNT] = [1.4, 57]; // the logits are computed a little beyond it
  const [RATE, STEPS] = [0.02, 160]; // all points are right by then, from many seeds

  // What is to be seen of a network: its logits on a grid over the plane, the points in
  // its last hidden layer, and two far points on the line w·h + b = 0 there.
  const look = (net, data) => {
    const { forward } = course.widgets.training;
    const at = (i) => REACH * ((2 * i) / (COUNT - 1) - 1);
    const plane = Array.from({ length: COUNT ** 2 }, (_, n) =>
      forward(net, [at(n % COUNT), -at(Math.floor(n / COUNT))]));
    const logits = [];
    const points = data.X.map((x) => {
      logits.push(forward(net, x));
      return [...net.a.at(-2)];
    });
    const [w1, w2, b] = net.theta.slice(-3);
    const square = w1 * w1 + w2 * w2;
    const line = [-9, 9].map((far) => [
      (-b * w1 - far * w2) / square, (-b * w2 + far * w1) / square,
    ]);
    const right = logits.filter((logit, n) => logit > 0 === data.y[n] > 0).length;
    return { plane, points, line, right };
  };

  // The circles of the network in the middle: x, and the heights of each layer.
  const COLUMNS = [[254, [72, 132]], [296, [42, 82, 122, 162]], [338, [42, 82, 122, 162]],
    [380, [72, 132]], [414, [102]]];
  const SIGNS = ["m-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0-7.2 0z", "m0-5.4l4.6 8.2h-9.2z"];

  const start = (root, words, kit) => {
    const { svg } = kit;
    const { makeData, makeNet, trainStep } = course.widgets.training;
    const data = makeData("moons", kit.random(0));
    let [net, seed, timer] = [null, 1, 0];

    const view = kit.picture(660, 204, words.picture);
    const box = { left: 2, top: 2, width: 200, height: 200 };
    const before = kit.plane(view, box, [-EDGE, EDGE], [-EDGE, EDGE]);
    const after = kit.plane(view, { ...box, left: 458 }, [-1.15, 1.15], [-1.15, 1.15]);
    const grid = {
      left: before.px(-REACH), top: before.py(REACH),
      cell: (before.px(REACH) - before.px(-REACH)) / (COUNT - 1),
    };
    const shades = ["blue", "orange"].map((colour) =>
      svg("path", { class: `widget-shade widget-${colour}` }));
    const curve = svg("path", { class: "widget-line" });
    const line = svg("path", { class: "widget-line widget-dashed" });
    const marks = () => ["blue", "orange"].map((colour) =>
      svg("path", { class: `widget-fill-${colour}` }));
    const [here, there] = [marks(), marks()];
    before.group.append(...shades, curve, ...here);
    after.group.append(line, ...there);

    // The weights in the order of theta: for each unit its inputs, then its bias.
    const edges = COLUMNS.slice(1).flatMap(([x, heights], l) => heights.flatMap((y) => [
      ...COLUMNS[l][1].map((from) => svg("path", { d: `M${COLUMNS[l][0]} ${from}L${x} ${y}` })),
      null,
    ]));
    view.append(...edges.filter(Boolean));
    for (const [x, heights] of COLUMNS) {
      heights.forEach((y) => view.append(svg("circle", { cx: x, cy: y, r: 7, class: "widget-node" })));
    }
    for (const x of [210, 426]) {
      view.append(svg("path", { class: "widget-line widget-thin", d: `M${x} 102h22m-7-6l7 6l-7 6` }));
    }

    const scatter = (space, nodes, points) => nodes.forEach((node, label) =>
      node.setAttribute("d", points.map((point, n) =>
        data.y[n] === label ? space.line([point]) + SIGNS[label] : "").join("")));
    scatter(before, here, data.X);
    const report = kit.status();
    const draw = () => {
      const seen = look(net, data);
      const [below, above] = [seen.plane, seen.plane.map((z) => -z)].map((values) =>
        kit.region(values, COUNT, 0, grid));
      shades[0].setAttribute("d", below);
      shades[1].setAttribute("d", above);
      curve.setAttribute("d", below);
      line.setAttribute("d", after.line(seen.line));
      scatter(after, there, seen.points);
      edges.forEach((edge, k) => {
        if (!edge) return;
        edge.setAttribute("class", `widget-line widget-${net.theta[k] > 0 ? "orange" : "blue"}`);
        edge.style.strokeWidth = Math.min(0.4 + 1.4 * Math.abs(net.theta[k]), 5).toFixed(2);
      });
      kit.tell(report, words.status.replace("{steps}", net.t)
        .replace("{right}", seen.right).replace("{all}", data.y.length), timer);
    };
    const renew = () => (net = makeNet(SIZES, "tanh", kit.random(seed)));
    const train = (steps) => {
      for (let n = 0; n < steps && net.t < STEPS; n += 1) trainStep(net, data, RATE);
    };
    const pause = () => {
      clearInterval(timer);
      timer = 0;
      run.textContent = words.run;
    };
    const tick = () => {
      train(1);
      if (net.t === STEPS) pause();
      draw();
    };
    const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
    const toggle = () => {
      if (timer) {
        pause();
        return draw();
      }
      if (net.t === STEPS) {
        seed += 1;
        renew();
      }
      if (still()) {
        train(STEPS);
        return draw();
      }
      timer = setInterval(tick, 40);
      run.textContent = words.pause;
    };
    const run = kit.button(words.run, toggle);
    root.append(view, kit.html("div", { class: "widget-buttons" }, run, report));
    renew();
    train(STEPS); // the still picture shows what it comes to
    draw();
    // It learns once by itself, when the reader has seen what it comes to.
    setTimeout(() => root.isConnected && !timer && !still() && toggle(), 1500);
  };

  course.widgets.unfold = { start, look };
})();
