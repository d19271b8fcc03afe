"""The contract of a People Matcher, on whatever keeps it: make contract-people-matcher URL=… TOKEN=…"""

import os
import time

import pytest

PATH = "/v1/suggestions"


def asked(candidates, limit=10):
    told = [
        {"userId": f"u{n}", "evidence": {"common": n % 7 + 2, "score": n / 10}}
        for n in range(candidates)
    ]
    return {"viewer": "viewer", "limit": limit, "candidates": told}


@pytest.mark.parametrize(("candidates", "limit"), [(0, 10), (1, 1), (30, 10), (500, 500), (500, 1)])
async def test_it_ranks_candidates_each_once_and_the_best_first(people_matcher, candidates, limit):
    answer = await people_matcher("POST", PATH, "Ranking", json=asked(candidates, limit))
    assert answer.status_code == 200
    ranked = answer.json()["ranked"]
    users = [each["userId"] for each in ranked]
    assert len(users) <= min(limit, candidates)
    assert len(set(users)) == len(users)
    assert set(users) <= {f"u{n}" for n in range(candidates)}
    scores = [each["score"] for each in ranked]
    assert scores == sorted(scores, reverse=True)


async def test_the_same_question_has_the_same_answer(people_matcher):
    first, again = [await people_matcher("POST", PATH, "Ranking", json=asked(50)) for _ in range(2)]
    assert first.json() == again.json()


if "CONTACT_TEST_CONTRACT_URL" in os.environ:  # nobody else is timed

    async def test_it_answers_in_time(people_matcher):
        await people_matcher("POST", PATH, "Ranking", json=asked(10))
        spent = []
        for _ in range(5):
            begun = time.monotonic()
            await people_matcher("POST", PATH, "Ranking", json=asked(500))
            spent.append(time.monotonic() - begun)
        # The quickest of them: what else this machine does is not the matcher's.
        assert min(spent) < 0.3


async def test_members_it_does_not_know_are_ignored(people_matcher):
    body = {**asked(3), "novelty": {"a": [1]}}
    assert (await people_matcher("POST", PATH, "Ranking", json=body)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**asked(1), "limit": 0},
        {**asked(1), "viewer": 7},
        {**asked(1), "candidates": [{"userId": "u"}]},
        asked(501),
    ],
    ids=["nothing", "limit", "viewer", "evidence", "many"],
)
async def test_what_breaks_the_contract_is_refused(people_matcher, body):
    assert (await people_matcher("POST", PATH, json=body)).status_code in {400, 413, 422}


@pytest.mark.parametrize("token", ["", "wrong"], ids=["none", "wrong"])
async def test_without_the_right_token_nothing_is_ranked(people_matcher, token):
    assert (await people_matcher("POST", PATH, token=token, json=asked(3))).status_code == 401
