"""Bodies made to exhaust (reliability.md T12), each in a child that may take 32 MiB more than it stands at: refused in
less than 250 ms of its CPU. Invented names leave nothing behind (docs/decisions/0011-expat-for-request-bodies.md).
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from contact_service.formats.dav import xml

ENTITIES = b"".join(b'<!ENTITY e%d "%s">' % (i, b"&e%d;" % (i - 1) * 10) for i in range(1, 11))
MEBIBYTE = 1_048_576


def in_dtd(subset: bytes, content: bytes) -> bytes:
    return b"<!DOCTYPE a [" + subset + b"]><a>" + content + b"</a>"


BOMBS: dict[str, Callable[[], bytes]] = {
    "ten_entities_ten_deep": lambda: in_dtd(b'<!ENTITY e0 "ha">' + ENTITIES, b"&e10;"),
    "one_fat_entity": lambda: in_dtd(b'<!ENTITY e "' + b"x" * 50_000 + b'">', b"&e;" * 10_000),
    "parameter_entities": lambda: in_dtd(b'<!ENTITY % p "<!ENTITY q \'r\'>">%p;', b"&q;"),
    "a_file": lambda: in_dtd(b'<!ENTITY e SYSTEM "file:///etc/hostname">', b"&e;"),
    "a_default_attribute": lambda: in_dtd(b'<!ATTLIST a b CDATA "' + b"x" * 50_000 + b'">', b"<a/>" * 10_000),
    "200_000_deep": lambda: b"<a>" * 200_000 + b"</a>" * 200_000,
    "200_000_deep_and_cut": lambda: b"<a>" * 200_000,
    "200_000_beside_each_other": lambda: b"<a>" + b"<b/>" * 200_000 + b"</a>",
    "200_000_attributes": lambda: b"<a" + b"".join(b' a%d=""' % i for i in range(200_000)) + b"/>",
    "100_000_namespaces": lambda: b"<a" + b"".join(b" xmlns:n%d='u'" % i for i in range(100_000)) + b"/>",
    "a_name_without_end": lambda: b"<" + b"a" * MEBIBYTE,
    "a_comment_without_end": lambda: b"<!-" * 300_000,
    "instructions_without_end": lambda: b"<?a " * 250_000,
    "zeros": lambda: bytes(MEBIBYTE),
    "brackets": lambda: b"<a>" + b"]]" * 500_000,
}  # fmt: skip

CHILD = """
import json, resource, sys, time
from contact_service.formats.dav import xml
from contact_service.model.problem import Problem
xml.parse(b"<a/>")
body = sys.stdin.buffer.read()
size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + 32 * 2**20,) * 2)
began, told = time.process_time(), None
try:
    xml.parse(body)
except Problem as problem:
    told = problem.status
print(json.dumps([told, time.process_time() - began]))
"""
NAMES = """
import resource, sys
from contact_service.formats.dav import xml
size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + 16 * 2**20,) * 2)
for round in range(60):
    xml.parse(b"<r>" + b"".join(b"<a%sn%d/>" % (b"x" * 80, round * 5000 + n) for n in range(5000)) + b"</r>")
"""
only_linux = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="memory is counted in /proc"
)


def run(program: str, body: bytes = b"") -> str:
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=body, capture_output=True, check=True, timeout=60, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    return done.stdout.decode()


@only_linux
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_little_time_and_memory(name: str) -> None:
    told, seconds = json.loads(run(CHILD, BOMBS[name]()))
    assert told in {400, 413}
    assert seconds < 0.25


@only_linux
def test_names_that_were_invented_are_forgotten() -> None:
    run(NAMES)


def test_a_large_body_that_is_no_bomb_is_read() -> None:
    body = b"<a>" + b"<b>&amp;\n</b>" * 15_000 + b"</a>"
    assert len(list(xml.parse(body).elements())) == 15_000
