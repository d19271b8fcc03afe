"""A second ristretto255 (RFC 9496) and the VOPRF's checks on it (RFC 9497), for tests: plain, slow, of one's own.

Arithmetic modulo 2^255-19 on points in extended Edwards coordinates; nothing of the library under test.
"""

import hashlib
import hmac
from collections.abc import Sequence

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)
CONTEXT = b"OPRFV1-\x01-ristretto255-SHA512"
Point = tuple[int, int, int, int]


class Malformed(ValueError):
    """No canonical encoding of a group element."""


def negative(x: int) -> bool:
    return x % P & 1 == 1


def magnitude(x: int) -> int:
    return -x % P if negative(x) else x % P


def sqrt_ratio(u: int, v: int) -> tuple[bool, int]:
    """RFC 9496 4.2: whether u/v is a square, and a non-negative root of it or of SQRT_M1 * u/v."""
    r = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    check = v * r * r % P
    correct, flipped = check == u % P, check == -u % P
    flipped_i = check == -u * SQRT_M1 % P
    if flipped or flipped_i:
        r = r * SQRT_M1 % P
    return correct or flipped, magnitude(r)


ONE_MINUS_D_SQ = (1 - D * D) % P
D_MINUS_ONE_SQ = (D - 1) ** 2 % P
SQRT_AD_MINUS_ONE = 25063068953384623474111414158702152701244531502492656460079210482610430750235
INVSQRT_A_MINUS_D = 54469307008909316920995813868745141605393597292927456921205312896311721017578
BASE_Y = 4 * pow(5, -1, P) % P
BASE_X = sqrt_ratio(BASE_Y * BASE_Y - 1, D * BASE_Y * BASE_Y + 1)[1]
BASE: Point = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)
IDENTITY: Point = (0, 1, 1, 0)


def decode(raw: bytes) -> Point:
    """RFC 9496 4.3.1. Raises Malformed."""
    s = int.from_bytes(raw, "little")
    if len(raw) != 32 or s >= P or negative(s):
        raise Malformed
    u1, u2 = (1 - s * s) % P, (1 + s * s) % P
    v = (-(D * u1 * u1) - u2 * u2) % P
    square, inverse = sqrt_ratio(1, v * u2 * u2)
    x_den, y_den = inverse * u2 % P, inverse * inverse * u2 * v % P
    x, y = magnitude(2 * s * x_den), u1 * y_den % P
    if not square or negative(x * y) or y == 0:
        raise Malformed
    return x, y, 1, x * y % P


def encode(point: Point) -> bytes:
    """RFC 9496 4.3.2."""
    x, y, z, t = point
    u1, u2 = (z + y) * (z - y) % P, x * y % P
    inverse = sqrt_ratio(1, u1 * u2 * u2)[1]
    den1, den2 = inverse * u1 % P, inverse * u2 % P
    z_inverse = den1 * den2 * t % P
    rotate = negative(t * z_inverse)
    if rotate:
        x, y, den = y * SQRT_M1 % P, x * SQRT_M1 % P, den1 * INVSQRT_A_MINUS_D % P
    else:
        den = den2
    if negative(x * z_inverse):
        y = -y % P
    return magnitude(den * (z - y)).to_bytes(32, "little")


def add(a: Point, b: Point) -> Point:
    """add-2008-hwcd-3, with a = -1."""
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    m, n = (y1 - x1) * (y2 - x2), (y1 + x1) * (y2 + x2)
    c, d = 2 * D * t1 * t2, 2 * z1 * z2
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar: int, point: Point) -> Point:
    found = IDENTITY
    for bit in f"{scalar:b}":
        found = add(found, found)
        if bit == "1":
            found = add(found, point)
    return found


def expand(message: bytes, dst: bytes, size: int) -> bytes:
    """expand_message_xmd with SHA-512 (RFC 9380 5.3.1)."""
    prime = dst + bytes([len(dst)])
    first = hashlib.sha512(bytes(128) + message + size.to_bytes(2) + b"\0" + prime).digest()
    block, out = bytes(64), b""
    for index in range(1, -(-size // 64) + 1):
        mixed = bytes(a ^ b for a, b in zip(first, block, strict=True))
        block = hashlib.sha512(mixed + bytes([index]) + prime).digest()
        out += block
    return out[:size]


def mapped(raw: bytes) -> Point:
    """One half of the element derivation (RFC 9496 4.3.4)."""
    t = int.from_bytes(raw, "little") % 2**255 % P
    r = SQRT_M1 * t * t % P
    u = (r + 1) * ONE_MINUS_D_SQ % P
    v = (-1 - r * D) * (r + D) % P
    square, s = sqrt_ratio(u, v)
    if not square:
        s, c = -magnitude(s * t) % P, r
    else:
        c = P - 1
    n = (c * (r - 1) * D_MINUS_ONE_SQ - v) % P
    w0, w1 = 2 * s * v % P, n * SQRT_AD_MINUS_ONE % P
    w2, w3 = (1 - s * s) % P, (1 + s * s) % P
    return w0 * w3 % P, w2 * w1 % P, w1 * w3 % P, w0 * w2 % P


def hash_to_group(message: bytes) -> Point:
    """RFC 9497 4.1."""
    uniform = expand(message, b"HashToGroup-" + CONTEXT, 64)
    return add(mapped(uniform[:32]), mapped(uniform[32:]))


def hash_to_scalar(message: bytes, dst: bytes = b"HashToScalar-" + CONTEXT) -> int:
    """RFC 9497 4.1."""
    return int.from_bytes(expand(message, dst, 64), "little") % ORDER


def derive(seed: bytes, info: bytes) -> int:
    """DeriveKeyPair's secret (RFC 9497 3.2.1)."""
    tail = seed + len(info).to_bytes(2) + info
    return hash_to_scalar(tail + b"\0", b"DeriveKeyPair" + CONTEXT)


def sized(raw: bytes) -> bytes:
    return len(raw).to_bytes(2) + raw


def verifies(
    public: bytes, asked: Sequence[bytes], evaluated: Sequence[bytes], proof: bytes
) -> bool:
    """VerifyProof over a batch (RFC 9497 2.2.2): all of `evaluated` are `asked` times the key behind `public`."""
    c, s = (int.from_bytes(proof[at : at + 32], "little") for at in (0, 32))
    if len(asked) != len(evaluated) or len(proof) != 64 or c >= ORDER or s >= ORDER:
        return False
    m, z = composites(public, asked, evaluated)
    key = decode(public)
    t2 = add(times(s, BASE), times(c, key))
    t3 = add(times(s, m), times(c, z))
    parts = (public, encode(m), encode(z), encode(t2), encode(t3))
    challenge = hash_to_scalar(b"".join(map(sized, parts)) + b"Challenge")
    return hmac.compare_digest(challenge.to_bytes(32), c.to_bytes(32))


def composites(
    public: bytes, asked: Sequence[bytes], evaluated: Sequence[bytes]
) -> tuple[Point, Point]:
    """ComputeComposites (RFC 9497 2.2.1)."""
    seed = hashlib.sha512(sized(public) + sized(b"Seed-" + CONTEXT)).digest()
    m = z = IDENTITY
    for index, (one, other) in enumerate(zip(asked, evaluated, strict=True)):
        text = sized(seed) + index.to_bytes(2) + sized(one) + sized(other) + b"Composite"
        weight = hash_to_scalar(text)
        m, z = add(m, times(weight, decode(one))), add(z, times(weight, decode(other)))
    return m, z


def blinded(message: bytes, blind: int) -> bytes:
    """Blind (RFC 9497 3.3.1) with a blind of the test's choice."""
    return encode(times(blind, hash_to_group(message)))


def finalised(message: bytes, blind: int, evaluated: bytes) -> bytes:
    """Finalize without the proof (RFC 9497 3.3.1): 64 bytes."""
    element = encode(times(pow(blind, -1, ORDER), decode(evaluated)))
    return hashlib.sha512(sized(message) + sized(element) + b"Finalize").digest()
