"""Interactive pieces on a blank page: a model without a kernel, in a real browser."""

import json
from contextlib import contextmanager

import nbformat
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

from tests.browser.lab import hear_errors

# JupyterLab's own values.
LIGHT = {
    "--jp-layout-color0": "white",
    "--jp-layout-color1": "white",
    "--jp-ui-font-color0": "rgba(0, 0, 0, 1)",
    "--jp-ui-font-color1": "rgba(0, 0, 0, 0.87)",
    "--jp-border-color1": "#bdbdbd",
}
DARK = {
    "--jp-layout-color0": "#111111",
    "--jp-layout-color1": "#212121",
    "--jp-ui-font-color0": "rgba(255, 255, 255, 1)",
    "--jp-ui-font-color1": "rgba(255, 255, 255, 0.87)",
    "--jp-border-color1": "#616161",
}

PAGE = """<!doctype html><html lang="en"><title>A piece</title>
<style>{style}</style>
<body data-jp-theme-light="{light}" style="margin: 0; background: {ground}">
<main style="width: {width}px"></main></body></html>"""

# A model as anywidget hands it to `render`: `get` and `set` by name, events
# `change:name`, `change` and `msg:custom`. What was saved and sent is kept.
SHOW = """
async ({esm, states}) => {
    const url = URL.createObjectURL(new Blob([esm], {type: 'text/javascript'}));
    window.module = await import(url);
    window.pieces = states.map(state => {
        state.layout = {comm_live: true};
        const calls = [], changed = new Set();
        const fire = (name, ...args) =>
            calls.filter(([n]) => n === name).forEach(([, call]) => call(...args));
        const model = {
            state, fire, saved: {}, saves: 0, sent: [],
            get: name => state[name],
            set: (name, value) => {
                state[name] = value; changed.add(name); fire('change:' + name);
            },
            save_changes: () => {
                for (const name of changed)
                    model.saved[name] = structuredClone(state[name]);
                model.saves += changed.size > 0;
                changed.clear();
            },
            send: content => model.sent.push(content),
            on: (names, call) =>
                names.split(' ').forEach(name => calls.push([name, call])),
            off: (name, call) => {
                for (let i = calls.length; i--;)
                    if (calls[i][0] === name && (!call || calls[i][1] === call))
                        calls.splice(i, 1);
            },
            fromKernel: values => {
                Object.assign(state, values);
                Object.keys(values).forEach(name => fire('change:' + name));
                fire('change');
            },
            message: content => fire('msg:custom', content, []),
        };
        const el = document.createElement('div');
        el.className = 'piece-under-test';
        document.querySelector('main').append(el);
        return {model, el};
    });
    for (const piece of window.pieces) {
        await window.module.default.initialize?.({model: piece.model});
        piece.close = await window.module.default.render(piece);
    }
}
"""


def after_frame(page: Page) -> None:
    """Wait until a frame is painted: words, and what needs no answer, follow it."""
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame("
        "() => setTimeout(() => setTimeout(done))))"
    )


def said(piece: Locator) -> str:
    """Return the sentence that a piece says now."""
    after_frame(piece.page)
    return piece.get_by_role("status").inner_text()


class Bench:
    """A page that shows one piece or several, without JupyterLab and kernel."""

    def __init__(self, page: Page):
        self.page = page
        self.console = hear_errors(page)

    def show(self, widget, *, dark=False, width=900, count=1) -> Locator:
        """Show a widget's JavaScript half ``count`` times; return the first.

        ``widget`` is an instance of a Piece: its module, style sheet and synced
        traits are used, as JSON would carry them. The column is ``width`` CSS
        pixels wide.
        """
        names = [
            n for n in widget.keys if not n.startswith(("_view", "_model", "_dom"))
        ]
        state = widget.get_state(names)
        esm, css = state.pop("_esm"), state.pop("_css", "")
        kept = {}
        for name, value in state.items():
            try:
                kept[name] = json.loads(json.dumps(value))
            except TypeError:  # bytes travel another way
                continue
        colours = DARK if dark else LIGHT
        root = "".join(f"{name}: {value};" for name, value in colours.items())
        self.page.set_content(
            PAGE.format(
                style=f":root {{{root}}} {css}",
                light=json.dumps(not dark),
                ground=colours["--jp-layout-color0"],
                width=width,
            )
        )
        states = [json.loads(json.dumps(kept)) for _ in range(count)]
        self.page.evaluate(SHOW, {"esm": esm, "states": states})
        return self.piece()

    def piece(self, index: int = 0) -> Locator:
        """Return the element of one of the pieces."""
        return self.page.locator(".piece-under-test").nth(index)

    def saved(self, index: int = 0) -> dict:
        """Return the traits that a piece has saved, for the kernel to read."""
        after_frame(self.page)
        return self.page.evaluate("i => pieces[i].model.saved", index)

    def sent(self, index: int = 0) -> list:
        """Return the custom messages that a piece has sent to the kernel."""
        return self.page.evaluate("i => pieces[i].model.sent", index)

    def from_kernel(self, values: dict, index: int = 0) -> None:
        """Let the kernel change some traits."""
        self.page.evaluate(
            "([i, values]) => pieces[i].model.fromKernel(values)", [index, values]
        )

    def message(self, content: dict, index: int = 0) -> None:
        """Let the kernel send a custom message."""
        self.page.evaluate(
            "([i, content]) => pieces[i].model.message(content)", [index, content]
        )

    def lose_kernel(self, index: int = 0) -> None:
        """Mark the piece as JupyterLab does when its kernel has been restarted."""
        self.page.evaluate(
            "i => { pieces[i].model.get('layout').comm_live = false;"
            " pieces[i].model.fire('comm_live_update');"
            " pieces[i].el.classList.add('jupyter-widgets-disconnected'); }",
            index,
        )

    def swipe(self, target: Locator, start, end) -> None:
        """Draw a finger over an element, from and to shares of its size (x, y)."""
        box = target.bounding_box()
        session = self.page.context.new_cdp_session(self.page)

        def touch(kind, *points):
            session.send(
                "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
            )

        def at(share):
            x, y = (a + (b - a) * share for a, b in zip(start, end, strict=True))
            return {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}

        touch("touchStart", at(0))
        for step in range(1, 11):
            touch("touchMove", at(step / 10))
        touch("touchEnd")

    def overflow(self) -> int:
        """Return by how many CSS pixels the page is wider than its column."""
        return self.page.evaluate(
            "() => Math.max(...[...document.querySelectorAll('main *')].map("
            "e => e.getBoundingClientRect().right)) "
            "- document.querySelector('main').getBoundingClientRect().right"
        )

    def serious(self) -> list[str]:
        """Return what axe-core finds of impact serious or critical."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{v['id']}: {v['nodes'][0]['html'][:200]}"
            for v in found
            if v["impact"] in ("serious", "critical")
        ]


RUN = """
i => {
    panel.content.activeCellIndex = i;
    return jupyterapp.commands.execute('notebook:run-cell').then(() => true);
}
"""


def open_notebook(jupyterlab, name: str, cells: list[str]) -> None:
    """Make a notebook of these cells and open it in JupyterLab."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source.strip()) for source in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    path = f"notebooks/{name}.ipynb"
    nbformat.write(notebook, jupyterlab.server.folder / path)
    jupyterlab.open(path)


@contextmanager
def small_notebook(jupyterlab, name: str, cells: list[str]):
    """Open a notebook made of these cells in JupyterLab; yield ``run(index)``."""
    open_notebook(jupyterlab, name, cells)

    def run(index):
        jupyterlab.page.evaluate(RUN, index)
        jupyterlab.idle()

    try:
        yield run
    finally:
        jupyterlab.close()
