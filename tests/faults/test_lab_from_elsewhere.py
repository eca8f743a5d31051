"""`course lab`: for this computer alone, and for the holder of the token alone.

In tests/unit/test_commands.py: the address that is printed, its token, 403 without
it, and that nothing but the loopback is listened on.
"""

import http.client
import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse

import psutil
import pytest

# What people copy from the web to reach a server of theirs from elsewhere.
CARELESS = """
c.ServerApp.ip = "0.0.0.0"
c.ServerApp.allow_origin = "*"
c.ServerApp.allow_remote_access = True
c.ServerApp.token = ""
c.ServerApp.password = ""
c.IdentityProvider.token = ""
c.PasswordIdentityProvider.hashed_password = ""
c.ServerApp.allow_unauthenticated_access = True
"""


class Lab:
    """`course lab` on a computer with a configuration of its own."""

    def __init__(self, folder, configuration, **environment):
        (folder / "config").mkdir()
        (folder / "config" / "jupyter_server_config.py").write_text(configuration)
        places = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data"}
        places = {name: str(folder / place) for name, place in places.items()}
        with open(folder / "output.txt", "wb") as output:
            self.process = psutil.Popen(
                [sys.executable, "-m", "course_utils.commands", "lab", "--no-browser"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **places, **environment},
            )
        end = time.monotonic() + 250
        address = None
        while address is None:
            text = (folder / "output.txt").read_text(encoding="utf-8")
            assert time.monotonic() < end, text
            assert self.process.poll() is None, text
            time.sleep(0.1)
            address = re.search(r"(http://127\.0\.0\.1:(\d+)/\S+\?token=(\S+))", text)
        self.port, self.token = int(address[2]), urllib.parse.unquote(address[3])

    def ask(self, path, **headers):
        """Return the status of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers=headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def end(self):
        for process in (*self.process.children(recursive=True), self.process):
            process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    started = Lab(folder, CARELESS, JUPYTER_TOKEN="easy", JUPYTER_IP="0.0.0.0")
    yield started
    started.end()


def other_addresses():
    """Return the addresses of this computer other than 127.0.0.1."""
    found = {"127.0.0.2"} if sys.platform == "linux" else set()
    for addresses in psutil.net_if_addrs().values():
        for each in addresses:
            if each.family in (socket.AF_INET, socket.AF_INET6):
                found.add(each.address.partition("%")[0])
    return sorted(found - {"127.0.0.1"})


def test_no_other_address_of_this_computer_answers(lab):
    addresses = other_addresses()
    assert addresses, "there is no other address to try"
    for address in addresses:
        with pytest.raises(OSError):  # noqa: PT011 - refused, or no way there
            socket.create_connection((address, lab.port), timeout=5)
    assert lab.ask("/api/status", Authorization=f"token {lab.token}") == 200


@pytest.mark.parametrize("token", ["", "easy", "wrong"])
def test_a_careless_configuration_opens_no_door(lab, token):
    for path in ("/api/contents", "/api/kernels", "/api/terminals", "/files/README.md"):
        assert lab.ask(f"{path}?token={token}") in (302, 403)
        assert lab.ask(path, Authorization=f"token {token}") in (302, 403)
        assert lab.ask(path) in (302, 403)
