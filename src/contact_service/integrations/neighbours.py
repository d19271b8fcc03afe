"""The neighbours of this process, as the settings name them. With the default settings nobody is called, ever."""

import math

from contact_service.integrations import header_store, people_matcher
from contact_service.integrations.header_store import HttpHeaderStore
from contact_service.integrations.mail_dns import MailDns
from contact_service.integrations.people_matcher import HttpPeopleMatcher
from contact_service.integrations.verify_email import Kickbox
from contact_service.integrations.verify_phone import Twilio
from contact_service.settings import neighbours as settings


class Neighbours:
    """Each is None where it is not named. `phone` and `email` disclose what they are asked about. `stale_s`: how old
    the directory was, where a Header Store feeds it, when it was last looked at.
    """

    __slots__ = ("email", "header_store", "mail_dns", "people_matcher", "phone", "stale_s")

    def __init__(self, named: settings.Neighbours = settings.Neighbours()) -> None:  # noqa: B008  a frozen value
        self.header_store: HttpHeaderStore | None = None
        self.people_matcher: HttpPeopleMatcher | None = None
        self.phone: Twilio | None = None
        self.email: Kickbox | None = None
        self.stale_s = math.inf
        self.mail_dns = MailDns() if named.validation_mx else None
        if named.header_store_url is not None:
            self.header_store = header_store.of(named.header_store_url, named.header_store_token)
        if named.people_matcher_url is not None:
            self.people_matcher = people_matcher.of(
                named.people_matcher_url, named.people_matcher_token
            )
        if named.twilio_account is not None and named.twilio_secret is not None:
            self.phone = Twilio(named.twilio_url, named.twilio_account, named.twilio_secret)
        if named.kickbox_key is not None:
            self.email = Kickbox(named.kickbox_url, named.kickbox_key, named.kickbox_cost)

    async def aclose(self) -> None:
        """Let go of all connections."""
        for each in (self.header_store, self.people_matcher, self.phone, self.email):
            if each is not None:
                await each.aclose()
