"""JupyterLab, started by the course's own command, in a real browser."""

import json
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from playwright.sync_api import Page, sync_playwright

from course_utils.chapters import PROJECT
from tests import course_lab

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS = 240
CELLS_SECONDS = 240
VIEW = {"width": 1100, "height": 2400}
TALL_VIEW = {"width": 1100, "height": 4000}

# Written by JupyterLab itself in a healthy run.
HARMLESS = re.compile(
    r"No such comm|Cannot send|Canceled future|widget model not found|favicon|"
    r"Failed to load resource|ResizeObserver|service worker",
    re.IGNORECASE,
)

OPEN = """
async path => {
    const panel = await jupyterapp.commands.execute(
        'docmanager:open', {path, factory: 'Notebook'});
    await panel.context.ready;
    await panel.sessionContext.ready;
    await panel.revealed;
    window.panel = panel;
    window.kernelErrors = [];
    panel.sessionContext.iopubMessage.connect((_, message) => {
        if (message.header.msg_type === 'error')
            window.kernelErrors.push(message.content.ename);
    });
}
"""

# Finished only when the kernel has been idle for half a second without a
# break: widgets' messages are still on their way when the last cell is done. The
# kernel also calls itself idle when a widget's message has been dealt with beside
# a cell that runs on.
IDLE = """
async () => {
    const session = window.panel.sessionContext.session;
    const idle = () => session.kernel.status === 'idle' && !window.panel.content
        .widgets.some(cell => cell.model.executionState === 'running');
    for (let quiet = 0; quiet < 5; ) {
        await new Promise(resolve => setTimeout(resolve, 100));
        quiet = idle() ? quiet + 1 : 0;
    }
}
"""

CELLS = """
() => window.panel.context.model.toJSON().cells.map((cell, index) => ({
    index,
    code: cell.cell_type === 'code',
    count: cell.execution_count,
    outputs: cell.outputs ?? [],
}))
"""

# Cells are drawn as they come into view: done when the height stays for a while.
SCROLL = """
async (outer, top) => {
    outer.scrollTop = top;
    let height = -1;
    for (let quiet = 0; quiet < 2; ) {
        await new Promise(resolve => setTimeout(resolve, 60));
        await new Promise(requestAnimationFrame);
        quiet = outer.scrollHeight === height ? quiet + 1 : 0;
        height = outer.scrollHeight;
    }
    return [outer.clientHeight, outer.scrollHeight];
}
"""

KERNEL = """
async code => {
    const future = panel.sessionContext.session.kernel.requestExecute({code});
    let text = '';
    future.onIOPub = message => { text += message.content.text ?? ''; };
    await future.done;
    return text;
}
"""

CLOSE = """
async () => {
    await window.panel.sessionContext.shutdown();
    window.panel.dispose();
}
"""


@dataclass(frozen=True)
class Server:
    """A running JupyterLab: its folder, address and token."""

    folder: Path
    address: str
    token: str


@contextmanager
def server(folder: Path, home: Path):
    """Run ``course lab`` on a copy of the clone, so that nothing is saved to it."""
    for name in ("course_utils", "notebooks"):
        ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        shutil.copytree(PROJECT / name, folder / name, ignore=ignored)
    settings = home / "jupyter"
    settings.mkdir(parents=True)
    exposed = {"LabApp": {"expose_app_in_browser": True}}
    (settings / "jupyter_lab_config.json").write_text(json.dumps(exposed))
    own = {"COURSE_HOME": str(home), "JUPYTER_CONFIG_DIR": str(settings)}
    lab = course_lab.Lab(home, "--no-browser", cwd=folder, **own)
    try:
        yield Server(folder, f"http://127.0.0.1:{lab.port}", lab.token)
    finally:
        lab.process.terminate()
        lab.process.wait(30)


def hear_errors(page: Page) -> list[str]:
    """Return a list that grows with every error of a page, but the harmless ones."""
    heard = []

    def note(text: str) -> None:
        if not HARMLESS.search(text):
            heard.append(text)

    page.on("pageerror", lambda error: note(str(error)))
    page.on("console", lambda said: said.type == "error" and note(said.text))
    return heard


class Lab:
    """One page with JupyterLab in it; opens one notebook at a time."""

    def __init__(self, page: Page, server: Server):
        self.page, self.server = page, server
        self.console = hear_errors(page)
        page.goto(f"{server.address}/lab/workspaces/ci?token={server.token}&reset")
        page.wait_for_function("window.jupyterapp !== undefined", timeout=60_000)
        page.evaluate("window.jupyterapp.restored.then(() => true)")

    def open(self, path: str) -> None:
        self.page.evaluate(OPEN, path)

    def close(self) -> None:
        self.page.evaluate(CLOSE)

    @contextmanager
    def opened(self, path: str):
        """Open a notebook; close it at the end and check that nothing went wrong."""
        self.console.clear()
        self.open(path)
        try:
            yield
            assert self.kernel_errors() == []
        finally:
            self.close()
        assert self.console == []

    def write(self, name: str, source: str) -> str:
        """Write a notebook of one cell; return its path."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source.strip())],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        path = f"notebooks/{name}.ipynb"
        nbformat.write(notebook, self.server.folder / path)
        return path

    def command(self, name: str, **arguments) -> None:
        """Carry out a command of JupyterLab's, to its end."""
        run = "([name, args]) => jupyterapp.commands.execute(name, args).then(() => 1)"
        self.page.evaluate(run, [name, arguments])

    def run_all(self) -> None:
        self.command("notebook:run-all-cells")
        self.idle()

    def tell(self, code: str) -> str:
        """Run code in the notebook's kernel, outside its cells; return its output."""
        return self.page.evaluate(KERNEL, code)

    def ask(self, expression: str):
        """Return the value of an expression in the notebook's kernel, through JSON."""
        return json.loads(self.tell(f"import json; print(json.dumps({expression}))"))

    def restart(self) -> None:
        """Restart the notebook's kernel."""
        session = "panel.sessionContext.session"
        self.page.evaluate(f"{session}.kernel.restart().then(() => 1)")

    def idle(self) -> None:
        self.page.evaluate(IDLE)

    def cells(self) -> list[dict]:
        """Position, execution count and outputs of every code cell."""
        return [cell for cell in self.page.evaluate(CELLS) if cell["code"]]

    def kernel_errors(self) -> list[str]:
        """Errors on the kernel's channel: a widget's callback shows nowhere else."""
        return self.page.evaluate("window.kernelErrors")

    def cell(self, index: int):
        """Bring a cell into view and return it: cells out of view are not drawn."""
        self.page.evaluate(
            "index => window.panel.content.scrollToItem(index, 'center')", index
        )
        cell = self.page.locator(f'.jp-Cell[data-windowed-list-index="{index}"]').last
        cell.wait_for()
        return cell

    def screenshots(self, folder: Path, stem: str) -> None:
        """Scroll through the notebook and keep a picture of every screenful.

        What takes the time is the number of pictures and, for PNG, packing them:
        so the window is made tall, and the pictures are JPEG.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{stem}-*.*"):
            old.unlink()
        outer = ".jp-Notebook:not(.lm-mod-hidden *) .jp-WindowedPanel-outer, "
        outer = self.page.locator(outer + ".jp-WindowedPanel-outer").last
        self.page.set_viewport_size(TALL_VIEW)
        top = 0
        for number in range(1, 40):
            height, total = outer.evaluate(SCROLL, top)
            path = folder / f"{stem}-{number:02}.jpg"
            outer.screenshot(path=path, type="jpeg", quality=85)
            top += height - 60
            if top + 60 >= total:
                break
        self.page.set_viewport_size(VIEW)


@contextmanager
def browser_page():
    """A page of headless Chromium with a profile of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            page = browser.new_context(viewport=VIEW).new_page()
            page.set_default_timeout(CELLS_SECONDS * 1000)
            yield page
        finally:
            browser.close()
