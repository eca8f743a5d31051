"""`course lab`: for this computer alone, and for the holder of the token alone.

In tests/unit/test_commands.py: the address that is printed, its token, 403 without
it, and that nothing but the loopback is listened on.
"""

import socket
import sys

import psutil
import pytest

from tests.course_lab import Lab

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


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    config = folder / "config"
    config.mkdir()
    (config / "jupyter_server_config.py").write_text(CARELESS)
    own = {"JUPYTER_CONFIG_DIR": str(config), "JUPYTER_TOKEN": "easy"}
    started = Lab(folder, "--no-browser", JUPYTER_IP="0.0.0.0", **own)
    yield started
    started.kill()


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
    assert lab.ask("/api/status", lab.token)[0] == 200


@pytest.mark.parametrize("token", ["", "easy", "wrong"])
def test_a_careless_configuration_opens_no_door(lab, token):
    for path in ("/api/contents", "/api/kernels", "/api/terminals", "/files/README.md"):
        for words in ((f"{path}?token={token}",), (path, token), (path,)):
            status, address, _ = lab.ask(*words)
            assert status == 403 or "/login?" in address
