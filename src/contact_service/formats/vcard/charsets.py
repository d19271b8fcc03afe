"""Bytes that are not UTF-8 (sync.md, vCard line model, 5): UTF-16 files whole, lines of old code pages one by one.

Never U+FFFD: what cannot be decoded is a reject. After this a card's lines are UTF-8 and say so.
"""

import re
from binascii import a2b_qp
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, lookup

import charset_normalizer

from contact_service.formats.vcard import guessing, lines

# Those people's programs wrote (imports.md, Encoding); of two that a text may as well be in, the first.
CANDIDATES = [
    "cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp932",
    "euc_kr", "gb18030", "big5",
]  # fmt: skip
PAIRED = frozenset(
    {"cp932", "shift_jis", "gb18030", "gbk", "gb2312", "big5", "euc_kr", "euc_jp", "cp949", "cp950"}
)
_DECLARED = re.compile(rb";CHARSET=\"?([\w.:-]{2,40})\"?", re.IGNORECASE)
_SAMPLE_BYTES = 65_536
_AS_GOOD = 0.1


def whole(body: bytes) -> bytes | None:
    """A file as ASCII-compatible bytes: BOM cut, UTF-16 (by BOM or NUL pattern) made UTF-8. None when that fails."""
    if body.startswith(BOM_UTF8):
        return body[3:]
    wide = _utf16(body)
    if not wide:
        return body
    try:
        return body.decode(wide).removeprefix("\ufeff").encode()
    except UnicodeError:
        return None


def guess(body: bytes) -> str | None:
    """The one code page of all lines of a file that are not UTF-8; None when all are, or none fits.

    A charset some line of the file declares comes first: its other lines were written by the same program.
    """
    sample = _undecodable(body)
    if not sample:
        return None
    for name in dict.fromkeys(_DECLARED.findall(body)):
        charset = known(name.decode())
        if charset and charset not in {"utf-8", "ascii"} and decodes(sample, charset):
            return charset
    return of_sample(sample)


def of_sample(sample: bytes) -> str | None:
    """The code page that text in none of the Unicode encodings seems to be in; None when none of ours fits."""
    found = charset_normalizer.from_bytes(sample, cp_isolation=CANDIDATES)
    best = found.best()
    if best is None:
        return None
    near = [one for one in found if one.chaos <= best.chaos + _AS_GOOD]
    likely = {name for one in near for name in one.could_be_from_charset}
    return guessing.best(sample, [name for name in CANDIDATES if name in likely])


def to_utf8(raw: bytes, charset: str | None) -> bytes | None:
    """A card's bytes with every line in UTF-8: by its CHARSET, else `charset`. None when a line fits neither.

    A quoted-printable line that fits neither stays: it is ASCII, and no worse than it came. A line that is UTF-8 is
    taken for it, except where `charset` is one whose pairs of bytes often look like UTF-8.
    """
    out: list[bytes] = []
    for chunk in lines.logical(raw):
        if charset in PAIRED and not chunk.isascii() and not _DECLARED.search(chunk):
            made = _as(chunk, charset)
            out.append(made or chunk)
            if made or _is_fine(chunk):
                continue
            return None
        if _is_fine(chunk):
            out.append(chunk)
            continue
        made = _transcoded(chunk, charset)
        if made is None and not chunk.isascii():
            return None
        out.append(made or chunk)
    return b"".join(out)


def known(name: str) -> str | None:
    """Python's name of a text charset; None when there is no such."""
    try:
        found = lookup(name)
        "".encode(found.name)  # base64, rot13 and their like are codecs, not charsets
    except (LookupError, ValueError, UnicodeError):
        return None
    return found.name


def decodes(data: bytes, charset: str) -> bool:
    """Whether every byte of `data` has a meaning in `charset`."""
    try:
        data.decode(charset)
    except UnicodeError:
        return False
    return True


def _utf16(body: bytes) -> str:
    if body.startswith(BOM_UTF16_LE):
        return "utf-16-le"
    if body.startswith(BOM_UTF16_BE):
        return "utf-16-be"
    # Without a BOM: the ASCII of BEGIN:VCARD has a NUL in every other byte.
    head = body[:64]
    if head[1::2].count(0) * 2 > len(head[1::2]):
        return "utf-16-le"
    return "utf-16-be" if head[::2].count(0) * 2 > len(head[::2]) else ""


def _is_fine(chunk: bytes) -> bool:
    if chunk.isascii() and not lines.is_quoted(chunk):
        return True
    return lines.parse(chunk)[0].head not in (lines.UNDECODABLE, lines.DAMAGED)


def _undecodable(body: bytes) -> bytes:
    """The bytes of the values that are not UTF-8, as one text, at most 64 kB."""
    found: list[bytes] = []
    size = 0
    for chunk in lines.logical(body):
        if size > _SAMPLE_BYTES:
            break
        if not _is_fine(chunk) and not _is_cut(chunk):
            value = _octets(chunk)
            found.append(value)
            size += len(value)
    return b"\n".join(found)[:_SAMPLE_BYTES]


def _is_cut(chunk: bytes) -> bool:
    """Whether the line claims UTF-8 and holds some: then a character was cut, and no code page will mend it."""
    declared = _DECLARED.search(chunk[: lines.head_end(chunk)])
    if declared is None or known(declared[1].decode()) != "utf-8":
        return False
    return not _octets(chunk).decode(errors="ignore").isascii()


def _octets(chunk: bytes) -> bytes:
    body = lines.unfold(chunk)
    value = body[lines.head_end(body) + 1 :]
    return a2b_qp(value) if lines.is_quoted(chunk) else value


def _transcoded(chunk: bytes, charset: str | None) -> bytes | None:
    declared = _DECLARED.search(chunk[: lines.head_end(chunk)])
    own = known(declared[1].decode()) if declared else None
    if _is_cut(chunk):
        return None
    for name in (own, "utf-8", charset):
        if name is None:
            continue
        try:
            return _in_utf8(chunk, name)
        except UnicodeError:
            continue
    return None


def _as(chunk: bytes, charset: str) -> bytes | None:
    for whole in (chunk, lines.unfold(chunk) + b"\r\n"):  # a fold may cut a character
        try:
            return _in_utf8(whole, charset)
        except UnicodeError:
            continue
    return None


def _in_utf8(chunk: bytes, charset: str) -> bytes:
    """The line in UTF-8, saying so where it named a charset before. Raises UnicodeError."""
    at = lines.head_end(chunk)
    if not at:
        return chunk.decode(charset).encode()
    head, body = chunk[:at].decode(charset), chunk[at + 1 :]
    head = _DECLARED.sub(b";CHARSET=UTF-8", head.encode(), count=1).decode()
    if not lines.is_quoted(chunk):
        return f"{head}:{body.decode(charset)}".encode()
    value = _octets(chunk).decode(charset)
    if "CHARSET=" not in head:
        head += ";CHARSET=UTF-8"
    return lines.make_quoted(head, value.replace("\r\n", "\n")).raw
