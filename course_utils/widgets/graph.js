// A computation graph whose numbers the reader fills in. Questions, answers and
// mistakes come from gates.py; here they are shown and compared.

const SVG = "http://www.w3.org/2000/svg";
const GAP = { layer: 136, across: 92, narrowLayer: 116 };
const RADIUS = 20;

function shape(tag, attributes, ...children) {
  return dressed(document.createElementNS(SVG, tag), attributes, ...children);
}

/** What was typed as { number, decimals }, or null: digits, one fraction bar, no more. */
function parsed(text) {
  const plain = text.trim().replaceAll("−", "-").replaceAll(",", ".");
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;
  const parts = plain.split("/").map(part => part.trim());
  if (parts.length > 2 || !parts.every(part => number.test(part))) return null;
  const [top, bottom = 1] = parts.map(Number);
  if (!Number.isFinite(top / bottom)) return null;
  const decimals = parts.length === 1 ? (plain.split(".")[1] ?? "").length : 0;
  return { number: top / bottom, decimals };
}

/** Whether a typed number is this one, exactly or rounded to two decimals or more. */
function matches({ number, decimals }, wanted) {
  const off = Math.abs(number - wanted);
  if (off <= 1e-9 * Math.max(1, Math.abs(wanted))) return true;
  return decimals >= 2 && off <= 0.5001 * 10 ** -decimals && off <= 0.01 * Math.abs(wanted);
}

function shown(number) {
  return String(Number(number.toPrecision(4))).replace("-", "−");
}

function render({ model, el }) {
  const view = openPiece({
    model,
    el,
    label: "Computation graph to fill in",
    lost: "The kernel has been restarted. You can go on filling in the graph, but "
      + "it is not kept; run the cell again to connect it.",
  });
  const nodes = model.get("_nodes"), edges = model.get("_edges");
  const steps = model.get("_steps");
  const leaving = nodes.map((_, i) => edges.flatMap((edge, k) => (edge.start === i ? [k] : [])));
  const valueSteps = new Map(), slopeSteps = new Map(), sumSteps = new Map();
  const tables = { value: valueSteps, slope: slopeSteps, sum: sumSteps };
  steps.forEach((step, i) => tables[step.kind].set(step.place, i));
  const firstBackward = steps.findIndex(step => step.kind !== "value");
  let filled = Math.min(model.get("filled"), steps.length);
  let width = 0;
  let focused = 0;

  // --- Elements --------------------------------------------------------------
  const drawing = element("div", { class: "graph-drawing" });
  const phase = element("span", { class: "graph-phase" });
  const question = element("span", {});
  const field = element("input", {
    type: "text", size: 8, autocomplete: "off", spellcheck: "false", ...KEEP_KEYS,
  });
  // No form: JupyterLab takes the Enter that would submit it.
  field.addEventListener("keydown", event => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.stopPropagation();
    check(event);
  });
  const form = element(
    "div", { class: "graph-form" },
    element("label", { class: "graph-question" }, phase, question, field));
  const checkButton = button("Check", check);
  const showButton = button("Show me", showOne);
  const nextButton = button("Next gate", nextGate);
  const againButton = button("Start again", () => { fill(0); view.say("All numbers are open again."); });
  form.append(element("div", { class: "course-piece-row graph-buttons" },
    checkButton, showButton, nextButton, againButton));
  const rows = element("tbody");
  const table = element("details", { class: "graph-table" },
    element("summary", {}, "All numbers as a table"),
    element("table", {},
      element("thead", {}, element("tr", {},
        ...["Name", "Made by", "Value", "Slopes that come back", "Slope"].map(
          text => element("th", { scope: "col" }, text)))),
      rows));
  view.root.append(drawing, form);
  view.frame.append(table);
  view.listen({ "change:filled": follow });

  // --- What is known -----------------------------------------------------------
  const done = index => index !== undefined && index < filled;
  const known = {
    value: i => !nodes[i].gate || done(valueSteps.get(i)),
    slope: k => done(slopeSteps.get(k)),
    total: i => (i === nodes.length - 1 ? firstBackward >= 0 && filled >= firstBackward
      : leaving[i].length > 1 ? done(sumSteps.get(i)) : known.slope(leaving[i][0])),
  };
  const slope = k => steps[slopeSteps.get(k)].answer;
  const total = i => (i === nodes.length - 1 ? 1
    : steps[leaving[i].length > 1 ? sumSteps.get(i) : slopeSteps.get(leaving[i][0])].answer);

  /** The word for a node that a screen reader says. */
  function described(i) {
    const { name, gate, given } = nodes[i];
    const kind = gate
      ? `${name}, ${gate} gate of ${inputs(i).join(" and ")}` : given ? `constant ${name}` : `input ${name}`;
    const value = known.value(i) ? `value ${shown(nodes[i].value)}` : "value not filled in";
    if (given) return `${kind}.`;
    const back = known.total(i) ? `slope ${shown(total(i))}` : "slope not filled in";
    return `${kind}; ${value}; ${back}.`;
  }

  function inputs(i) {
    return edges.filter(edge => edge.end === i)
      .sort((one, other) => one.slot - other.slot).map(edge => nodes[edge.start].name);
  }

  // --- The drawing ---------------------------------------------------------------
  function draw() {
    const layers = Math.max(...nodes.map(node => node.place[0])) + 1;
    const across = Math.max(0, ...nodes.map(node => node.place[1]),
      ...edges.flatMap(edge => edge.way.map(point => point[1])));
    const roomy = width >= 110 * (layers - 1) + 150;
    const layerGap = roomy
      ? Math.min(GAP.layer, (width - 150) / Math.max(1, layers - 1)) : GAP.narrowLayer;
    const acrossGap = roomy
      ? GAP.across : Math.min(110, (width - 90) / Math.max(1, across));
    const margin = 46;
    const at = roomy
      ? ([layer, place]) => [margin + layerGap * layer, margin + acrossGap * place]
      : ([layer, place]) => [(width - acrossGap * across) / 2 + acrossGap * place,
        margin + layerGap * layer];
    const [w, h] = roomy
      ? [2 * margin + layerGap * (layers - 1) + 60, 2 * margin + acrossGap * across]
      : [width, 2 * margin + layerGap * (layers - 1) + 50];
    const step = steps[filled];
    const lines = shape("g"), labels = shape("g", { "aria-hidden": "true" });
    const points = nodes.map(node => at(node.place));
    edges.forEach((edge, k) => {
      const way = [points[edge.start], ...edge.way.map(at), points[edge.end]];
      const twin = edges.some((e, other) =>
        other !== k && e.start === edge.start && e.end === edge.end);
      const [line, middle] = curve(way, edge.port, roomy, twin);
      lines.append(shape("path", { d: line, class: "graph-line" }));
      if (known.value(edge.start)) label(labels, middle, nodes[edge.start].value, "value", roomy);
      if (known.slope(k)) label(labels, middle, slope(k), "slope", roomy);
      const asksValue = step?.kind === "value" && leaving[step.place][0] === k;
      if (asksValue) mark(labels, middle, "value");
      if (step?.kind === "slope" && step.place === k) mark(labels, middle, "slope");
    });
    const last = nodes.length - 1;
    const [x, y] = points[last];
    const stub = roomy ? [x + 60, y] : [x, y + 56];
    const middle = roomy ? [x + RADIUS + 24, y] : [x, y + RADIUS + 22];
    lines.append(shape("path", { d: `M${x},${y}L${stub}`, class: "graph-line" }));
    if (known.value(last)) label(labels, middle, nodes[last].value, "value", roomy);
    if (known.total(last)) label(labels, middle, 1, "slope", roomy);
    if (step?.kind === "value" && step.place === last) mark(labels, middle, "value");

    const marks = nodes.map((node, i) => {
      const [cx, cy] = points[i];
      const group = shape("g", {
        class: "graph-node", role: "img", "aria-label": described(i),
        tabindex: i === focused ? 0 : -1, transform: `translate(${cx},${cy})`,
      });
      group.classList.toggle("graph-now", step?.gate === i);
      group.classList.toggle("graph-given", node.given);
      group.append(node.gate
        ? shape("circle", { r: RADIUS })
        : shape("rect", { x: -RADIUS, y: -RADIUS + 3, width: 2 * RADIUS, height: 2 * RADIUS - 6, rx: 4 }));
      group.append(shape("text", {
        class: node.gate ? "graph-symbol" : "graph-name", y: 0, "aria-hidden": "true",
      }, node.gate ? node.symbol : node.name));
      if (node.gate) {
        group.append(shape("text", {
          class: "graph-name", ...(roomy ? { y: -RADIUS - 9 } : { x: -RADIUS - 9 }),
          "text-anchor": roomy ? "middle" : "end", "aria-hidden": "true",
        }, node.name));
      }
      const place = roomy ? [0, RADIUS + 12] : [0, -RADIUS - 10];
      if (sumSteps.has(i)) {
        if (known.total(i)) {
          group.append(shape("text", {
            class: "graph-slope", x: place[0], y: place[1], "text-anchor": "middle", "aria-hidden": "true",
          }, `Σ ${shown(total(i))}`));
        } else if (step?.kind === "sum" && step.place === i) asked(group, place);
      }
      return group;
    });
    const had = drawing.contains(document.activeElement);
    drawing.replaceChildren(shape("svg", {
      width: w, height: h, viewBox: `0 0 ${w} ${h}`, role: "group",
      "aria-label": "The graph; arrow keys go from Value to Value in the order of work",
    }, lines, ...marks, labels));
    if (had) drawing.querySelector('[tabindex="0"]').focus();
  }

  // Arrow keys go through the nodes; there is one stop for the Tab key.
  onArrows(drawing, (dx, dy) => {
    const to = focused + (dx - dy > 0 ? 1 : -1);
    if (to < 0 || to >= nodes.length) return;
    focused = to;
    draw();
  });

  // --- The work ------------------------------------------------------------------
  const tabulate = afterFrame(() => {
    rows.replaceChildren(...nodes.map((node, i) => element(
      "tr", {},
      element("th", { scope: "row" }, node.name),
      element("td", {}, node.gate ? `${node.symbol} of ${inputs(i).join(" and ")}` : node.given ? "constant" : "input"),
      element("td", {}, known.value(i) ? shown(node.value) : "?"),
      element("td", {}, node.given ? "–" : i === nodes.length - 1 ? "start: 1"
        : leaving[i].map(k => (known.slope(k) ? shown(slope(k)) : "?")).join(", ")),
      element("td", {}, node.given ? "–" : known.total(i) ? shown(total(i)) : "?"))));
  }, view);

  function show() {
    const step = steps[filled];
    if (width) draw();
    tabulate();
    phase.textContent = step ? `${filled + 1} of ${steps.length}` : "Done";
    question.textContent = step ? step.question : "All values and slopes are filled in.";
    field.hidden = !step;
    for (const one of [checkButton, showButton, nextButton]) one.disabled = !step;
    againButton.disabled = filled === 0;
  }

  function fill(number) {
    const inside = form.contains(document.activeElement);
    filled = number;
    save();
    field.value = "";
    field.removeAttribute("aria-invalid");
    show();
    if (inside && document.activeElement === document.body) {
      (filled < steps.length ? field : againButton).focus();
    }
  }

  const save = afterFrame(() => view.save({ filled }), view);

  function follow() {
    if (model.get("filled") === filled) return;
    filled = Math.min(Math.max(model.get("filled"), 0), steps.length);
    field.value = "";
    show();
  }

  const turning = before => (before < firstBackward && filled >= firstBackward
    ? ` Now backward: the slope of ${nodes.at(-1).name} with respect to itself is 1.` : "");

  function check(event) {
    event.preventDefault();
    const step = steps[filled];
    if (!step) return;
    const typed = parsed(field.value);
    field.setAttribute("aria-invalid", "true");
    field.focus();
    if (!field.value.trim()) return view.say("Type a number first.");
    if (!typed) return view.say("That is no number. Type one such as 3, −0.5 or 1/2.");
    if (matches(typed, step.answer)) {
      const before = filled;
      fill(filled + 1);
      field.focus();
      return view.say(`✔ Right. ${step.explanation}${turning(before)}`);
    }
    const found = step.mistakes.find(([number]) => matches(typed, number));
    field.select();
    view.say(`✘ Not ${shown(typed.number)}. ${found ? found[1] : step.hint}`);
  }

  function showOne() {
    const step = steps[filled], before = filled;
    fill(filled + 1);
    view.say(`→ ${step.explanation}${turning(before)}`);
  }

  function nextGate() {
    const before = filled, { gate, kind } = steps[filled];
    const same = step => step && step.gate === gate && (step.kind === "value") === (kind === "value");
    let end = filled;
    while (same(steps[end])) end++;
    const told = steps.slice(filled, end).map(step => step.explanation).join(" ");
    fill(end);
    view.say(`→ ${told}${turning(before)}`);
  }

  view.onWidth(now => {
    if (Math.abs(now - width) < 1) return;
    width = now;
    draw();
  });
  show();
  return view.close;
}

/** A line through points in SVG's language, and where its label goes. */
function curve(way, port, roomy, twin) {
  const shift = 10 * port;
  const bow = twin ? 28 * port : 0;
  const points = way.map(([x, y], i) => {
    if (i < way.length - 1) return [x, y];
    return roomy ? [x - 8, y + shift] : [x + shift, y - 8];
  });
  // Coordinates along the layers first: one rule for both directions.
  const turn = ([a, b]) => (roomy ? [a, b] : [b, a]);
  let line = `M${points[0]}`;
  let middle = null;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = turn(points[i - 1]), [c, d] = turn(points[i]);
    const one = [a + (c - a) * 0.5, b + bow], two = [a + (c - a) * 0.5, d + bow];
    line += `C${turn(one)} ${turn(two)} ${turn([c, d])}`;
    if (i === 1) {
      // The cubic at the middle of the part that no node covers.
      const t = 0.57, s = 1 - t;
      const mid = [0, 1].map(k => s ** 3 * [a, b][k] + 3 * s * s * t * one[k]
        + 3 * s * t * t * two[k] + t ** 3 * [c, d][k]);
      middle = turn(mid);
    }
  }
  return [line, middle];
}

/** A value above its line, a slope below it; where lines go down, both on the line. */
function label(into, [x, y], number, kind, roomy) {
  const text = shown(number);
  const [forward, back] = roomy ? ["▸", "◂"] : ["▾", "▴"];
  into.append(shape(
    "text", { class: `graph-${kind}`, x, y: y + (kind === "value" ? -10 : 11), "text-anchor": "middle" },
    kind === "value" ? `${text} ${forward}` : `${back} ${text}`));
}

/** The question mark where the next number goes. */
function mark(into, [x, y], kind) {
  asked(into, [x, y + (kind === "value" ? -13 : 13)]);
}

function asked(into, [x, y]) {
  into.append(
    shape("rect", { class: "graph-asked", x: x - 11, y: y - 10, width: 22, height: 20, rx: 5 }),
    shape("text", { class: "graph-mark", x, y, "text-anchor": "middle" }, "?"));
}

export { parsed, matches };
export default { render };
