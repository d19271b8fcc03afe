"""The route table of the JSON API: all of it, in the order of the docs."""

from contact_service.endpoints.json import (
    app_passwords,
    batch,
    blocks,
    changes,
    consents,
    contacts,
    directory,
    discovery,
    groups,
    history,
    matches,
    photos,
    private,
    search,
    sharing,
    upload,
)
from contact_service.endpoints.routes import Route

ROUTES: tuple[Route, ...] = (
    *contacts.ROUTES,
    *photos.ROUTES,
    *history.ROUTES,
    *groups.ROUTES,
    *batch.ROUTES,
    *upload.ROUTES,
    *changes.ROUTES,
    *search.ROUTES,
    *matches.ROUTES,
    *discovery.ROUTES,
    *private.ROUTES,
    *blocks.ROUTES,
    *consents.ROUTES,
    *sharing.ROUTES,
    *app_passwords.ROUTES,
    *directory.ROUTES,
)
