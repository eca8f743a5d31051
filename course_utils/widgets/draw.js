// A board to draw a digit on; digits.py has the same arithmetic, and a test holds
// both equal.

const SIDE = 224;
const RADII = { pen: 9, eraser: 14 };
const STEP = 8; // of the arrow keys: one pixel of the network's picture
const PATIENCE = 4000; // ms that the kernel may take before the reader is told

/** Ink that a straight way of a round tool covers, put onto the board in place. */
function drawWay(ink, tool, x0, y0, x1, y1) {
  const radius = RADII[tool];
  const [left, right] = within(Math.min(x0, x1) - radius - 1, Math.max(x0, x1) + radius + 1);
  const [top, bottom] = within(Math.min(y0, y1) - radius - 1, Math.max(y0, y1) + radius + 1);
  const dx = x1 - x0, dy = y1 - y0;
  const squared = dx * dx + dy * dy;
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const x = column + 0.5, y = row + 0.5;
      let along = squared ? ((x - x0) * dx + (y - y0) * dy) / squared : 0;
      along = Math.min(Math.max(along, 0), 1);
      const ex = x - (x0 + along * dx), ey = y - (y0 + along * dy);
      const covered = Math.min(Math.max(radius + 0.5 - Math.sqrt(ex * ex + ey * ey), 0), 1);
      const at = row * SIDE + column;
      ink[at] = tool === "pen"
        ? Math.max(ink[at], covered) : Math.min(ink[at], 1 - covered);
    }
  }
}

const within = (low, high) => [Math.max(0, Math.floor(low)), Math.min(SIDE, Math.ceil(high))];

/** What a list of strokes leaves on the board: SIDE · SIDE numbers from 0 to 1. */
function inkOf(strokes) {
  const ink = new Float64Array(SIDE * SIDE);
  for (const { tool, points = [], pixels = [] } of strokes) {
    if (tool === "clear") ink.fill(0);
    else if (tool === "image") {
      for (let at = 0; at < ink.length; at++) {
        const row = Math.floor(at / SIDE / STEP), column = Math.floor((at % SIDE) / STEP);
        ink[at] = (pixels[28 * row + column] ?? 0) / 255;
      }
    } else if (RADII[tool]) {
      if (points.length === 2) drawWay(ink, tool, ...points, ...points);
      for (let i = 0; i + 3 < points.length; i += 2) {
        drawWay(ink, tool, ...points.slice(i, i + 4));
      }
    }
  }
  return ink;
}

/** The drawing as MNIST's makers framed theirs: 784 grey values. */
function asMnist(ink) {
  const image = new Uint8ClampedArray(784);
  let top = SIDE, bottom = -1, left = SIDE, right = -1;
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      if (ink[row * SIDE + column] === 0) continue;
      top = Math.min(top, row);
      bottom = Math.max(bottom, row);
      left = Math.min(left, column);
      right = Math.max(right, column);
    }
  }
  if (bottom < 0) return image;
  const oldHeight = bottom - top + 1, oldWidth = right - left + 1;
  const longest = Math.max(oldHeight, oldWidth);
  const height = Math.max(1, rounded((20 * oldHeight) / longest));
  const width = Math.max(1, rounded((20 * oldWidth) / longest));
  const rows = means(height, oldHeight), columns = means(width, oldWidth);
  const small = new Float64Array(height * width);
  let mass = 0, down = 0, across = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (const [y, share] of rows[row]) {
        let line = 0;
        for (const [x, part] of columns[column]) {
          line += part * ink[(top + y) * SIDE + left + x];
        }
        sum += share * line;
      }
      small[row * width + column] = sum;
      mass += sum;
      down += sum * row;
      across += sum * column;
    }
  }
  // Where the picture must begin so that its centre of mass is pixel 14.
  const offset = (moment, length) => Math.min(Math.max(rounded(14 - moment / mass), 0), 28 - length);
  const first = 28 * offset(down, height) + offset(across, width);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      image[first + 28 * row + column] = rounded(255 * small[row * width + column]);
    }
  }
  return image;
}

/** For each of `size` new pixels the old ones that it covers, with their shares. */
function means(size, old) {
  return Array.from({ length: size }, (_, i) => {
    const start = (i * old) / size, end = ((i + 1) * old) / size;
    const covered = [];
    for (let pixel = Math.floor(start); pixel < end && pixel < old; pixel++) {
      const overlap = Math.min(end, pixel + 1) - Math.max(start, pixel);
      if (overlap > 0) covered.push([pixel, (overlap * size) / old]);
    }
    return covered;
  });
}

/** To the nearest whole number, halves to the even one, as NumPy rounds. */
function rounded(number) {
  const nearest = Math.round(number);
  return Math.abs(number % 1) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

/** 256 colours from the ground's to the text's, as 32-bit words. */
function shadesOf({ ground, text }) {
  const ink = rgb(text);
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const [r, g, b] = mixed(ground, ink, i / 255);
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  });
}

/** A function that paints a square of grey values from 0 to 1, or bytes to `most`. */
function painter(canvas, most = 1) {
  const context = canvas.getContext("2d");
  const picture = context.createImageData(canvas.width, canvas.height);
  const words = new Uint32Array(picture.data.buffer);
  return (greys, shades) => {
    const scale = 255 / most;
    for (let at = 0; at < words.length; at++) words[at] = shades[(scale * greys[at] + 0.5) | 0];
    context.putImageData(picture, 0, 0);
  };
}

const hex = image => Array.from(image, grey => grey.toString(16).padStart(2, "0")).join("");
const percent = share => (share > 0 && share < 0.005 ? "< 1 %" : `${Math.round(100 * share)} %`);

function render({ model, el }) {
  const view = openPiece({
    model,
    el,
    label: "Draw a digit",
    lost: "The kernel has been restarted, so the network no longer answers and "
      + "nothing is saved. Run the cell again to connect the board.",
  });
  const reads = model.get("_reads");
  let strokes = model.get("strokes");
  let ink = inkOf(strokes);
  let image = asMnist(ink);
  let tool = "pen";
  let stroke = null; // under way, not yet in the model

  // --- Elements ------------------------------------------------------------
  const board = element("canvas", {
    class: "draw-board", width: SIDE, height: SIDE, tabindex: 0, role: "application",
    "aria-roledescription": "drawing board",
    "aria-label": "Board. Arrow keys move the pen, with Shift by a little; "
      + "Space sets it down and lifts it; Control and Z take back.",
  });
  const cursor = element("span", { class: "draw-cursor", hidden: true });
  const received = element("canvas", {
    class: "draw-received", width: 28, height: 28, role: "img",
    "aria-label": "What the network receives",
  });
  const tools = {
    pen: button("Pen", () => choose("pen")), eraser: button("Eraser", () => choose("eraser")),
  };
  const undoButton = button("Undo", undo);
  const clearButton = button("Clear", clear);
  const bars = Array.from({ length: 10 }, (_, digit) => {
    const fill = element("span", { class: "draw-fill" });
    const share = element("span", { class: "draw-share" }, "–");
    const row = element(
      "li", {}, element("span", { class: "draw-digit" }, String(digit)),
      element("span", { class: "draw-track", "aria-hidden": "true" }, fill), share);
    return { row, fill, share };
  });
  const labelBox = choice(
    "This is a", [["", "?"], ...Array.from({ length: 10 }, (_, i) => [i, String(i)])],
    "", () => {});
  const kept = element("ul", { class: "draw-kept", "aria-label": "Saved test cases" });
  const heading = text => element("p", { class: "draw-heading" }, text);
  view.root.append(
    element("div", { class: "draw-columns" },
      element("div", { class: "draw-column draw-left" }, heading("Your drawing"),
        element("div", { class: "draw-frame" }, board, cursor),
        element("div", { class: "course-piece-row draw-tools", role: "group", "aria-label": "Tools" },
          tools.pen, tools.eraser, undoButton, clearButton)),
      element("div", { class: "draw-column" }, heading("The network receives"), received,
        element("p", { class: "draw-hint" }, "28 × 28 pixels, scaled and centred")),
      ...(reads ? [element("div", { class: "draw-column draw-right" }, heading("The network reads"),
        element("ol", { class: "draw-bars", "aria-label": "Probabilities of the ten digits" },
          ...bars.map(bar => bar.row)))] : [])),
    element("div", { class: "course-piece-row draw-saving" },
      labelBox, button("Save as a test case", save)),
    kept);

  // --- Painting ------------------------------------------------------------
  const paintBoard = painter(board), paintReceived = painter(received, 255);
  let shades = shadesOf(view.colours());
  const show = onceAFrame(() => {
    image = asMnist(ink);
    ask(); // first: the kernel works while the board is painted
    paintBoard(ink, shades);
    paintReceived(image, shades);
  }, view);
  const showKept = () => {
    const saved = model.get("_saved");
    kept.replaceChildren(...saved.map(({ name, label, pixels }, i) => {
      const picture = element("canvas", {
        width: 28, height: 28, role: "img", "aria-label": `Saved drawing ${i + 1}`,
      });
      painter(picture, 255)(pixels.match(/../g).map(byte => parseInt(byte, 16)), shades);
      return element("li", {}, picture, element("span", {}, `a ${label}`),
        button("×", () => model.send({ kind: "remove", name }), {
          "aria-label": `Remove saved drawing ${i + 1}, a ${label}`, title: "Remove",
        }));
    }));
    kept.hidden = saved.length === 0;
  };
  view.onTheme(() => {
    shades = shadesOf(view.colours());
    show();
    showKept();
  });

  // --- The network -----------------------------------------------------------
  // One question at a time, always the latest: the kernel is never flooded.
  let asked = null, waiting = false, serial = 0, timer = 0;
  view.onClose(() => clearTimeout(timer));

  function ask() {
    if (!reads || asked?.every((grey, i) => grey === image[i])) return;
    if (image.every(grey => grey === 0)) {
      asked = image;
      showProbabilities(null);
      if (!stroke) view.say("The board is empty.");
    } else if (!waiting) {
      asked = image;
      waiting = true;
      serial += 1;
      model.send({ kind: "read", serial, pixels: hex(image) });
      timer = setTimeout(() => {
        view.say("The kernel has not answered yet: it may be busy with another cell.");
      }, PATIENCE);
    }
  }

  view.listen({ "msg:custom": message => {
    if (message.kind === "say") view.say(message.sentence);
    if (message.kind !== "answer" || !waiting || message.serial !== serial) return;
    clearTimeout(timer);
    waiting = false;
    if (!image.some(grey => grey)) return; // cleared in the meantime
    showProbabilities(message.probabilities);
    if (message.trouble) view.say(message.trouble);
    else if (!stroke) sayReading(message.probabilities);
    ask(); // the drawing may have gone on
  } });

  function showProbabilities(values) {
    const best = values ? values.indexOf(Math.max(...values)) : -1;
    bars.forEach(({ row, fill, share }, digit) => {
      const value = values ? values[digit] : 0;
      fill.style.transform = `scaleX(${value})`;
      share.textContent = values ? percent(value) : "–";
      row.classList.toggle("draw-best", digit === best);
    });
  }

  function sayReading(values) {
    if (!values) return;
    const order = [...values.keys()].sort((one, other) => values[other] - values[one]);
    const [first, second] = order;
    view.say(values[second] < 0.1
      ? `The network reads a ${first}, with a probability of ${percent(values[first])}.`
      : `The network wavers: a ${first} with ${percent(values[first])}, `
        + `a ${second} with ${percent(values[second])}.`);
  }

  // --- Drawing ---------------------------------------------------------------
  function setStrokes(changed) {
    strokes = changed;
    view.save({ strokes });
    undoButton.disabled = !canUndo();
  }

  // The example that a board begins with stays within reach.
  function canUndo() {
    return strokes.length > (strokes[0]?.tool === "image" ? 1 : 0);
  }

  function choose(name) {
    tool = name;
    finish();
    for (const [each, made] of Object.entries(tools)) {
      made.setAttribute("aria-pressed", String(each === name));
    }
    cursor.classList.toggle("draw-erasing", name === "eraser");
  }

  const quarter = number => Math.round(4 * number) / 4;

  function begin(x, y) {
    stroke = { tool, points: [quarter(x), quarter(y)] };
    drawWay(ink, tool, ...stroke.points, ...stroke.points);
    show();
  }

  function proceed(x, y) {
    const { points } = stroke;
    const [lastX, lastY] = points.slice(-2);
    x = quarter(x);
    y = quarter(y);
    if (x === lastX && y === lastY) return;
    points.push(x, y);
    drawWay(ink, stroke.tool, lastX, lastY, x, y);
    show();
  }

  function finish() {
    if (!stroke) return;
    const done = stroke;
    stroke = null;
    setStrokes([...strokes, done]);
    asked = null; // say what the finished drawing is read as
    show();
  }

  function undo() {
    finish();
    if (!canUndo()) return view.say("There is nothing to undo.");
    setStrokes(strokes.slice(0, -1));
    ink = inkOf(strokes);
    view.say("Undone.");
    show();
  }

  function clear() {
    finish();
    if (!ink.some(Boolean)) return view.say("The board is empty.");
    setStrokes([...strokes, { tool: "clear" }]);
    ink = inkOf(strokes);
    if (!reads) view.say("The board is empty.");
    show();
  }

  function save() {
    if (!image.some(grey => grey)) return view.say("The board is empty: draw a digit first.");
    if (labelBox.box.value === "") {
      labelBox.box.focus();
      return view.say("Choose first which digit it is.");
    }
    const label = Number(labelBox.box.value);
    model.send({ kind: "save", label, pixels: hex(image) });
    labelBox.set("");
  }

  // Mouse, pen and finger.
  const at = event => {
    const box = board.getBoundingClientRect();
    const scale = SIDE / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  };
  board.style.touchAction = "none";
  board.addEventListener("pointerdown", event => {
    if (event.button !== 0 || !event.isPrimary) return;
    board.setPointerCapture(event.pointerId);
    cursor.hidden = true;
    finish();
    begin(...at(event));
  });
  // Where there is one, the event that does not wait for the next frame: the
  // network's answer is on its way the earlier.
  const moves = "onpointerrawupdate" in board ? "pointerrawupdate" : "pointermove";
  board.addEventListener(moves, event => {
    if (!board.hasPointerCapture(event.pointerId) || !stroke) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) proceed(...at(each));
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
    board.addEventListener(name, event => { if (event.isPrimary) finish(); });
  }

  // Keyboard.
  const place = [SIDE / 2, SIDE / 4];
  const showCursor = () => {
    cursor.hidden = false;
    cursor.style.left = `${(100 * place[0]) / SIDE}%`;
    cursor.style.top = `${(100 * place[1]) / SIDE}%`;
    cursor.classList.toggle("draw-down", stroke !== null);
  };
  const where = () => `column ${Math.ceil(place[0] / STEP)}, row ${Math.ceil(place[1] / STEP)} of 28`;
  onArrows(board, (dx, dy, event) => {
    const step = event.shiftKey ? STEP / 4 : STEP;
    place[0] = Math.min(Math.max(place[0] + step * dx, 0), SIDE);
    place[1] = Math.min(Math.max(place[1] - step * dy, 0), SIDE);
    if (stroke) proceed(...place);
    showCursor();
    view.say(`${stroke ? "Drawing" : "Pen up"}: ${where()}.`);
  });
  board.addEventListener("keydown", event => {
    const back = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey);
    if (event.key !== " " && !back) return;
    event.preventDefault();
    event.stopPropagation();
    if (back) undo();
    else if (stroke) {
      finish();
      view.say(`Pen up: ${where()}.`);
    } else {
      begin(...place);
      view.say(`Pen down: ${where()}.`);
    }
    showCursor();
  });
  board.addEventListener("blur", () => { cursor.hidden = true; finish(); });

  // --- The model ---------------------------------------------------------------
  view.listen({
    "change:_saved": showKept,
    "change:strokes": () => {
      strokes = model.get("strokes");
      stroke = null;
      ink = inkOf(strokes);
      undoButton.disabled = !canUndo();
      show();
    },
  });

  choose("pen");
  undoButton.disabled = !canUndo();
  showKept();
  show();
  return view.close;
}

export { inkOf, asMnist };
export default { render };
