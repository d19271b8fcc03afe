"""The key that signs device profiles: refused in one line that quotes nothing, when it cannot be used."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import pkcs7

from contact_service.vault import profile_signing
from contact_service.vault.profile_signing import ProfileKeyUnreadable

PEM = serialization.Encoding.PEM


def pair(
    folder: Path, name: str, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
) -> None:
    """`name`.pem and `name`.key in the folder."""
    now, own = datetime.now(UTC), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(own, own, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    (folder / f"{name}.pem").write_bytes(builder.sign(key, digest).public_bytes(PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("own", "other"):
        pair(tmp_path, name, ec.generate_private_key(ec.SECP256R1()))
    pair(tmp_path, "odd", ed25519.Ed25519PrivateKey.generate())
    (tmp_path / "chain.pem").write_bytes(
        (tmp_path / "own.pem").read_bytes() + (tmp_path / "other.pem").read_bytes()
    )
    (tmp_path / "none.pem").write_text("zx-secret")
    return tmp_path


def test_the_whole_chain_goes_along(folder: Path) -> None:
    signer = profile_signing.open_(folder / "chain.pem", folder / "own.key")
    signed = signer.sign(b"<plist/>\n")
    names = {c.subject.rfc4514_string() for c in pkcs7.load_der_pkcs7_certificates(signed)}
    assert names == {"CN=own", "CN=other"}
    assert b"<plist/>\n" in signed


@pytest.mark.parametrize(
    ("certificates", "key"),
    [
        ("own.pem", "other.key"),
        ("own.pem", "absent.key"),
        ("none.pem", "own.key"),
        ("own.pem", "none.pem"),
        ("odd.pem", "odd.key"),
    ],
)
def test_what_cannot_sign_is_refused(folder: Path, certificates: str, key: str) -> None:
    with pytest.raises(ProfileKeyUnreadable) as refused:
        profile_signing.open_(folder / certificates, folder / key)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)
