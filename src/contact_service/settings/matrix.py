"""The settings of the Matrix face: rows of the table. How they work together: docs/how-to/matrix.md."""

from contact_service.settings import kinds
from contact_service.settings.setting import Setting

ROWS: tuple[Setting, ...] = (
    Setting(
        "MATRIX_HOMESERVERS",
        kinds.homeservers(),
        "",
        "Homeservers whose users may sign in to the Matrix identity API, and where each is asked; unset: none.",
    ),
    Setting(
        "MATRIX_SERVER_NAME",
        kinds.server_name(),
        "",
        "Your users' own homeserver: user ids that are no Matrix ids are localparts on it.",
    ),
    Setting(
        "MATRIX_TERMS_URL",
        kinds.web_address(),
        "",
        "The page Matrix users accept; name another when CONTACT_POLICY_VERSION changes. Unset: served here.",
    ),
    Setting(
        "MATRIX_PLAIN",
        kinds.switch(),
        "off",
        "Look-ups by Matrix clients may come unhashed too (algorithm `none`).",
    ),
    Setting(
        "MATRIX_TOKEN_DAYS",
        kinds.whole(1, 3_650, "days"),
        "365",
        "How long a Matrix access token lives.",
        "d",
    ),
)
