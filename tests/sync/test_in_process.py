"""T4 of reliability.md on the application without a socket: a few histories, quick enough to judge mutants by."""

import random

import pytest

from acting import make_house
from asking import Api, build, fresh
from contact_service.settings.environment import load
from contact_service.storage.db import Db
from endpoints.conftest import RATES
from sync.driver import Course, Run
from sync.oracle import Violation
from sync.over_http import OverHttp, in_process
from sync.protocol import Refused

SEEDS, COURSE = 8, Course(devices=4, steps=240)


async def test_devices_agree_with_the_application_in_the_end(db: Db, rnd: random.Random) -> None:
    app, first = build(make_house(db, load(RATES))), rnd.randrange(2**32)
    for seed in range(first, first + SEEDS):
        try:
            await Run(OverHttp(in_process(Api(app, fresh("ann")))), seed, COURSE).all()
        except (Violation, Refused) as broken:
            pytest.fail(f"seed {seed}: {broken}")
