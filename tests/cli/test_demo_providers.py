"""The emulated providers beside the demo: a program of their own that ends with it, found under the real ones' paths."""

import os
from urllib.parse import urlsplit

import httpx2
import pytest

from contact_service.cli.demo import providers
from contact_service.cli.exits import WrongUse
from contact_service.settings import environment
from contact_service.settings.providers import NAMES


def test_each_provider_is_served_where_the_settings_lead() -> None:
    former = dict(os.environ)
    with providers.running() as base:
        settings = environment.load(os.environ)
        for name in NAMES:
            app = settings.providers[name]
            assert app.client_id == "demo"
            for url in (app.authorize_url, app.token_url, app.revoke_url, app.api_url):
                assert url is None or url.startswith(f"{base}/{name}")
            # What is not known there is 404; a request without its parameters is 400.
            assert httpx2.get(app.authorize_url, trust_env=False).status_code == 400
            assert httpx2.post(app.token_url, trust_env=False).status_code in (400, 401)
    assert os.environ == former
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(base, trust_env=False)


def test_the_paths_are_those_of_the_real_ones() -> None:
    real = environment.load({}).providers
    emulated = environment.load(providers.settings("http://127.0.0.1:9")).providers
    for name in NAMES:
        for url in ("authorize_url", "token_url", "revoke_url"):
            there = getattr(real[name], url)
            path = urlsplit(there).path if there else None
            here = getattr(emulated[name], url)
            assert (urlsplit(here).path.removeprefix(f"/{name}") if here else None) == path


def test_where_they_are_not_installed_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "PROGRAM", "contact_emulators_that_are_not_here")
    with pytest.raises(WrongUse, match="emulators"), providers.running():
        pass


def test_emulators_that_do_not_start_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "PROGRAM", "this")
    with pytest.raises(WrongUse, match="did not start"), providers.running():
        pass
