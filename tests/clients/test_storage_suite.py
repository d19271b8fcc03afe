"""vdirsyncer's own tests of a CardDAV storage, from the source of the pinned version, against this service."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from clients.account import Account

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("clients"), pytest.mark.timeout(900)]

HERE = Path(__file__).parent
LOCK = HERE.parents[1] / "requirements" / "dev.txt"
# pip's words when it reaches no index.
NO_NETWORK = "No matching distribution found"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """The folder of vdirsyncer's tests, with this service among their servers."""
    pinned = re.search(r"^vdirsyncer==(\S+) (?:\\\n.*?)+$", LOCK.read_text(), re.MULTILINE)
    assert pinned
    (tmp_path / "pinned.txt").write_text(pinned[0].rstrip(" \\") + "\n")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--require-hashes"]
    command += [
        "--no-binary",
        "vdirsyncer",
        "-d",
        str(tmp_path),
        "-r",
        str(tmp_path / "pinned.txt"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if NO_NETWORK in done.stderr:
        pytest.skip("the source of vdirsyncer is not to be had: no network")
    assert done.returncode == 0, done.stderr
    root = f"vdirsyncer-{pinned[1]}"
    with tarfile.open(tmp_path / f"{root}.tar.gz") as source:
        source.extractall(tmp_path, filter="data")
    # Only the tests: the program under test is the installed one. Their top conftest wants a mock this does not need.
    (tmp_path / root / "tests").rename(tmp_path / "tests")
    (tmp_path / "tests" / "conftest.py").unlink()
    server = tmp_path / "tests" / "storage" / "servers" / "contacts"
    server.mkdir()
    shutil.copy(HERE / "storage_mixin.py", server / "__init__.py")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def test_its_own_storage_tests_pass(suite: Path, account: Account, record_property) -> None:
    told = {
        "DAV_SERVER": "contacts",
        "DAV_URL": account.url,
        "DAV_USERNAME": account.username,
        "DAV_PASSWORD": account.password,
    }
    command = [sys.executable, "-m", "pytest", "-c", "pytest.ini", "-q", "-rs"]
    command += ["tests/storage/dav/test_carddav.py"]
    done = subprocess.run(
        command,
        cwd=suite,
        env=os.environ | told,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    counts = {word: int(n) for n, word in re.findall(r"(\d+) (passed|skipped)", done.stdout)}
    record_property("counts", counts)
    # The two it skips itself: one for any DAV server, one of calendars.
    assert counts == {"passed": 34, "skipped": 2}, done.stdout
