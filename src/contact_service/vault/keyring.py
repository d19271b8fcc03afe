"""The keyring: an installation's long-lived secrets, in one 0600 file outside the database (privacy.md, CS-ENC-1).

A keyring is never minted over existing rows: without its keys they are noise, and a new one would hide that.
"""

import hmac
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contact_service.model.epoch import Kind

KEY_BYTES = 32
_FORMAT = 1


class KeyringRefused(Exception):
    """The keyring cannot be used; one line for the operator, without keys. Not a Problem: it stops a start."""


class KeyringMissing(KeyringRefused):
    """No keyring where rows exist that were sealed with one."""


class KeyringUnreadable(KeyringRefused):
    """The file is there, but is damaged, of a newer format, or readable by other accounts."""


class _Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of key in the file: base64 by id, and the id that writes use."""

    current: int
    keys: dict[int, bytes]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: JSON, bytes as base64. The fixed keys are derived from `root`, so a release may add names."""

    format: int
    kek: _Keys
    pepper: _Keys
    root: bytes
    oprf: _Keys | None = None
    matrix: _Keys | None = None


class Keyring:
    """KEKs by id; by epoch the directory's peppers, OPRF seeds and Matrix peppers; fixed keys by name. `epoch`,
    `oprf_epoch`, `matrix_epoch` are the newest made: which one is live is told by the database. `source`: the file it
    was read from, None for one that lives in memory only. Its repr shows ids only.
    """

    __slots__ = (
        "_ciphers",
        "_fixed",
        "_root",
        "epoch",
        "feed",
        "kek",
        "keks",
        "matrix",
        "matrix_epoch",
        "oprf",
        "oprf_epoch",
        "peppers",
        "source",
    )

    def __init__(
        self,
        keks: Mapping[int, bytes],
        kek: int,
        peppers: Mapping[int, bytes],
        epoch: int,
        root: bytes,
        oprf: Mapping[int, bytes] = MappingProxyType({}),
        matrix: Mapping[int, bytes] = MappingProxyType({}),
    ) -> None:
        """`kek` and `epoch` name the key that new writes use; all keys are 32 bytes, else KeyringUnreadable."""
        every = (*keks.values(), *peppers.values(), *oprf.values(), *matrix.values(), root)
        if {len(key) for key in every} != {KEY_BYTES} or kek not in keks or epoch not in peppers:
            raise KeyringUnreadable("The keyring is damaged: a key is missing or is not 32 bytes.")
        if not all(0 < number < 2**32 for number in (*keks, *peppers, *oprf, *matrix)):
            raise KeyringUnreadable("The keyring is damaged: key ids are 1 to 4294967295.")
        self.keks = dict(keks)
        self.kek = kek
        self.peppers = dict(peppers)
        self.epoch = epoch
        self.oprf = dict(oprf)
        self.oprf_epoch = max(oprf, default=0)
        self.matrix = dict(matrix)
        self.matrix_epoch = max(matrix, default=0)
        self._root = root
        self.source: Path | None = None
        self._ciphers = {number: AESGCM(key) for number, key in keks.items()}
        self._fixed: dict[str, bytes] = {}
        self.feed = self.fixed("feed")

    @property
    def pepper(self) -> bytes:
        """The pepper of the live epoch."""
        return self.peppers[self.epoch]

    def of(self, kind: Kind) -> dict[int, bytes]:
        """The keys of that kind by epoch, as they are held now."""
        return {Kind.PEPPER: self.peppers, Kind.OPRF: self.oprf, Kind.MATRIX: self.matrix}[kind]

    def hold(self, keys: Mapping[Kind, Mapping[int, bytes]]) -> None:
        """Hold these keys of the epochs from now on, instead of those held so far."""
        self.peppers, self.epoch = dict(keys[Kind.PEPPER]), max(keys[Kind.PEPPER])
        self.oprf, self.oprf_epoch = dict(keys[Kind.OPRF]), max(keys[Kind.OPRF], default=0)
        self.matrix, self.matrix_epoch = dict(keys[Kind.MATRIX]), max(keys[Kind.MATRIX], default=0)

    def same_as(self, other: "Keyring") -> bool:
        """Whether both are one installation's: all but the keys of the epochs is equal."""
        return hmac.compare_digest(self.feed, other.feed) and self.keks == other.keks

    def fixed(self, name: str) -> bytes:
        """The fixed key of that name (`feed`, `idempotency`, `decoy`, …), 32 bytes, the same for the keyring's life."""
        key = self._fixed.get(name)
        if key is None:
            # HKDF-SHA256 expand (RFC 5869 2.3), one block: the root is uniform, so no extract step is needed.
            info = b"contact-service/fixed/" + name.encode() + b"\x01"
            key = self._fixed[name] = hmac.digest(self._root, info, "sha256")
        return key

    def cipher(self, kek: int) -> AESGCM | None:
        """AES-256-GCM under that KEK; None when the keyring does not hold it."""
        return self._ciphers.get(kek)

    def __repr__(self) -> str:
        return (
            f"Keyring(keks={sorted(self.keks)}, kek={self.kek}, epochs={sorted(self.peppers)}, epoch={self.epoch}, "
            f"oprf={sorted(self.oprf)}, matrix={sorted(self.matrix)})"
        )


def create() -> Keyring:
    """A new keyring of random keys: KEK 1, epoch 1 of each kind. Call it for an empty database only."""
    return Keyring({1: new_key()}, 1, {1: new_key()}, 1, new_key(), {1: new_key()}, {1: new_key()})


def load(path: Path) -> Keyring:
    """The keyring of that file. Raises KeyringMissing, KeyringUnreadable."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeyringUnreadable(
                f"{path} is open to other accounts: chmod 600 it, then rotate its keys."
            )
        raw = path.read_bytes()
    except FileNotFoundError:
        raise KeyringMissing(
            f"No keyring at {path}: restore it; without it the stored rows cannot be opened."
        ) from None
    except OSError as error:
        raise KeyringUnreadable(
            f"The keyring at {path} cannot be read: {error.strerror}."
        ) from None
    return _decode(raw, path)


def save(keyring: Keyring, path: Path) -> None:
    """Write the keyring over `path`: mode 0600, atomic, on disk when this returns. Raises OSError."""
    temporary = _write_beside(keyring, path)
    try:
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def open_(path: Path, *, fresh: bool) -> Keyring:
    """The keyring of that file, made first when `fresh`: the caller has seen that no sealed row exists.

    Two processes that start at once end with one keyring. Raises KeyringMissing (not fresh), KeyringUnreadable.
    """
    if fresh and not path.exists():
        temporary = _write_beside(create(), path)
        try:
            # link, not rename: it fails where another process was first, and then its keyring is the one.
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
        _sync_folder(path.parent)
    return load(path)


def new_key() -> bytes:
    """A random key."""
    return os.urandom(KEY_BYTES)


def _decode(raw: bytes, path: Path) -> Keyring:
    try:
        found = msgspec.json.decode(raw, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # The decoder's own words are left out: they may quote the file.
        raise KeyringUnreadable(
            f"The keyring at {path} is damaged: restore it from its backup."
        ) from None
    if found.format != _FORMAT:
        raise KeyringUnreadable(f"The keyring at {path} has a format this release does not know.")
    oprf, matrix = found.oprf, found.matrix
    ring = Keyring(
        found.kek.keys,
        found.kek.current,
        found.pepper.keys,
        found.pepper.current,
        found.root,
        oprf.keys if oprf else {},
        matrix.keys if matrix else {},
    )
    ring.source = path
    return ring


def _write_beside(keyring: Keyring, path: Path) -> Path:
    """A synced temporary file with the keyring in the same folder; mkstemp makes it 0600 from the first moment."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = _File(
        _FORMAT,
        _Keys(keyring.kek, keyring.keks),
        _Keys(keyring.epoch, keyring.peppers),
        keyring._root,  # noqa: SLF001  the writer of the file is the keyring's other half
        _Keys(keyring.oprf_epoch, keyring.oprf) if keyring.oprf else None,
        _Keys(keyring.matrix_epoch, keyring.matrix) if keyring.matrix else None,
    )
    number, name = tempfile.mkstemp(prefix=".keyring-", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        Path(name).unlink()
        raise
    return Path(name)


def _sync_folder(folder: Path) -> None:
    """A rename is durable only when its folder is."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
