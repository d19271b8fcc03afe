"""The Matrix face over the worker's shared database, beside a homeserver that is asked who an OpenID token is of."""

from collections.abc import AsyncIterator, Iterator

import pytest

from acting import UNFENCED, make_house
from asking import Api, build, fresh
from contact_service.actions.context import House
from contact_service.cli.bench import stage
from contact_service.endpoints.app import App
from contact_service.settings.environment import load
from contact_service.storage.db import Db
from homeserving import Homeserver, serving
from matrixing import HOME, OTHER, Matrix

# Raised, not off: limits have tests of their own.
RATES = {f"CONTACT_LIMIT_{name}": "100000/100000" for name in stage.LIMITS}


def changing(**settings: str) -> pytest.MarkDecorator:
    """A mark for tests of other settings: names without CONTACT_."""
    return pytest.mark.parametrize(
        "changed", [{f"CONTACT_{name}": value for name, value in settings.items()}], ids=[""]
    )


@pytest.fixture(scope="session")
async def home() -> AsyncIterator[Homeserver]:
    async with serving() as made:
        yield made


@pytest.fixture
def changed() -> dict[str, str]:
    """The settings a test has otherwise: it says them as its own parameter (`changing`)."""
    return {}


@pytest.fixture
def house(db: Db, home: Homeserver, changed: dict[str, str]) -> Iterator[House]:
    settings = {
        **RATES,
        **UNFENCED,
        "CONTACT_MATRIX_HOMESERVERS": f"{HOME}={home.url}, {OTHER}={home.url}/",
        "CONTACT_MATRIX_SERVER_NAME": HOME,
        **changed,
    }
    made = make_house(db, load(settings))
    yield made
    made.darkroom.close()


@pytest.fixture
def app(house: House) -> App:
    return build(house)


@pytest.fixture
def stranger(app: App, home: Homeserver) -> Matrix:
    """Somebody of the configured homeserver who has not signed in."""
    return Matrix(app, home, f"@{fresh('eve')}:{HOME}")


@pytest.fixture
async def ann(stranger: Matrix) -> Matrix:
    """Somebody who has signed in and accepted the terms."""
    return await (await stranger.sign_in()).accept()


@pytest.fixture
async def api(app: App) -> Api:
    """The app's own backend, which registers users."""
    return Api(app, fresh("app"))
