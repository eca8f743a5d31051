// The training monitor's controls: one button, and a sentence for each epoch.
// The curves are drawn by the kernel (monitor_view.py).

const LOST =
  "The kernel has been restarted, and this training with it. Run the cell again.";
const PATIENCE = 1500; // ms until the interrupt is tried as well

function render({ model, el }) {
  const view = openPiece({ model, el, label: "Training monitor", lost: LOST });
  let waiting = 0;

  const stop = button("■ Stop training", () => {
    if (view.lost()) return; // the interrupt would hit another kernel's work
    if (stop.getAttribute("aria-disabled") === "true") return;
    stop.setAttribute("aria-disabled", "true");
    view.say("Stopping after this batch …");
    model.send({ stop: true });
    // Where the page cannot reach a busy kernel, its interrupt can.
    waiting = setTimeout(() => model.widget_manager?.kernel?.interrupt(), PATIENCE);
  });
  view.root.append(stop);

  const say = () => view.say(model.get("sentence"));
  const hear = message => {
    if (message.heard) clearTimeout(waiting);
    if (message.ended) {
      clearTimeout(waiting);
      // The button goes away: the reader's keys go on in the notebook.
      if (el.contains(document.activeElement))
        el.closest(".jp-Notebook")?.focus({ preventScroll: true });
    }
  };
  view.listen({ "change:sentence": say, "msg:custom": hear });
  view.onClose(() => clearTimeout(waiting));
  say();
  return view.close;
}

export default { render };
