"""Every setting in one table: docs/reference/settings.md is held to it by a test.

A setting CONTACT_X may also be given as CONTACT_X_FILE, the path of a file that holds the value (for secrets).
"""

from contact_service.settings import discovery, kinds, matrix, neighbours, providers
from contact_service.settings.setting import PREFIX, Setting

__all__ = ["BY_NAME", "PREFIX", "TABLE", "Setting"]

_HUGE = 2**40
_POSTGRES = kinds.address_of("postgresql", "postgres", accepted="a postgresql:// URL")

TABLE: tuple[Setting, ...] = (
    Setting(
        "DATA_DIR",
        kinds.folder_or_file(),
        "./var/contacts",
        "Keys and the embedded database live here.",
    ),
    Setting(
        "DATABASE_URL",
        _POSTGRES,
        "",
        "A PostgreSQL server of your own; unset starts the embedded one.",
        secret=True,
    ),
    Setting(
        "DATABASE_DIRECT_URL",
        _POSTGRES,
        "",
        "The same database past any pooler, for migrations and LISTEN; unset takes CONTACT_DATABASE_URL.",
        secret=True,
    ),
    Setting(
        "DATABASE_PREPARED",
        kinds.switch(),
        "on",
        "Prepared statements; off behind PgBouncer before 1.21.",
    ),
    Setting(
        "POSTGRES_BIN",
        kinds.folder_or_file(),
        "",
        "Folder of PostgreSQL programs; unset takes the wheel's.",
    ),
    Setting(
        "DB_USER",
        kinds.word(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}", "an account of this machine"),
        "nobody",
        "Account of the embedded database when the service is started by root.",
    ),
    Setting(
        "HOST",
        kinds.word(r"[A-Za-z0-9_.:%-]{1,255}", "a host name or address"),
        "127.0.0.1",
        "Address to listen on.",
    ),
    Setting("PORT", kinds.whole(0, 65535), "8080", "Port to listen on; 0 takes a free one."),
    Setting("WORKERS", kinds.whole(1, 64), "1", "Processes that answer requests."),
    Setting(
        "PUBLIC_URL", kinds.web_origin(), "", "What clients call this service, when behind a proxy."
    ),
    Setting(
        "PROFILE_CERT_FILE",
        kinds.folder_or_file(),
        "",
        "Certificates (PEM, the signing one first) that device profiles are signed with; unset leaves them unsigned.",
    ),
    Setting(
        "PROFILE_KEY_FILE",
        kinds.folder_or_file(),
        "",
        "The first certificate's key (PEM); both or none.",
    ),
    Setting(
        "TRUSTED_PROXIES",
        kinds.networks(),
        "",
        "Proxies whose X-Forwarded-For is believed; unset believes none.",
    ),
    Setting(
        "LOG_LEVEL",
        kinds.choice("debug", "info", "warning", "error"),
        "info",
        "Least level of a line.",
    ),
    Setting("LOG_FORMAT", kinds.choice("json", "text"), "json", "Form of a log line."),
    Setting(
        "DEFAULT_REGION",
        kinds.word(r"[A-Z]{2}", "an ISO 3166 code in capitals, such as US"),
        "",
        "Country whose national phone numbers are meant when nothing else tells.",
    ),
    Setting(
        "JWT_JWKS_URL",
        kinds.fetched_url(),
        "",
        "Public keys of your token issuer, fetched; needs CONTACT_JWT_ISSUER.",
    ),
    Setting(
        "JWT_JWKS_FILE", kinds.folder_or_file(), "", "The same keys from a JWKS file; not both."
    ),
    Setting(
        "JWT_ISSUER",
        kinds.word(r"[!-~]{1,500}", "the issuer's `iss`"),
        "",
        "The `iss` of your token issuer.",
    ),
    Setting(
        "JWT_AUDIENCE",
        kinds.word(r"[!-~]{1,500}", "the `aud`"),
        "contacts",
        "The `aud` tokens must carry.",
    ),
    Setting(
        "JWT_MAX_TTL",
        kinds.whole(1, 86_400, "seconds"),
        "900",
        "Longest life of an issuer's token, from `iat`.",
        "s",
    ),
    Setting(
        "CACHE_BYTES",
        kinds.whole(1_000_000, _HUGE, "bytes"),
        "256000000",
        "Memory of each process for the books in use.",
        "bytes",
    ),
    *discovery.ROWS,
    *matrix.ROWS,
    *providers.ROWS,
    *neighbours.ROWS,
    Setting(
        "MATRIX_PEPPER_DAYS",
        kinds.whole(0, 3650, "days"),
        "30",
        "How often the Matrix pepper changes by itself; 0: only by `contacts keys rotate matrix`.",
        "d",
    ),
    Setting(
        "REMATCH_INTERVAL_S",
        kinds.whole(0, 86_400, "seconds"),
        "60",
        "Least time between re-matches of a book.",
        "s",
    ),
    Setting(
        "POLICY_VERSION",
        kinds.word(r"[!-~]{1,64}", "1 to 64 printable characters"),
        "1",
        "Version of your policy.",
    ),
    Setting(
        "POLICY_TEXT_FILE",
        kinds.folder_or_file(),
        "",
        "Its text: the SHA-256 is kept with each consent.",
    ),
    Setting(
        "LIMITS_URL",
        kinds.address_of(
            "memory",
            "redis",
            "rediss",
            "valkey",
            "valkeys",
            accepted="memory://; shared stores are not offered yet",
        ),
        "memory://",
        "Where rate limits are counted; a shared store when several processes answer.",
        secret=True,
    ),
    Setting(
        "RETENTION_HISTORY_DAYS",
        kinds.whole(30, 3_650, "days"),
        "30",
        "How long former revisions and deleted contacts can be restored.",
        "d",
    ),
    Setting(
        "RETENTION_TOMBSTONES_DAYS",
        kinds.whole(90, 3_650, "days"),
        "180",
        "How long the change feed tells what was removed; not less than CONTACT_RETENTION_HISTORY_DAYS.",
        "d",
    ),
    Setting(
        "RETENTION_AT",
        kinds.time_of_day(),
        "03:17",
        "When what is past its time is let go of, every day (UTC).",
    ),
    Setting("JOBS", kinds.switch(), "on", "Background work is done by the processes that answer."),
    Setting(
        "JOBS_SWEEP_MS",
        kinds.whole(50, 60_000, "milliseconds"),
        "1000",
        "How often work that was left for later is looked for.",
        "ms",
    ),
    Setting(
        "IMPORTS_AT_ONCE",
        kinds.whole(1, 16, "imports"),
        "1",
        "Imports that each process works on at once; the others wait their turn.",
        "imports",
    ),
    Setting("LIMIT_READS", kinds.rate(), "50/500", "Reads of an owner."),
    Setting("LIMIT_WRITES", kinds.rate(), "20/200", "Writes of an owner."),
    Setting("LIMIT_DAV", kinds.rate(), "500/5000", "Requests of an owner's CardDAV devices."),
    Setting(
        "LIMIT_SIGN_IN",
        kinds.rate(),
        "0.1/20",
        "Wrong app passwords of one username, and from one address.",
    ),
    Setting("LIMIT_SYNC", kinds.rate(), "5/100", "Change feed of an owner, all devices together."),
    Setting("LIMIT_UPLOADS", kinds.rate(), "1/30", "Uploads and batches of an owner."),
    Setting(
        "LIMIT_IMPORTS",
        kinds.rate(),
        "0.5/30",
        "Imports an owner begins, previews, ends, takes back.",
    ),
    Setting("LIMIT_SEARCH", kinds.rate(), "20/100", "Searches of an owner, as they type."),
    Setting("LIMIT_DISCOVERY", kinds.rate(), "2/60", "Matches and look-ups of an owner."),
    Setting(
        "LIMIT_RESOLVE",
        kinds.rate(),
        "0.166667/10",
        "Digests of private discovery that an owner resolves.",
    ),
    Setting(
        "LIMIT_PRIVACY",
        kinds.rate(),
        "5/50",
        "Consents, sharing, blocks and app passwords of an owner.",
    ),
    Setting(
        "LIMIT_VALIDATIONS",
        kinds.rate(),
        "0.02/20",
        "Numbers and addresses that an owner has looked at before an invitation.",
    ),
    Setting("LIMIT_DIRECTORY", kinds.rate(), "100/1000", "Directory writes of an app."),
)
BY_NAME = {setting.name: setting for setting in TABLE}
