"""Reads a mailbox by msgraph-sdk and prints what it says: `microsoft_sdk.py BASE TOKEN SIZE [LINKS]`.

LINKS is the `links` of an earlier answer, as JSON: where each folder's changes are, "" being the list of folders. Runs
in .venv-oracles; nothing of the service is imported. Only the base URL is another than Microsoft's.
"""

import asyncio
import json
import sys
from typing import Any

from kiota_abstractions.authentication import AuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphServiceClient
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.graph_request_adapter import GraphRequestAdapter

DEFAULT = "default"


class Bearer(AuthenticationProvider):
    """The token, as it was given."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def authenticate_request(self, request: Any, _: Any = None) -> None:
        request.headers.try_add("Authorization", f"Bearer {self._token}")


async def read(base: str, token: str, size: str, links: dict[str, str]) -> dict[str, Any]:
    """{folders, contacts: {id: [folder, …]}, removed: [[folder, id]], links}, or {error, code}."""
    adapter = GraphRequestAdapter(Bearer(token))
    adapter.base_url = base
    me = GraphServiceClient(request_adapter=adapter).me
    prefer = f'IdType="ImmutableId", odata.maxpagesize={size}'
    told: dict[str, Any] = {"folders": {}, "contacts": {}, "removed": [], "links": {}}
    try:
        async for folder in _items(me.contact_folders.delta, "", links, told, prefer):
            if not _is_removed(folder):
                told["folders"][folder.id] = folder.display_name
        known = [key for key in links if key not in {"", DEFAULT}]
        for key in (DEFAULT, *dict.fromkeys((*known, *told["folders"]))):
            within = me if key == DEFAULT else me.contact_folders.by_contact_folder_id(key)
            async for contact in _items(within.contacts.delta, key, links, told, prefer):
                if _is_removed(contact):
                    told["removed"].append([key, contact.id])
                else:
                    told["contacts"][contact.id] = [key, *_of(contact)]
    except ODataError as error:
        return {"error": error.response_status_code, "code": error.error.code}
    return told


async def _items(
    builder: Any, key: str, links: dict[str, str], told: dict[str, Any], prefer: str
) -> Any:
    asked: RequestConfiguration[Any] = RequestConfiguration()
    asked.headers.add("Prefer", prefer)
    page = await (builder.with_url(links[key]) if key in links else builder).get(asked)
    while True:
        for item in page.value:
            yield item
        if not page.odata_next_link:
            told["links"][key] = page.odata_delta_link
            return
        page = await builder.with_url(page.odata_next_link).get(asked)


def _is_removed(item: Any) -> bool:
    return "@removed" in item.additional_data


def _of(contact: Any) -> list[Any]:
    birthday = contact.birthday
    phones = [contact.mobile_phone, *contact.business_phones, *contact.home_phones]
    return [
        contact.display_name,
        contact.given_name,
        contact.surname,
        [phone for phone in phones if phone],
        [email.address for email in contact.email_addresses],
        list(contact.categories),
        [birthday.year, birthday.month, birthday.day] if birthday else None,
        contact.company_name,
        contact.personal_notes,
    ]


if __name__ == "__main__":
    base_, token_, size_, *rest = sys.argv[1:]
    json.dump(
        asyncio.run(read(base_, token_, size_, json.loads(rest[0]) if rest else {})), sys.stdout
    )
