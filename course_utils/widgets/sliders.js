// Sliders above one picture that the kernel draws (sliders.py).

const LOST =
  "The kernel has been restarted, so the picture no longer follows. Run the cell again.";

function render({ model, el }) {
  const view = openPiece({ model, el, label: "Picture with sliders", lost: LOST });
  const wanted = { ...model.get("values") };
  // Once a frame at most. While the kernel draws, the widgets' own machinery
  // waits and then sends the last values, not those in between.
  const send = onceAFrame(() => view.save({ values: { ...wanted } }), view);

  const sliders = model.get("controls").map(({ name, min, max, step }) => {
    const digits = `${step}`.split(".")[1]?.length ?? 0;
    const words = value => value.toFixed(digits).replace("-", "−");
    return [name, slider(name, { min, max, step, value: wanted[name], words }, value => {
      wanted[name] = value;
      send();
    })];
  });

  const picture = element("img", {
    class: "course-sliders-picture", alt: "", decoding: "sync",
  });
  picture.style.width = `${model.get("width")}px`;
  view.root.append(
    element("div", { class: "course-sliders" }, ...sliders.map(([, made]) => made)),
    picture);

  let url = null;
  const draw = () => {
    const old = url;
    url = URL.createObjectURL(new Blob([model.get("picture")], { type: "image/png" }));
    picture.src = url;
    if (old) URL.revokeObjectURL(old);
  };
  const say = () => {
    picture.alt = model.get("text");
    view.say(model.get("text"));
  };
  const follow = () => {
    const values = model.get("values");
    for (const [name, made] of sliders) {
      wanted[name] = values[name];
      if (made.box.valueAsNumber !== values[name]) made.set(values[name]);
    }
  };
  view.listen({ "change:picture": draw, "change:text": say, "change:values": follow });
  view.onClose(() => URL.revokeObjectURL(url));
  draw();
  say();
  return view.close;
}

export default { render };
