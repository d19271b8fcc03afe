"""Reads followers and followed by X's own SDK (xdk) and prints them: `x_sdk.py BASE TOKEN SIZE`.

Runs in .venv-oracles; nothing of the service is imported. Only the base URL is another than X's.
"""

import json
import sys
from collections.abc import Iterable
from typing import Any

import requests
from xdk import Client


def main(base: str, token: str, size: str) -> None:
    """Prints {followers, following}, names by id, or {error}."""
    users = Client(base_url=base, access_token=token).users
    try:
        me = users.get_me(user_fields=["public_metrics"]).data.id
        told: dict[str, Any] = {
            "followers": _names(users.get_followers(me, max_results=int(size))),
            "following": _names(users.get_following(me, max_results=int(size))),
        }
    except requests.HTTPError as error:
        told = {"error": error.response.status_code}
    json.dump(told, sys.stdout)


def _names(pages: Iterable[Any]) -> dict[str, str]:
    return {user.id: user.name for page in pages for user in page.data or ()}


if __name__ == "__main__":
    main(*sys.argv[1:])
