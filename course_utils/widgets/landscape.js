// The landscape's browser half. First the numbers (landscape_path.py holds the
// same; a test holds both equal), then the view.

// ---- Numbers ---------------------------------------------------------------

// SURFACES and OPTIMIZERS come from there; what JSON cannot carry is added here.
const FUNCTIONS = {
  bowl: {
    name: "Narrow bowl",
    loss: (u, v) => 0.5 * (u * u + 50 * v * v),
    gradient: (u, v) => [u, 50 * v],
  },
  valleys: {
    name: "Two valleys",
    loss: (u, v) => (u * u - 1) * (u * u - 1) + 0.3 * u + 3 * v * v,
    gradient: (u, v) => [4 * u * (u * u - 1) + 0.3, 6 * v],
  },
  saddle: {
    name: "Saddle",
    loss: (u, v) => u * u - v * v + 0.25 * (v * v) * (v * v),
    gradient: (u, v) => [2 * u, -2 * v + v * v * v],
  },
  bend: {
    name: "Bent valley",
    loss: (u, v) => (1 - u) * (1 - u) + 10 * (v - u * u) * (v - u * u),
    gradient: (u, v) => [-2 * (1 - u) - 40 * u * (v - u * u), 20 * (v - u * u)],
  },
};
for (const name in FUNCTIONS) Object.assign(SURFACES[name], FUNCTIONS[name]);
const FAR = 1e6;

/** Places [u, v] of a walk, the start first; ends early beyond all bounds. */
function walk({ surface, optimizer, learning_rate: rate, momentum, steps, start }) {
  const { gradient } = SURFACES[surface];
  let w = [...start], first = [0, 0], second = [0, 0];
  const path = [w];
  for (let t = 1; t <= steps; t++) {
    const g = gradient(...w);
    if (optimizer === "descent") {
      w = w.map((x, i) => x - rate * g[i]);
    } else if (optimizer === "momentum") {
      first = first.map((s, i) => momentum * s - rate * g[i]);
      w = w.map((x, i) => x + first[i]);
    } else if (optimizer === "rmsprop") {
      second = second.map((s, i) => 0.9 * s + 0.1 * (g[i] * g[i]));
      w = w.map((x, i) => x - (rate * g[i]) / (Math.sqrt(second[i]) + 1e-8));
    } else {
      first = first.map((m, i) => 0.9 * m + 0.1 * g[i]);
      second = second.map((s, i) => 0.999 * s + 0.001 * (g[i] * g[i]));
      const [one, two] = [1 - 0.9 ** t, 1 - 0.999 ** t];
      w = w.map((x, i) => x - (rate * (first[i] / one)) / (Math.sqrt(second[i] / two) + 1e-8));
    }
    path.push(w);
    if (!w.every(x => Math.abs(x) <= FAR)) break;
  }
  return path;
}

/** What became of a walk, in a sentence. */
function verdict(surface, path, steps) {
  const { loss, gradient, box: [left, right, bottom, top], minima } = SURFACES[surface];
  const losses = path.map(place => loss(...place)), last = path.length - 1;
  if (last < steps || losses.at(-1) > losses[0]) {
    const step = path.findIndex(([u, v]) => !(left <= u && u <= right && bottom <= v && v <= top));
    if (step >= 0) return `Divergent: the walk leaves the map in step ${step}.`;
    return `Not better: after ${last} steps the loss is larger than at the start.`;
  }
  const [u, v] = path.at(-1), slope = Math.hypot(...gradient(u, v));
  const place = minima.find(([mu, mv]) => Math.hypot(u - mu, v - mv) < 0.05);
  const late = losses.slice(-9);
  let how = "it is still on its way down";
  if (place && slope < 0.5) how = `it has arrived ${place[2]}`;
  else if (slope < 0.02) how = "it rests where the slope is zero, but not at a lowest point";
  else if (late.some((b, i) => i > 0 && b > late[i - 1])) how = "it leaps to and fro";
  return `After ${last} steps ${how}; the loss is ${losses.at(-1).toFixed(3).replace("-", "−")}.`;
}

// ---- The view --------------------------------------------------------------

const RASTER = 120, LEFT = 34, BOTTOM = 34, SAVE_AFTER = 150;

function render({ model, el }) {
  const view = openPiece({
    model,
    el,
    label: "Landscape: walks downhill on the map of a loss",
    lost: "The kernel has been restarted. The landscape goes on here, but its " +
      "settings no longer reach Python: run the cell again.",
  });
  let state = structuredClone(model.get("_state")), waiting = 0;
  let path = [], colours, width = 500, height = 330, curveWidth = 250, ground = null;

  const surface = () => SURFACES[state.surface];

  function change(values) {
    state = { ...state, ...values };
    follow();
    ask();
    // Dragging changes the state many times a second; the kernel hears the rest.
    clearTimeout(waiting);
    waiting = setTimeout(() => view.save({ _state: structuredClone(state) }), SAVE_AFTER);
  }

  // ---- Controls

  const pairs = names => Object.entries(names);
  const surfaceChoice = choice("Loss", pairs(SURFACES).map(([k, s]) => [k, s.name]), state.surface,
    name => change({ surface: name, start: [...SURFACES[name].start], learning_rate: SURFACES[name].rate }));
  const optimizerChoice = choice("Optimizer", pairs(OPTIMIZERS), state.optimizer,
    optimizer => change({ optimizer }));
  const asRate = power => Number((10 ** power).toPrecision(2));
  const rateSlider = slider(
    "Learning rate", { min: -4, max: 1, step: 0.02, value: 0, words: () => figure(state.learning_rate) },
    power => change({ learning_rate: asRate(power) }));
  const momentumSlider = slider(
    "Momentum", { min: 0, max: 0.99, step: 0.01, value: 0, words: v => v.toFixed(2) },
    momentum => change({ momentum }));
  const stepsSlider = slider(
    "Steps", { min: 1, max: 200, step: 1, value: 60 }, steps => change({ steps }));
  const reset = button("Reset", () => {
    change({ start: [...surface().start], learning_rate: surface().rate });
  });
  view.root.append(element("div", { class: "landscape-controls" },
    surfaceChoice, optimizerChoice, rateSlider, momentumSlider, stepsSlider,
    element("div", { class: "landscape-reset" }, reset)));

  function follow() {
    surfaceChoice.set(state.surface);
    optimizerChoice.set(state.optimizer);
    rateSlider.set(Math.log10(state.learning_rate));
    momentumSlider.set(state.momentum);
    momentumSlider.hidden = state.optimizer !== "momentum";
    stepsSlider.set(state.steps);
  }

  // ---- Pictures

  const map = element("canvas", { role: "img" });
  const handle = element("button", { type: "button", class: "landscape-start" });
  const badge = element("span", { class: "landscape-badge", hidden: true }, "⚠ Divergent");
  const plane = element("div", { class: "landscape-plane" }, map, handle, badge);
  const curve = element("canvas", { role: "img" });
  view.root.append(element("div", { class: "landscape-panels" },
    element("div", {}, plane,
      element("p", { class: "course-piece-legend" },
        key("landscape-square", "start: drag it, or use the arrow keys"), key("landscape-path", "walk"),
        key("landscape-end", "end"), key("landscape-low", "low place"))),
    element("div", { class: "landscape-curve" }, element("h4", {}, "Loss after each step"), curve)));

  const share = (x, low, high) => (x - low) / (high - low);
  const across = u => LEFT + share(u, ...surface().box.slice(0, 2)) * (width - LEFT);
  const up = v => (1 - share(v, ...surface().box.slice(2))) * (height - BOTTOM);

  /** Move the start, kept on the map. */
  function moveTo(u, v) {
    const [left, right, bottom, top] = surface().box;
    const kept = (x, low, high) => Number(Math.max(low, Math.min(high, x)).toFixed(3));
    change({ start: [kept(u, left, right), kept(v, bottom, top)] });
  }
  onArrows(handle, (dx, dy, event) => {
    const [left, right, bottom, top] = surface().box, share = event.shiftKey ? 0.1 : 0.02;
    moveTo(state.start[0] + dx * share * (right - left), state.start[1] + dy * share * (top - bottom));
  });
  onDrag(plane, (x, y) => {
    const [left, right, bottom, top] = surface().box;
    handle.focus({ preventScroll: true });
    moveTo(left + ((x - LEFT) / (width - LEFT)) * (right - left),
      bottom + (1 - y / (height - BOTTOM)) * (top - bottom));
  });

  /** Shades, contour lines and axes: drawn anew for another loss, size or theme only. */
  function drawGround() {
    const { loss, levels, box: [left, right, bottom, top], minima } = surface();
    const values = new Float64Array(RASTER * RASTER);
    for (let r = 0; r < RASTER; r++)
      for (let c = 0; c < RASTER; c++)
        values[r * RASTER + c] = loss(left + (c / (RASTER - 1)) * (right - left), top - (r / (RASTER - 1)) * (top - bottom));
    const small = element("canvas", { width: RASTER, height: RASTER }), inner = small.getContext("2d");
    const image = inner.createImageData(RASTER, RASTER);
    values.forEach((value, i) => {
      const above = levels.findIndex(level => value < level);
      const share = above < 0 ? 0 : 1 - above / levels.length;
      mixed(colours.ground, colours.blue, 0.06 + 0.5 * share).forEach((c, k) => { image.data[4 * i + k] = c; });
      image.data[4 * i + 3] = 255;
    });
    inner.putImageData(image, 0, 0);
    ground = element("canvas");
    const context = sharp(ground, width, height), [w, h] = [width - LEFT, height - BOTTOM];
    context.imageSmoothingEnabled = true;
    context.drawImage(small, LEFT, 0, w, h);
    const { text: ink } = colours;
    Object.assign(context, { strokeStyle: ink, fillStyle: ink, globalAlpha: 0.45, lineWidth: 1, font: font() });
    context.beginPath();
    for (const level of levels)
      for (const [x0, y0, x1, y1] of contour(values, RASTER, level)) {
        context.moveTo(LEFT + (x0 / (RASTER - 1)) * w, (y0 / (RASTER - 1)) * h);
        context.lineTo(LEFT + (x1 / (RASTER - 1)) * w, (y1 / (RASTER - 1)) * h);
      }
    context.stroke();
    context.strokeRect(LEFT + 0.5, 0.5, w - 1, h - 1);
    context.globalAlpha = 0.9;
    const ticks = (from, to, mark) => {
      const size = to - from > 8 ? 2 : 1;
      for (let t = Math.ceil(from / size) * size; t <= to; t += size) mark(t, String(t).replace("-", "−"));
    };
    ticks(left, right, (u, text) => write(context, text, Math.min(across(u), width - 10), h + 4, "center", "top"));
    write(context, "u", LEFT + w / 2, h + 18, "center", "top");
    ticks(bottom, top, (v, text) =>
      write(context, text, LEFT - 5, Math.min(Math.max(up(v), 8), h - 6), "right", "middle"));
    write(context, "v", 0, h / 2, "left", "middle");
    Object.assign(context, { globalAlpha: 1, strokeStyle: css(colours.green), lineWidth: 3 });
    for (const [u, v] of minima) {
      context.beginPath();
      context.moveTo(across(u) - 7, up(v));
      context.lineTo(across(u) + 7, up(v));
      context.moveTo(across(u), up(v) - 7);
      context.lineTo(across(u), up(v) + 7);
      context.stroke();
    }
  }

  const font = () => getComputedStyle(view.frame).font;

  /** Keep what is drawn inside, until the context is restored. */
  function clipped(context, left, wide, tall) {
    context.save();
    context.beginPath();
    context.rect(left, 0, wide, tall);
    context.clip();
  }

  function drawWalk() {
    const context = sharp(map, width, height);
    context.clearRect(0, 0, width, height);
    context.drawImage(ground, 0, 0, width, height);
    clipped(context, LEFT, width - LEFT, height - BOTTOM);
    const near = x => Math.max(-1e4, Math.min(1e4, x));
    const points = path.map(([u, v]) => [near(across(u)), near(up(v))]);
    const orange = css(colours.orange);
    Object.assign(context, { strokeStyle: orange, fillStyle: orange, lineWidth: 1.5 });
    trace(context, points);
    for (const [x, y] of points) {
      context.beginPath();
      context.arc(x, y, 3, 0, 7);
      context.fill();
    }
    const [x, y] = points.at(-1);
    Object.assign(context, { strokeStyle: colours.text, lineWidth: 2.5 });
    context.beginPath();
    context.arc(x, y, 7, 0, 7);
    context.stroke();
    context.restore();
  }

  function drawCurve() {
    const tall = 150, context = sharp(curve, curveWidth, tall), losses = path.map(p => surface().loss(...p));
    context.clearRect(0, 0, curveWidth, tall);
    const low = Math.min(0, ...losses.filter(Number.isFinite)), high = Math.max(losses[0] * 1.25, low + 0.1);
    const [left, right, bottom] = [54, curveWidth - 8, tall - 20];
    const x = i => left + (i / Math.max(state.steps, 1)) * (right - left);
    const y = value => bottom - ((Math.min(Number.isNaN(value) ? high : value, high * 1.2) - low) / (high - low)) * (bottom - 6);
    const { text } = colours;
    Object.assign(context, { fillStyle: text, strokeStyle: text, font: font(), globalAlpha: 0.7, lineWidth: 1 });
    context.strokeRect(left + 0.5, 0.5, right - left, bottom - 0.5);
    context.globalAlpha = 0.9;
    write(context, figure(losses[0]), left - 5, Math.max(y(losses[0]), 8), "right", "middle");
    write(context, figure(low), left - 5, Math.min(y(low), bottom - 4), "right", "middle");
    write(context, "step 0", left, tall, "left", "bottom");
    write(context, state.steps, right, tall, "right", "bottom");
    clipped(context, left, right - left, bottom);
    Object.assign(context, { globalAlpha: 1, strokeStyle: css(colours.orange), lineWidth: 2 });
    trace(context, losses.map((value, i) => [x(i), y(value)]));
    context.restore();
  }

  function draw() {
    path = walk(state);
    const key_ = JSON.stringify([state.surface, width, height, colours.groundCss, colours.text, window.devicePixelRatio]);
    if (ground?.dataset.key !== key_) {
      drawGround();
      ground.dataset.key = key_;
    }
    drawWalk();
    drawCurve();
    const [u, v] = state.start;
    handle.style.transform = `translate(${across(u)}px, ${up(v)}px) translate(-50%, -50%)`;
    const here = `u = ${figure(u)}, v = ${figure(v)}`;
    handle.setAttribute("aria-label", `Start of the walk at ${here}. Arrow keys move it, with Shift further.`);
    const sentence = verdict(state.surface, path, state.steps);
    badge.hidden = !sentence.startsWith("Divergent");
    const how = `${OPTIMIZERS[state.optimizer]} from ${here}`;
    map.setAttribute("aria-label", `Map of ${surface().words}, with a walk by ${how}.`);
    curve.setAttribute("aria-label", `Loss after each step. ${sentence}`);
    view.say(`${sentence} (${how}.)`);
  }

  const ask = onceAFrame(draw, view);
  const dress = () => {
    colours = view.colours();
    for (const name of ["orange", "green"])
      view.frame.style.setProperty(`--landscape-${name}`, css(colours[name]));
    ask();
  };
  view.onWidth(() => {
    width = Math.max(220, Math.min(plane.parentElement.clientWidth, 640));
    height = Math.round(0.66 * width);
    plane.style.height = `${height}px`;
    curveWidth = Math.max(180, Math.min(curve.parentElement.clientWidth, 640));
    ask();
  });
  dress();
  view.onTheme(dress);
  follow();
  view.listen({ "change:_state": () => {
    state = structuredClone(model.get("_state"));
    follow();
    ask();
  } });
  view.onClose(() => clearTimeout(waiting));
  return view.close;
}

export const numerics = { walk, verdict };
export default { render };
