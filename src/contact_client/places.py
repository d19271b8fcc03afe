"""Paths of the API; an id may hold any character but a slash and control characters."""

from urllib.parse import quote


def contact(contact_id: str, below: str = "") -> str:
    """`/v1/contacts/{id}` and what stands below it."""
    return f"/v1/contacts/{quote(contact_id, safe='')}{below}"


def group(group_id: str, below: str = "") -> str:
    """`/v1/groups/{id}` and what stands below it."""
    return f"/v1/groups/{quote(group_id, safe='')}{below}"


def member(group_id: str, contact_id: str) -> str:
    """`/v1/groups/{id}/members/{contactId}`."""
    return group(group_id, f"/members/{quote(contact_id, safe='')}")


def trashed(contact_id: str) -> str:
    """`/v1/trash/{id}`."""
    return f"/v1/trash/{quote(contact_id, safe='')}"
