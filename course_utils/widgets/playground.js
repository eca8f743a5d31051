// The playground's browser half. First the numbers (playground_network.py holds
// the same; a test holds both equal), then the drawing, then the view.

// ---- Numbers ---------------------------------------------------------------

const POINTS = 200, REACH = 3, MOST_LAYERS = 3, MOST_UNITS = 8;

/** Random numbers from 0 to 1: mulberry32. */
function uniform(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= (t + Math.imul(t ^ (t >>> 7), t | 61)) | 0;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function normal(random) {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}

function place(name, index, share, random) {
  const u = random(), v = random(), label = index % 2, angle = 2 * Math.PI * u;
  if (name === "circles") {
    const radius = label ? v : 1.6 + 0.8 * v;
    return [radius * Math.cos(angle), radius * Math.sin(angle), label];
  }
  if (name === "xor") {
    const x = 0.15 + 2.35 * u, y = 0.15 + 2.35 * v, side = (index >> 1) % 2 ? 1 : -1;
    return [side * x, side * (label ? -y : y), label];
  }
  if (name === "gauss") {
    const centre = label ? 1.2 : -1.2, radius = Math.sqrt(-0.4 * Math.log(1 - v));
    return [centre + radius * Math.cos(angle), centre + radius * Math.sin(angle), label];
  }
  const turn = 3.5 * Math.PI * share + (label ? Math.PI : 0);
  return [2.5 * share * Math.sin(turn), 2.5 * share * Math.cos(turn), label];
}

function dataset(name, noise, seed) {
  const random = uniform(seed), X = [], y = [];
  for (let index = 0; index < POINTS; index++) {
    const share = ((index >> 1) + 0.5) / (POINTS / 2);
    const [x1, x2, label] = place(name, index, share, random);
    X.push([x1 + noise * normal(random), x2 + noise * normal(random)]);
    y.push(label);
  }
  return { X, y };
}

function randomStart(widths, seed) {
  const random = uniform(seed);
  return widths.slice(1).map((H, l) => {
    const W = Array.from({ length: widths[l] }, () =>
      Array.from({ length: H }, () => Math.sqrt(2 / widths[l]) * normal(random)));
    return [W, new Array(H).fill(0)];
  });
}

const ACTIVATIONS = {
  tanh: { of: Math.tanh, slope: a => 1 - a * a },
  relu: { of: z => (z > 0 ? z : 0), slope: a => (a > 0 ? 1 : 0) },
  sigmoid: { of: z => 1 / (1 + Math.exp(-z)), slope: a => a * (1 - a) },
  linear: { of: z => z, slope: () => 1 },
};

/** Layers {D, H, W, b} with flat float64 weights, W[d * H + h]. */
const packed = params => params.map(([W, b]) => ({
  D: W.length, H: b.length, W: Float64Array.from(W.flat()), b: Float64Array.from(b),
}));
const unpacked = layers => layers.map(({ D, H, W, b }) => [
  Array.from({ length: D }, (_, d) => Array.from(W.subarray(d * H, d * H + H))),
  Array.from(b),
]);
const widthsOf = layers => [2, ...layers.map(layer => layer.H)];

/** Outputs of all layers, [X, A1, …, Z], each flat with N rows. */
function forward(layers, activation, X, N, room = []) {
  const { of } = ACTIVATIONS[activation];
  room[0] = X;
  layers.forEach(({ D, H, W, b }, l) => {
    const A = room[l], last = l === layers.length - 1;
    if (room[l + 1]?.length !== N * H) room[l + 1] = new Float64Array(N * H);
    const Z = room[l + 1];
    for (let n = 0; n < N; n++) {
      for (let h = 0; h < H; h++) {
        let z = b[h];
        for (let d = 0; d < D; d++) z += A[n * D + d] * W[d * H + h];
        Z[n * H + h] = last ? z : of(z);
      }
    }
  });
  room.length = layers.length + 1;
  return room;
}

/** Mean binary cross-entropy of the sigmoid of the scores. */
function lossOf(Z, y) {
  let sum = 0;
  for (let n = 0; n < y.length; n++)
    sum += Math.max(Z[n], 0) + Math.log1p(Math.exp(-Math.abs(Z[n]))) - y[n] * Z[n];
  return sum / y.length;
}

/** One step of gradient descent on the whole batch; changes the layers in place. */
function step(layers, activation, X, y, rate, room) {
  const N = y.length, outputs = forward(layers, activation, X, N, room);
  const { slope } = ACTIVATIONS[activation];
  const Z = outputs[layers.length];
  let dZ = new Float64Array(N);
  for (let n = 0; n < N; n++) dZ[n] = (ACTIVATIONS.sigmoid.of(Z[n]) - y[n]) / N;
  for (let l = layers.length - 1; l >= 0; l--) {
    const { D, H, W, b } = layers[l], A = outputs[l];
    const dA = l > 0 ? new Float64Array(N * D) : null;
    const dW = new Float64Array(D * H), db = new Float64Array(H);
    for (let n = 0; n < N; n++) {
      for (let h = 0; h < H; h++) {
        const d_ = dZ[n * H + h];
        if (d_ === 0) continue;
        db[h] += d_;
        for (let d = 0; d < D; d++) {
          dW[d * H + h] += A[n * D + d] * d_;
          if (dA) dA[n * D + d] += W[d * H + h] * d_;
        }
      }
    }
    for (let i = 0; i < dW.length; i++) W[i] -= rate * dW[i];
    for (let h = 0; h < H; h++) b[h] -= rate * db[h];
    if (dA) for (let i = 0; i < dA.length; i++) dA[i] *= slope(A[i]);
    dZ = dA;
  }
}

/** The square that is shown: [left, bottom, side]. */
function viewBox(X, own) {
  if (!own) return [-REACH, -REACH, 2 * REACH];
  const low = [0, 1].map(i => Math.min(...X.map(x => x[i])));
  const high = [0, 1].map(i => Math.max(...X.map(x => x[i])));
  const half = Math.max(0.7 * Math.max(high[0] - low[0], high[1] - low[1]), 1e-6);
  return [...low.map((v, i) => (v + high[i]) / 2 - half), 2 * half];
}

// ---- Maps and lines --------------------------------------------------------

const GRID = 48;

/** Points of a GRID × GRID raster, first row at the top. */
function raster([left, bottom, side]) {
  const points = new Float64Array(GRID * GRID * 2);
  for (let row = 0; row < GRID; row++)
    for (let column = 0; column < GRID; column++) {
      const at = 2 * (row * GRID + column);
      points[at] = left + ((column + 0.5) / GRID) * side;
      points[at + 1] = bottom + (1 - (row + 0.5) / GRID) * side;
    }
  return points;
}

/** 511 colours from −1 to 1 as 32-bit words: orange, ground, blue. */
function palette({ orange, ground, blue }) {
  const words = new Uint32Array(511);
  for (let i = -255; i <= 255; i++) {
    const [r, g, b] = mixed(ground, i < 0 ? orange : blue, (0.62 * Math.abs(i)) / 255);
    words[i + 255] = (255 << 24) | (b << 16) | (g << 8) | r;
  }
  return words;
}

/** Where on the palette a unit's output lies: −1 to 1. */
function scaleOf(values, unit, units, kind) {
  if (kind === "score") return z => 2 * ACTIVATIONS.sigmoid.of(z) - 1;
  if (kind === "tanh" || kind === "sigmoid") return a => a;
  let largest = 1e-9;
  for (let i = unit; i < values.length; i += units)
    largest = Math.max(largest, Math.abs(values[i]));
  return a => a / largest;
}

const noCurves = () => ({ step: [], train: [], test: [] });
const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

// ---- The view --------------------------------------------------------------

const DATA_NAMES = {
  circles: "Circles", xor: "XOR", gauss: "Two clouds", spiral: "Spiral", yours: "Yours",
};
const RATES = [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const NODE = 34, PITCH = 46, HEAD = 62;
const STEPS_A_FRAME = 10, FRAME_BUDGET = 8, SAVE_EVERY = 500, CURVE_POINTS = 240;

function render({ model, el }) {
  const view = openPiece({
    model,
    el,
    label: "Playground: a network that trains in the browser",
    lost: "The kernel has been restarted. The playground goes on here, but its " +
      "numbers no longer reach Python: run the cell again.",
  });

  // State of this view. `origin` is what Reset goes back to.
  let data, layers, activation, rate, steps, seed, curves, origin;
  let X, y, XTest, yTest, box, gridPoints, yours = null;
  let running = false, lastSave = 0, chosen = null;
  let room = [], testRoom = [], gridRoom = [], dirty = true;

  // ---- Model

  function readData(read) {
    data = read;
    if (data.name === "yours") yours = data;
    X = Float64Array.from(data.X.flat());
    y = Float64Array.from(data.y);
    XTest = Float64Array.from(data.X_test.flat());
    yTest = Float64Array.from(data.y_test);
    box = viewBox(data.X, data.name === "yours");
    gridPoints = raster(box);
    [room, testRoom, gridRoom] = [[], [], []];
  }

  function readState() {
    origin = model.get("_state");
    ({ activation, rate, seed } = origin);
    chosen = null;
    goBack();
  }

  /** Take the numbers of `origin`. */
  function goBack() {
    layers = packed(origin.params);
    steps = origin.steps;
    curves = { ...noCurves(), ...structuredClone(origin.curves) };
    if (!layers[chosen?.[0] - 1] || chosen[1] >= widthsOf(layers)[chosen[0]])
      chosen = [layers.length, 0];
    record();
  }

  const save = afterFrame(() => {
    const _state = { params: unpacked(layers), activation, rate, steps, seed, curves: structuredClone(curves) };
    view.save(model.get("_data") === data ? { _state } : { _data: data, _state });
  }, view);

  /** Add the losses to the curves; thin them out when there are many. */
  function record() {
    const loss = (points, classes, room) => classes.length
      ? lossOf(forward(layers, activation, points, classes.length, room).at(-1), classes) : null;
    const now = { step: steps, train: loss(X, y, room), test: loss(XTest, yTest, testRoom) };
    const again = curves.step.at(-1) === steps;
    for (const name in curves) {
      if (again) curves[name].pop();
      curves[name].push(now[name]);
    }
    if (curves.step.length > CURVE_POINTS) {
      const keep = (_, i, all) => i % 2 === 0 || i === all.length - 1;
      for (const name in curves) curves[name] = curves[name].filter(keep);
    }
  }

  // ---- What the reader does

  function words() {
    const train = curves.train.at(-1), test = curves.test.at(-1);
    return `Step ${steps}: training loss ${figure(train)}` +
      (test === null ? "." : `, test loss ${figure(test)}.`);
  }

  /** Take up to `count` steps; false when the numbers leave all bounds. */
  function advance(count, budget) {
    const began = performance.now();
    for (let i = 0; i < count; i++) {
      const before = layers.map(({ W, b }) => [W.slice(), b.slice()]);
      step(layers, activation, X, y, rate, room);
      const finite = layers.every(({ W, b }) =>
        W.every(w => Math.abs(w) < 1e6) && b.every(v => Math.abs(v) < 1e6));
      if (!finite) {
        layers.forEach((layer, l) => { [layer.W, layer.b] = before[l]; });
        return false;
      }
      steps += 1;
      if (performance.now() - began > budget) break;
    }
    return true;
  }

  function stepOnce() {
    pause();
    const fine = advance(1, Infinity);
    record();
    changed(fine ? words() : diverged());
    save();
  }

  const diverged = () => `Divergent: after step ${steps} the weights leave all ` +
    `bounds at the learning rate ${rate}. Choose a smaller one and press Reset.`;

  let ticking = 0;
  function tick() {
    ticking = 0;
    if (!running) return;
    const fine = advance(STEPS_A_FRAME, FRAME_BUDGET);
    record();
    dirty = true;
    draw();
    if (!fine) {
      pause();
      view.say(diverged());
      return;
    }
    if (performance.now() - lastSave > SAVE_EVERY) {
      lastSave = performance.now();
      save();
    }
    ticking = requestAnimationFrame(tick);
  }

  function run() {
    running = true;
    runButton.textContent = "❚❚ Pause";
    view.say(`Running from step ${steps}.`);
    ticking ||= requestAnimationFrame(tick);
  }

  function pause() {
    if (!running) return;
    running = false;
    runButton.textContent = "▶ Run";
    save();
    view.say(`Paused. ${words()}`);
  }

  /** After a change: redraw, and say what it was. */
  function changed(sentence) {
    dirty = true;
    ask();
    if (sentence) view.say(sentence);
  }

  function reset(sentence) {
    pause();
    goBack();
    follow();
    changed(`${sentence} ${words()}`);
    save();
  }

  function reshape(widths, sentence) {
    pause();
    origin = { params: randomStart(widths, seed), steps: 0, curves: {} };
    reset(sentence);
  }

  function addLayer(by) {
    const widths = widthsOf(layers), hidden = layers.length - 1;
    if (hidden + by < 0 || hidden + by > MOST_LAYERS) return;
    if (by > 0) widths.splice(-1, 0, 2);
    else widths.splice(-2, 1);
    chosen = [widths.length - 1, 0];
    reshape(widths, `Now ${plural(hidden + by, "hidden layer")}, with new random weights.`);
  }

  function addUnit(layer, by) {
    const widths = widthsOf(layers);
    if (widths[layer] + by < 1 || widths[layer] + by > MOST_UNITS) return;
    widths[layer] += by;
    reshape(widths, `Hidden layer ${layer} now has ${plural(widths[layer], "unit")}, ` +
      "with new random weights.");
  }

  function takeData(read) {
    readData(read);
    curves = noCurves();
    record();
    follow();
  }

  function newData(name, noise) {
    const wasRunning = running;
    pause();
    let made = yours;
    if (name !== "yours") {
      const [training, test] = [dataset(name, noise, 1), dataset(name, noise, 2)];
      made = { name, noise, ...training, X_test: test.X, y_test: test.y };
    }
    takeData(made);
    changed(`Data set ${DATA_NAMES[name]}, noise ${figure(data.noise)}. ${words()}`);
    save();
    if (wasRunning) run();
  }

  // ---- Controls

  const runButton = button("▶ Run", () => (running ? pause() : run()), { class: "playground-run" });
  const layerCount = element("span", { class: "playground-count" });
  const fewerLayers = button("−", () => addLayer(-1), { "aria-label": "Remove a hidden layer" });
  const moreLayers = button("+", () => addLayer(1), { "aria-label": "Add a hidden layer" });
  const dataChoice = choice("Data", [], "", name => newData(name, noiseSlider.box.valueAsNumber));
  const activationChoice = choice(
    "Activation", Object.keys(ACTIVATIONS).map(name => [name, name === "relu" ? "ReLU" : name]),
    "tanh", name => {
      activation = name;
      record();
      changed(`Activation ${name}. ${words()}`);
      save();
    });
  const rateChoice = choice("Learning rate", [], "", value => {
    rate = Number(value);
    changed(`Learning rate ${rate}.`);
    save();
  });
  const noiseSlider = slider(
    "Noise", { min: 0, max: 0.5, step: 0.05, value: 0, words: v => v.toFixed(2) },
    noise => newData(data.name, noise));

  view.root.append(
    element("div", { class: "playground-controls" },
      element("div", { class: "playground-buttons", role: "group", "aria-label": "Training" },
        runButton,
        button("Step", stepOnce),
        button("Reset", () => reset("Back at the start.")),
        button("New weights", () => {
          seed += 1;
          reshape(widthsOf(layers), "New random weights.");
        })),
      dataChoice, noiseSlider, activationChoice, rateChoice,
      element("div", { class: "course-piece-field", role: "group", "aria-label": "Hidden layers" },
        element("span", {}, "Hidden layers"),
        element("div", { class: "playground-stepper" }, fewerLayers, layerCount, moreLayers))));

  // ---- Pictures: the network with its units as buttons, the map, the curves

  const lines = element("canvas", { "aria-hidden": "true" });
  const overlay = element("div", { class: "playground-units", role: "group",
    "aria-label": "Units. Arrow keys move between them; the chosen unit is shown large." });
  const net = element("div", { class: "playground-net" }, lines, overlay);
  const legend = element("p", { class: "course-piece-legend" },
    key("playground-plus", "weight above 0"), key("playground-minus", "below 0"), "the wider, the larger");
  const mapTitle = element("h4", {});
  const map = element("canvas", { role: "img" });
  const mapLegend = element("p", { class: "course-piece-legend" },
    key("playground-one", "class 1"), key("playground-zero", "class 0"), "line: the border");
  const detail = element("p", { class: "playground-detail" });
  const curveTitle = element("h4", {}, "Loss");
  const curveWords = element("p", { class: "course-piece-legend playground-losses" });
  const curve = element("canvas", { role: "img" });
  view.root.append(element("div", { class: "playground-panels" },
    element("div", { class: "playground-network" }, net, legend, detail),
    element("div", { class: "playground-map" }, mapTitle, map, mapLegend),
    element("div", { class: "playground-curves" }, curveTitle, curveWords, curve)));

  const small = element("canvas", { width: GRID, height: GRID });
  const smallContext = small.getContext("2d");
  const image = smallContext.createImageData(GRID, GRID);
  const pixels = new Uint32Array(image.data.buffer);

  let colours, words32, font, width = 600, mapSide = 260, curveWidth = 260, centres = [];

  function paint(values, unit, units, kind) {
    const scale = scaleOf(values, unit, units, kind);
    for (let i = 0; i < GRID * GRID; i++) {
      const at = Math.max(-1, Math.min(1, scale(values[i * units + unit])));
      pixels[i] = words32[Math.round(at * 255) + 255];
    }
    smallContext.putImageData(image, 0, 0);
  }

  const kindOf = layer => layer === layers.length ? "score" : layer === 0 ? "linear" : activation;

  /** Where the units stand, in CSS pixels of the network's canvas. */
  function lay() {
    const widths = widthsOf(layers), columns = widths.length;
    const height = HEAD + PITCH * Math.max(...widths, 3) + 6;
    const margin = NODE / 2 + 12;
    centres = widths.map((units, layer) => {
      const x = margin + (layer / (columns - 1)) * (width - 2 * margin);
      const top = HEAD + (height - HEAD - units * PITCH) / 2 + PITCH / 2;
      return Array.from({ length: units }, (_, unit) => [x, top + unit * PITCH]);
    });
    return height;
  }

  function nameOf(layer, unit) {
    if (layer === 0) return `Input x${unit + 1}`;
    if (layer === layers.length) return "Output";
    return `Hidden layer ${layer}, unit ${unit + 1}`;
  }

  function numbersOf(layer, unit) {
    if (layer === 0) return "An input: its map is the coordinate itself.";
    const { D, H, W, b } = layers[layer - 1];
    const from = Array.from({ length: D }, (_, d) => {
      const name = layer === 1 ? `x${d + 1}` : `unit ${d + 1}`;
      return `from ${name} ${figure(W[d * H + unit])}`;
    });
    return `bias ${figure(b[unit])}; weights ${from.join(", ")}`;
  }

  function choose(layer, unit) {
    chosen = [layer, unit];
    for (const node of overlay.querySelectorAll(".playground-unit")) {
      const mine = node.dataset.at === `${layer} ${unit}`;
      node.tabIndex = mine ? 0 : -1;
      node.setAttribute("aria-pressed", mine);
      if (mine) node.focus();
    }
    changed(`${nameOf(layer, unit)}: ${numbersOf(layer, unit)}`);
  }

  /** Make the controls and the units' buttons follow the state. */
  function follow() {
    const names = Object.entries(DATA_NAMES).filter(([name]) => name !== "yours" || yours);
    dataChoice.box.replaceChildren(...names.map(([v, text]) => element("option", { value: v }, text)));
    dataChoice.set(data.name);
    const all = [...new Set([...RATES, rate])].sort((a, b) => a - b);
    rateChoice.box.replaceChildren(...all.map(v => element("option", { value: v }, String(v))));
    rateChoice.set(String(rate));
    activationChoice.set(activation);
    noiseSlider.set(data.noise);
    noiseSlider.box.disabled = data.name === "yours";
    const hidden = layers.length - 1;
    layerCount.textContent = hidden;
    fewerLayers.disabled = hidden === 0;
    moreLayers.disabled = hidden === MOST_LAYERS;
    rebuildUnits();
  }

  function rebuildUnits() {
    const focused = document.activeElement?.dataset?.keep;
    const height = lay();
    overlay.style.height = `${height}px`;
    const nodes = [];
    centres.forEach((column, layer) => {
      const x = column[0][0], hidden = layer > 0 && layer < layers.length;
      const head = element("div", { class: "playground-head" });
      head.style.left = `${x}px`;
      head.append(layer === 0 ? "inputs" : hidden ? `layer ${layer}` : "output");
      if (hidden) {
        const stepper = (sign, by, what) => button(sign, () => addUnit(layer, by), {
          "aria-label": `${what} hidden layer ${layer}`, "data-keep": `${layer}${sign}`,
          disabled: column.length + by < 1 || column.length + by > MOST_UNITS,
        });
        head.append(element("div", { class: "playground-stepper" },
          stepper("−", -1, "Remove a unit from"), stepper("+", 1, "Add a unit to")));
      }
      nodes.push(head);
      column.forEach(([cx, cy], unit) => {
        const mine = chosen[0] === layer && chosen[1] === unit;
        const node = element("button", {
          type: "button", class: "playground-unit", "data-at": `${layer} ${unit}`,
          "aria-label": nameOf(layer, unit), "aria-pressed": String(mine),
          tabindex: mine ? 0 : -1, onclick: () => choose(layer, unit),
        });
        node.style.left = `${cx - NODE / 2}px`;
        node.style.top = `${cy - NODE / 2}px`;
        onArrows(node, (dx, dy) => {
          const l = Math.max(0, Math.min(layers.length, layer + dx));
          const last = widthsOf(layers)[l] - 1;
          choose(l, Math.max(0, Math.min(last, unit - dy)));
        });
        nodes.push(node);
      });
    });
    overlay.replaceChildren(...nodes);
    if (focused) overlay.querySelector(`[data-keep="${focused}"]`)?.focus();
  }

  function drawNetwork(outputs) {
    const height = lay(), context = sharp(lines, width, height);
    context.clearRect(0, 0, width, height);
    let largest = 1;
    for (const { W } of layers) for (const w of W) largest = Math.max(largest, Math.abs(w));
    const [plus, minus] = [css(colours.blue), css(colours.orange)];
    layers.forEach(({ D, H, W }, l) => {
      for (let d = 0; d < D; d++)
        for (let h = 0; h < H; h++) {
          const w = W[d * H + h], [x0, y0] = centres[l][d], [x1, y1] = centres[l + 1][h];
          const [from, to] = [x0 + NODE / 2, x1 - NODE / 2], middle = (from + to) / 2;
          context.beginPath();
          context.moveTo(from, y0);
          context.bezierCurveTo(middle, y0, middle, y1, to, y1);
          context.lineWidth = 0.6 + (7 * Math.abs(w)) / largest;
          context.strokeStyle = w < 0 ? minus : plus;
          context.setLineDash(w < 0 ? [7, 5] : []);
          context.stroke();
        }
    });
    context.setLineDash([]);
    context.imageSmoothingEnabled = true;
    centres.forEach((column, layer) => column.forEach(([x, y_], unit) => {
      paint(outputs[layer], unit, column.length, kindOf(layer));
      const [left, top] = [x - NODE / 2, y_ - NODE / 2];
      context.drawImage(small, left, top, NODE, NODE);
      const mine = chosen[0] === layer && chosen[1] === unit;
      context.lineWidth = mine ? 3 : 1;
      context.strokeStyle = mine ? colours.text : colours.line;
      context.strokeRect(left, top, NODE, NODE);
    }));
  }

  function drawMap(outputs) {
    const [layer, unit] = chosen, units = widthsOf(layers)[layer];
    const context = sharp(map, mapSide, mapSide);
    paint(outputs[layer], unit, units, kindOf(layer));
    context.imageSmoothingEnabled = true;
    context.drawImage(small, 0, 0, mapSide, mapSide);
    const cell = mapSide / GRID, [left, bottom, side] = box;
    if (layer === layers.length) {
      Object.assign(context, { strokeStyle: colours.text, lineWidth: 1.5 });
      context.beginPath();
      for (const [x0, y0, x1, y1] of contour(outputs[layer], GRID, 0)) {
        context.moveTo((x0 + 0.5) * cell, (y0 + 0.5) * cell);
        context.lineTo((x1 + 0.5) * cell, (y1 + 0.5) * cell);
      }
      context.stroke();
    }
    Object.assign(context, { strokeStyle: colours.groundCss, lineWidth: 1 });
    const size = y.length <= 20 ? 6 : 3.3;
    for (let n = 0; n < y.length; n++) {
      const px = ((X[2 * n] - left) / side) * mapSide;
      const py = (1 - (X[2 * n + 1] - bottom) / side) * mapSide;
      context.fillStyle = css(y[n] ? colours.blue : colours.orange);
      context.beginPath();
      if (y[n]) context.arc(px, py, size + 0.2, 0, 7);
      else context.rect(px - size + 0.3, py - size + 0.3, 2 * size - 0.6, 2 * size - 0.6);
      context.fill();
      context.stroke();
    }
    context.strokeStyle = colours.line;
    context.strokeRect(0.5, 0.5, mapSide - 1, mapSide - 1);
  }

  function drawCurves() {
    const height = 110, context = sharp(curve, curveWidth, height);
    context.clearRect(0, 0, curveWidth, height);
    const all = [...curves.train, ...curves.test].filter(Number.isFinite);
    const top = Math.max(0.7, Math.min(Math.max(...all), 5)) * 1.1;
    const first = curves.step[0], span = Math.max(curves.step.at(-1) - first, 1);
    const left = 28, right = curveWidth - 6, bottom = height - 18;
    const across = at => left + ((at - first) / span) * (right - left);
    const up = value => bottom - (Math.min(value, top) / top) * (bottom - 4);
    Object.assign(context, { fillStyle: colours.text, strokeStyle: colours.text, font, lineWidth: 1 });
    for (const tick_ of top > 2 ? [0, 1, 2, 3, 4, 5] : [0, 0.5, 1, 1.5, 2]) {
      if (tick_ > top) continue;
      context.globalAlpha = tick_ === 0 ? 0.7 : 0.15;
      trace(context, [[left, up(tick_)], [right, up(tick_)]]);
      context.globalAlpha = 0.85;
      write(context, tick_, left - 5, Math.max(up(tick_), 8), "right", "middle");
    }
    write(context, `step ${first}`, left, height, "left", "bottom");
    if (steps > first) write(context, steps, right, height, "right", "bottom");
    for (const [values, colour, dash] of [
      [curves.train, css(colours.blue), []], [curves.test, css(colours.orange), [5, 4]],
    ]) {
      const points = values.map((value, i) => [across(curves.step[i]), up(value)])
        .filter((_, i) => values[i] !== null);
      Object.assign(context, { globalAlpha: 1, strokeStyle: colour, fillStyle: colour, lineWidth: 2 });
      context.setLineDash(dash);
      trace(context, points);
      context.setLineDash([]);
      if (values.length === 1 && points.length) context.fillRect(left - 2, points[0][1] - 2, 5, 5);
    }
  }

  function drawWords() {
    const [layer, unit] = chosen, train = curves.train.at(-1), test = curves.test.at(-1);
    mapTitle.textContent = layer === layers.length ? "Output: what the network says" : nameOf(layer, unit);
    detail.textContent = `${nameOf(layer, unit)}: ${numbersOf(layer, unit)}`;
    const tested = test === null ? [] : [key("playground-test", `test ${test.toFixed(4)}`)];
    curveWords.replaceChildren(
      key("playground-train", `training ${train.toFixed(4)}`), ...tested, `step ${steps}`);
    map.setAttribute("aria-label", `${nameOf(layer, unit)} over the plane of the two inputs, with ${y.length} training points`);
    curve.setAttribute("aria-label", `Loss curves up to step ${steps}. ${words()}`);
  }

  function draw() {
    if (!dirty || !colours) return;
    dirty = false;
    const outputs = forward(layers, activation, gridPoints, GRID * GRID, gridRoom);
    drawNetwork(outputs);
    drawMap(outputs);
    drawCurves();
    tell();
  }

  const ask = onceAFrame(draw, view);
  const tell = afterFrame(drawWords, view);
  const dress = () => {
    colours = view.colours();
    font = getComputedStyle(view.frame).font;
    words32 = palette(colours);
    for (const name of ["blue", "orange"])
      view.frame.style.setProperty(`--playground-${name}`, css(colours[name]));
    changed();
  };

  // ---- Begin

  readData(model.get("_data"));
  readState();
  dress();
  view.onTheme(dress);
  view.onWidth(() => {
    width = Math.max(net.clientWidth, 200);
    curveWidth = Math.max(160, curve.parentElement.clientWidth);
    mapSide = Math.max(160, Math.min(map.parentElement.clientWidth, 300));
    rebuildUnits();
    changed();
  });
  follow();
  view.say(words());
  view.listen({
    "change:_data": () => {
      takeData(model.get("_data"));
      changed();
    },
    "change:_state": () => {
      running = false;
      runButton.textContent = "▶ Run";
      readState();
      follow();
      changed(`Numbers from Python. ${words()}`);
    },
  });
  view.onClose(() => { running = false; cancelAnimationFrame(ticking); });
  return view.close;
}

export const numerics = {
  dataset, randomStart, packed, unpacked, forward, lossOf, step, viewBox,
};
export default { render };
