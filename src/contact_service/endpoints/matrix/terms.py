"""The terms: one policy, and accepting it is the consent `match`."""

from urllib.parse import quote

from contact_service.actions import consent as story
from contact_service.endpoints import origin
from contact_service.endpoints.matrix import told
from contact_service.endpoints.matrix.asked import Asked
from contact_service.endpoints.matrix.told import PLAIN, Told
from contact_service.model.consent import Purpose
from contact_service.model.problem import MissingScope

PAGE = "/_matrix/identity/terms"
SOURCE = "matrix-terms"
_NO_TEXT = (
    "This service tells your app which people in your address book use it.\n\n"
    "For that your app sends hashes of their e-mail addresses and phone numbers. The service compares them with\n"
    "those of its registered users and keeps none of them. It can guess short ones, such as phone numbers.\n\n"
    "You can withdraw your consent at any time; nobody is found for you from then on.\n"
)


async def show(asked: Asked) -> Told:
    """GET …/v2/terms -> {policies}."""
    policy = {
        "version": asked.house.settings.policy_version,
        "en": {"name": "Finding contacts", "url": _url(asked)},
    }
    return told.done({"policies": {"privacy_policy": policy}})


async def accept(asked: Asked) -> Told:
    """POST …/v2/terms {user_accepts} -> {}. URLs that are none of the present terms change nothing."""
    accepted = asked.texts("user_accepts")
    if asked.who.token is None and "privacy" not in asked.who.scopes:
        raise MissingScope("privacy")
    if _url(asked) in accepted:
        version = asked.house.settings.policy_version
        await asked.write(asked.who.owner, story.grant, Purpose.MATCH, version, SOURCE)
    return told.done({})


async def page(asked: Asked) -> Told:
    """GET /_matrix/identity/terms -> the policy's text, whichever version the address names."""
    return Told(200, asked.house.policy_text or _NO_TEXT.encode(), media=PLAIN)


def _url(asked: Asked) -> str:
    """With policy, version and language in it, as clients remember what was accepted by its address."""
    settings = asked.house.settings
    if settings.matrix_terms_url is not None:
        return settings.matrix_terms_url
    version = quote(settings.policy_version, safe="")
    base = origin.of(asked.house, asked.scope)
    return f"{base}{PAGE}?policy=privacy_policy&version={version}&lang=en"
