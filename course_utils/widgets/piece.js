// What all pieces share. Put in front of each piece's own module (piece.py), so
// no import and no export here. Text reaches the page as text only.

/** An element: attributes, `on…` listeners, `class`, and children (text or nodes). */
function element(tag, attributes, ...children) {
  return dressed(document.createElement(tag), attributes, ...children);
}

function dressed(made, attributes = {}, ...children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** The frame of a piece: root, live region, note on a lost kernel, theme, clean-up.
 *
 * `label` names the piece for screen readers; `lost` is the sentence shown when
 * the kernel is gone. Draw into `view.root`; `render` returns `view.close`.
 */
function openPiece({ model, el, label, lost }) {
  const closing = [];
  const root = element("div", { class: "course-piece-body" });
  const status = element("p", { class: "course-piece-status", role: "status" });
  const note = element("p", { class: "course-piece-lost", role: "alert", hidden: true });
  const frame = element(
    "section", { class: "course-piece", "aria-label": label }, note, root, status);
  el.append(frame);

  // A restart leaves every model behind without a live connection; the layout
  // is the one model that a view can ask.
  const checkKernel = () => {
    const gone = model.get("layout")?.comm_live === false
      || el.closest(".jupyter-widgets-disconnected") !== null;
    if (gone === !note.hidden) return;
    note.hidden = !gone;
    note.textContent = gone ? lost : "";
  };
  const checkSoon = () => setTimeout(checkKernel);
  watch(el, ["class"], checkKernel, closing);
  checkKernel();

  let saving = false;
  const view = {
    root,
    frame,
    /** Say what changed, in a sentence: seen by all, read out by screen readers.
     *
     * The picture comes first: text lets the browser lay out the whole page anew.
     */
    say(text) {
      sentence = text;
      speak();
    },
    /** Follow the model's events; the view does not hear what it saves itself. */
    listen(calls) {
      for (const [event, call] of Object.entries(calls)) {
        const heard = (...args) => { if (!saving) call(...args); };
        model.on(event, heard);
        closing.push(() => model.off(event, heard));
      }
    },
    /** Hand traits to the kernel. */
    save(values) {
      saving = true;
      for (const [name, value] of Object.entries(values)) model.set(name, value);
      model.save_changes();
      saving = false;
    },
    colours: () => themeColours(frame),
    /** Whether the kernel that this piece belongs to is gone. */
    lost: () => !note.hidden,
    /** Call when the piece is first in the page (before, it has no style) and
     * when JupyterLab's or the system's theme changes. */
    onTheme(call) {
      const shown = new ResizeObserver(() => {
        if (!frame.isConnected) return;
        shown.disconnect();
        call();
      });
      shown.observe(frame);
      closing.push(() => shown.disconnect());
      // The style sheet of a theme comes a moment after its mark.
      const later = () => { call(); setTimeout(call, 200); };
      watch(document.body, ["data-jp-theme-light", "data-jp-theme-name"], later, closing);
      const system = window.matchMedia("(prefers-color-scheme: dark)");
      system.addEventListener("change", later);
      closing.push(() => system.removeEventListener("change", later));
    },
    /** Call with the width in CSS pixels at first and whenever it changes. */
    onWidth(call) {
      const observer = new ResizeObserver(() => call(root.clientWidth));
      observer.observe(root);
      closing.push(() => observer.disconnect());
    },
    onClose: call => closing.push(call),
    close: () => { for (const call of closing.splice(0)) call(); },
  };
  view.listen({ comm_live_update: checkSoon });
  let sentence = "";
  const speak = afterFrame(() => {
    if (status.textContent !== sentence) status.textContent = sentence;
  }, view);
  return view;
}

function watch(target, attributeFilter, call, closing) {
  const observer = new MutationObserver(call);
  observer.observe(target, { attributes: true, attributeFilter });
  closing.push(() => observer.disconnect());
}

/** Okabe and Ito's colours, the lighter pair on dark ground; ground and text as [r, g, b] and CSS. */
function themeColours(inside) {
  const style = getComputedStyle(inside);
  const ground = rgb(style.backgroundColor);
  const dark = 0.299 * ground[0] + 0.587 * ground[1] + 0.114 * ground[2] < 128;
  return {
    dark,
    ground,
    groundCss: css(ground),
    text: style.color,
    line: dark ? "#8c8c8c" : "#6e6e6e",
    faint: dark ? "#4a4a4a" : "#d0d0d0",
    blue: dark ? [86, 180, 233] : [0, 114, 178],
    orange: dark ? [230, 159, 0] : [213, 94, 0],
    green: [0, 158, 115],
  };
}

const rgb = text => (text.match(/[\d.]+/g) ?? [255, 255, 255]).slice(0, 3).map(Number);
const css = ([r, g, b]) => `rgb(${Math.round(r)}, ${Math.round(g)}, ${Math.round(b)})`;
/** The colour at `share` (0 to 1) of the way from one [r, g, b] to another. */
const mixed = (from, to, share) => from.map((c, i) => c + (to[i] - c) * share);

/** A function that calls `draw` once a frame at the most, and as early as it can.
 *
 * After an event that is when its listener is done: the time until the frame is
 * then spent on drawing, not on waiting.
 */
function onceAFrame(draw, view) {
  let frame = 0, wanted = false, closed = false;
  const now = () => {
    if (closed || !wanted) return;
    wanted = false;
    frame = requestAnimationFrame(() => { frame = 0; now(); });
    draw();
  };
  view.onClose(() => { closed = true; cancelAnimationFrame(frame); });
  return () => {
    if (wanted) return;
    wanted = true;
    if (frame) return;
    if (view.frame.isConnected) queueMicrotask(now);
    else frame = requestAnimationFrame(() => { frame = 0; now(); });
  };
}

/** A function that calls `act` when the next frame has been painted.
 *
 * For what may come a moment after the picture: text, which the browser lays out
 * with the whole page, and messages to the kernel that need no answer, since
 * JupyterLab lays out its toolbar anew for each.
 */
function afterFrame(act, view) {
  let wanted = false;
  const now = () => {
    if (!wanted) return;
    wanted = false;
    act();
  };
  view.onClose(now);
  return () => {
    if (!wanted) requestAnimationFrame(() => setTimeout(now));
    wanted = true;
  };
}

/** The 2-D context of a canvas, sharp at this screen's resolution; sizes in CSS pixels. */
function sharp(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** Words on a canvas, at a place and aligned to it. */
function write(context, text, x, y, textAlign, textBaseline) {
  Object.assign(context, { textAlign, textBaseline });
  context.fillText(text, x, y);
}

/** A line through points [x, y]. */
function trace(context, points) {
  context.beginPath();
  for (const point of points) context.lineTo(...point);
  context.stroke();
}

/** Straight pieces of a contour line over a raster `columns` wide, in cells. */
function contour(values, columns, level) {
  const pieces = [], rows = values.length / columns;
  for (let r = 0; r < rows - 1; r++)
    for (let c = 0; c < columns - 1; c++) {
      const cuts = [];
      const corners = [[c, r], [c + 1, r], [c + 1, r + 1], [c, r + 1]];
      corners.forEach(([x0, y0], k) => {
        const [x1, y1] = corners[(k + 1) % 4];
        const a = values[y0 * columns + x0], b = values[y1 * columns + x1];
        if ((a > level) === (b > level)) return;
        const t = (level - a) / (b - a);
        cuts.push(x0 + t * (x1 - x0), y0 + t * (y1 - y0));
      });
      for (let k = 0; k + 3 < cuts.length; k += 4) pieces.push(cuts.slice(k, k + 4));
    }
  return pieces;
}

/** One entry of a legend: a mark drawn by the style sheet, and what it stands for. */
function key(mark, text) {
  return element("span", { class: "course-piece-key" },
    element("span", { class: mark, "aria-hidden": "true" }), text);
}

// Controls: each has its visible label inside, so no ids are needed. JupyterLab
// leaves the keys alone where it finds data-lm-suppress-shortcuts.
const KEEP_KEYS = { "data-lm-suppress-shortcuts": "true" };

function button(label, onclick, attributes = {}) {
  return element("button", { type: "button", onclick, ...KEEP_KEYS, ...attributes }, label);
}

/** A drop-down: `options` are [value, text] pairs; `set(value)` follows the model. */
function choice(label, options, value, onchange) {
  const box = element("select", {
    "aria-label": label, ...KEEP_KEYS, onchange: () => onchange(box.value),
  }, ...options.map(([v, text]) => element("option", { value: v }, text)));
  box.value = value;
  const made = element("label", { class: "course-piece-field" }, element("span", {}, label), box);
  return Object.assign(made, { box, set: v => { box.value = v; } });
}

/** A slider with its value in words beside it; `set(value)` follows the model. */
function slider(label, { min, max, step, value, words = String }, oninput) {
  // No <output>: a label would belong to it and not to the slider.
  const shown = element("b", {}, words(value));
  const range = element("input", {
    // The name alone: the value is said as the slider's value.
    type: "range", min, max, step, "aria-label": label, ...KEEP_KEYS,
    oninput: () => { show(range.valueAsNumber); oninput(range.valueAsNumber); },
  });
  const show = v => {
    shown.textContent = words(v);
    range.setAttribute("aria-valuetext", words(v));
  };
  range.value = value;
  show(value);
  const made = element(
    "label", { class: "course-piece-field" }, element("span", {}, label, " ", shown), range);
  return Object.assign(made, { box: range, set: v => { range.value = v; show(v); } });
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** Arrow keys on a focusable element: `move(dx, dy, event)`, up is +1. */
function onArrows(target, move) {
  target.setAttribute("data-lm-suppress-shortcuts", "true");
  target.addEventListener("keydown", event => {
    const way = ARROWS[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    move(...way, event);
  });
}

/** Dragging by mouse, pen or finger: `move(x, y)` in CSS pixels inside the element. */
function onDrag(target, move) {
  const at = event => {
    const box = target.getBoundingClientRect();
    move(event.clientX - box.left, event.clientY - box.top, event);
  };
  target.style.touchAction = "none";
  target.addEventListener("pointerdown", event => {
    if (event.button !== 0) return;
    target.setPointerCapture(event.pointerId);
    at(event);
  });
  target.addEventListener("pointermove", event => {
    if (target.hasPointerCapture(event.pointerId)) at(event);
  });
}

/** A number for people: three digits that count, and a true minus sign. */
function figure(value) {
  if (!Number.isFinite(value)) return "beyond all bounds";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 0.001 || size >= 1e5)
    ? size.toExponential(1) : String(Number(size.toPrecision(3)));
  return (value < 0 ? "−" : "") + text;
}
