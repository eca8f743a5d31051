"""Interactive pieces on a blank page: a model without a kernel, in a real browser."""

import json

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

from tests.browser.lab import hear_errors

# JupyterLab's own values, light and dark.
COLOURS = {
    "--jp-layout-color0": ("white", "#111111"),
    "--jp-layout-color1": ("white", "#212121"),
    "--jp-ui-font-color0": ("rgba(0, 0, 0, 1)", "rgba(255, 255, 255, 1)"),
    "--jp-ui-font-color1": ("rgba(0, 0, 0, 0.87)", "rgba(255, 255, 255, 0.87)"),
    "--jp-border-color1": ("#bdbdbd", "#616161"),
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
    window.pieces = states.map(given => {
        const state = {...structuredClone(given), layout: {comm_live: true}};
        const changed = new Set();
        let calls = [];
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
            on: (name, call) => calls.push([name, call]),
            off: (name, call) => {
                calls = calls.filter(([n, c]) => n !== name || c !== call);
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


def serious(page: Page) -> list[tuple]:
    """Return what axe-core finds of impact serious or critical, and where."""
    only = {"resultTypes": ["violations"]}  # the others take longer to tell
    found = Axe().run(page, options=only).response["violations"]
    return [
        (v["id"], [node["html"][:120] for node in v["nodes"][:3]])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


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
        state = {
            name: value
            for name, value in widget.get_state().items()
            if not name.startswith(("_view", "_model", "_dom"))
            and not isinstance(value, bytes)  # which travel another way
        }
        esm, css = state.pop("_esm"), state.pop("_css", "")
        colours = {name: pair[dark] for name, pair in COLOURS.items()}
        root = "".join(f"{name}: {value};" for name, value in colours.items())
        self.page.set_content(
            PAGE.format(
                style=f":root {{{root}}} {css}",
                light=json.dumps(not dark),
                ground=colours["--jp-layout-color0"],
                width=width,
            )
        )
        self.page.evaluate(SHOW, {"esm": esm, "states": [state] * count})
        return self.piece()

    def piece(self, index: int = 0) -> Locator:
        """Return the element of one of the pieces."""
        return self.page.locator(".piece-under-test").nth(index)

    def _evaluate(self, index: int, expression: str, value=None):
        """Return a JavaScript expression of the piece ``p`` and a value ``v``."""
        code = f"([i, v]) => {{ const p = pieces[i]; return {expression}; }}"
        return self.page.evaluate(code, [index, value])

    def saved(self, index: int = 0) -> dict:
        """Return the traits that a piece has saved, for the kernel to read."""
        after_frame(self.page)
        return self._evaluate(index, "p.model.saved")

    def sent(self, index: int = 0) -> list:
        """Return the custom messages that a piece has sent to the kernel."""
        return self._evaluate(index, "p.model.sent")

    def from_kernel(self, values: dict, index: int = 0) -> None:
        """Let the kernel change some traits."""
        self._evaluate(index, "p.model.fromKernel(v)", values)

    def message(self, content: dict, index: int = 0) -> None:
        """Let the kernel send a custom message."""
        self._evaluate(index, "p.model.message(v)", content)

    def lose_kernel(self, index: int = 0) -> None:
        """Mark the piece as JupyterLab does when its kernel has been restarted."""
        self._evaluate(index, "p.model.get('layout').comm_live = false")
        self._evaluate(index, "p.model.fire('comm_live_update')")
        self._evaluate(index, "p.el.classList.add('jupyter-widgets-disconnected')")

    def tab(self, count: int) -> list[str]:
        """Press Tab so often; return what is reached, all with a visible focus."""
        names = []
        for _ in range(count):
            self.page.keyboard.press("Tab")
            name, outline = self.page.evaluate(
                "() => { const e = document.activeElement; return [e.ariaLabel || "
                "e.closest('label')?.innerText.split('\\n')[0] || e.innerText, "
                "getComputedStyle(e).outlineStyle]; }"
            )
            assert outline == "solid", name
            names.append(name)
        return names

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
