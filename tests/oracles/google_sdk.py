"""Reads a Google account by google-api-python-client and prints what it says: `google_sdk.py BASE TOKEN SIZE [SYNC]`.

Runs in .venv-oracles; nothing of the service is imported. Only the endpoint is another than Google's.
"""

import json
import sys
from typing import Any

from google.api_core.client_options import ClientOptions
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

FIELDS = "names,phoneNumbers,emailAddresses,memberships,birthdays,organizations,metadata"


def main(base: str, token: str, size: str, sync: str = "") -> None:
    """Prints {people, groups, sync} or {error}."""
    people = build(
        "people",
        "v1",
        credentials=Credentials(token),
        client_options=ClientOptions(api_endpoint=base),
        static_discovery=True,
        cache_discovery=False,
    )
    try:
        told: dict[str, Any] = _connections(people, int(size), sync)
        told["groups"] = _groups(people)
    except HttpError as error:
        told = {"error": error.status_code, "reason": str(error.reason)}
    json.dump(told, sys.stdout)


def _connections(people: Any, size: int, sync: str) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "resourceName": "people/me",
        "pageSize": size,
        "personFields": FIELDS,
        "requestSyncToken": True,
        "sources": ["READ_SOURCE_TYPE_CONTACT"],
    }
    if sync:
        asked["syncToken"] = sync
    connections = people.people().connections()
    request, found, token = connections.list(**asked), [], ""
    while request is not None:
        answer = request.execute()
        found += answer.get("connections", [])
        token = answer.get("nextSyncToken", token)
        request = connections.list_next(request, answer)
    return {"people": found, "sync": token}


def _groups(people: Any) -> dict[str, str]:
    groups = people.contactGroups()
    request, found = groups.list(pageSize=5), {}
    while request is not None:
        answer = request.execute()
        for group in answer.get("contactGroups", []):
            found[group["resourceName"]] = group
        request = groups.list_next(request, answer)
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
