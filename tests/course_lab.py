"""`course lab` as a process of its own, for the tests of it and in it."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import psutil

JUPYTERS = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")


class Lab:
    """A running `course lab`.

    Its output and Jupyter's own files go to ``folder``; what is given besides goes
    into its environment.
    """

    def __init__(self, folder, *argv, cwd=None, **environment):
        self.file = folder / "output.txt"
        # Nothing in there is to take itself for a test.
        outside = {k: v for k, v in os.environ.items() if "PYTEST" not in k}
        own = {name: str(folder / name.lower()) for name in JUPYTERS}
        with open(self.file, "wb") as output:
            self.process = psutil.Popen(
                [sys.executable, "-m", "course_utils.commands", "lab", *argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**outside, **own, **environment},
                cwd=cwd or folder,
            )
        try:
            self.address = wait_until(self._find_address, 240)
        except BaseException:
            self.kill()
            raise
        parts = urllib.parse.urlsplit(self.address)
        self.port = parts.port
        self.token = urllib.parse.parse_qs(parts.query)["token"][0]

    def output(self):
        return self.file.read_text(encoding="utf-8", errors="replace")

    def _find_address(self):
        assert self.process.poll() is None, self.output()
        found = re.search(r"^ +(http://\S+)$", self.output(), re.MULTILINE)
        return found and found[1]

    def ask(self, path, token=None, method="GET"):
        """Return the status, the address after all redirections, and the answer."""
        headers = {"Authorization": f"token {token}"} if token else {}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            headers=headers,
            method=method,
            data=b"{}" if method == "POST" else None,
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as answer:
                return answer.status, answer.url, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.url, error.read()

    def kill(self):
        for process in (*self.process.children(recursive=True), self.process):
            process.kill()
        self.process.wait()


def answers(address, token):
    """Tell whether a server of Jupyter's answers already."""
    try:
        urllib.request.urlopen(f"{address}/api/status?token={token}", timeout=5)
    except (urllib.error.URLError, OSError):
        return False
    return True


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)
    return result
