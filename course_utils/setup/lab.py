"""``course lab``: the course in JupyterLab."""

import argparse
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course_utils import chapters, files, runtime
from course_utils.commands import CALL


def command(options: argparse.Namespace) -> int:
    """Start JupyterLab in the clone and stay until it ends.

    It runs in this process, so Ctrl-C reaches it and nothing stays behind; the
    token is given inside the process, where no list of processes shows it.
    """
    # A handout holds some chapters only.
    here = [c.notebook for c in chapters.CHAPTERS if c.notebook.is_file()]
    if not here:
        print(chapters.NO_CLONE, file=sys.stderr)
        return 1
    os.environ.update(runtime.environment(), JUPYTER_PREFER_ENV_PATH="1")
    with _folders_for_jupyter():
        return _serve(options, here[0])


def _serve(options: argparse.Namespace, start: Path) -> int:
    from jupyterlab.labapp import LabApp

    page = f"/lab/tree/notebooks/{start.name}"
    token = secrets.token_urlsafe(24)
    arguments = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={options.port}",
        f"--ServerApp.root_dir={chapters.PROJECT}",
        f"--IdentityProvider.token={token}",
        "--ServerApp.kernel_websocket_connection_class="
        "course_utils.setup.connection.PromptConnection",
        f"--LabApp.default_url={page}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--Application.log_level=WARN",
        "-y",  # Ctrl-C ends it without a question
    ]
    if options.no_browser:
        arguments.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")
    server = LabApp.initialize_server(argv=arguments)
    server.web_app.settings["page_config_hook"] = _without_announcements
    address = f"{server.connection_url.rstrip('/')}{page}?token={token}"
    # The server takes its port in the first callback of its loop; this is the
    # second, so an address that has been printed answers.
    server.io_loop.add_callback(print, _welcome(address, server.port), flush=True)
    server.start()
    return 0


@contextmanager
def _folders_for_jupyter() -> Iterator[None]:
    """Lend Jupyter folders for its own files where the home folder takes none.

    It is full, say, or belongs to somebody else; Jupyter would not start.
    """
    from jupyter_core import paths

    own = {
        "JUPYTER_CONFIG_DIR": paths.jupyter_config_dir(),
        "JUPYTER_DATA_DIR": paths.jupyter_data_dir(),
        "JUPYTER_RUNTIME_DIR": paths.jupyter_runtime_dir(),
    }
    try:
        for folder in own.values():
            files.try_to_write(folder)
    except OSError as error:
        with tempfile.TemporaryDirectory(
            prefix="course-jupyter-", ignore_cleanup_errors=True
        ) as lent:
            print(
                f"{folder} cannot be written ({error.strerror or error}), so "
                "JupyterLab keeps its own settings in a temporary folder. Notebooks "
                f"are saved where they are; about your progress ask `{CALL} doctor`.",
                file=sys.stderr,
            )
            for name in (*own, "IPYTHONDIR"):
                os.environ[name] = os.path.join(lent, name.lower())
                os.mkdir(os.environ[name])
            yield
    else:
        yield


def _without_announcements(handler, page_config: dict) -> dict:
    """Spare the reader JupyterLab's question about news (a hook of JupyterLab)."""
    name = "@jupyterlab/apputils-extension:announcements"
    disabled = {*page_config.get("disabledExtensions", ()), name}
    return {**page_config, "disabledExtensions": sorted(disabled)}


def _welcome(address: str, port: int) -> str:
    line = "=" * 72
    return (
        f"\n{line}\nThe course is open. Its address, for a browser on this "
        f"computer:\n\n    {address}\n\n"
        "For a browser on another computer, call this there first, then use the\n"
        f"same address:  ssh -L {port}:127.0.0.1:{port} <this computer>\n\n"
        f"Leave this window open; Ctrl-C in it ends JupyterLab.\n{line}\n"
    )
