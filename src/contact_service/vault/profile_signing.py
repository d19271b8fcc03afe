"""Signs configuration profiles, so that a device shows whose they are (PKCS #7, RFC 2315; Apple: DER, signed data)."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7


class ProfileKeyUnreadable(Exception):
    """The certificate or key cannot be used; `str` is the reason. It stops a start."""


class ProfileSigner:
    """Signs with the operator's certificate; what leads from it to a root goes along."""

    __slots__ = ("_certificate", "_chain", "_key")

    def __init__(
        self,
        certificate: x509.Certificate,
        key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
        chain: list[x509.Certificate],
    ) -> None:
        self._certificate = certificate
        self._key = key
        self._chain = chain

    def sign(self, profile: bytes) -> bytes:
        """The profile inside its signature, DER."""
        builder = pkcs7.PKCS7SignatureBuilder().set_data(profile)
        builder = builder.add_signer(self._certificate, self._key, hashes.SHA256())
        for each in self._chain:
            builder = builder.add_certificate(each)
        options = [pkcs7.PKCS7Options.Binary]
        return builder.sign(serialization.Encoding.DER, options)


def open_(certificates: Path, key: Path) -> ProfileSigner:
    """The signer of a PEM file of certificates, the signing one first, and its PEM key (RSA or elliptic curve).

    Raises ProfileKeyUnreadable.
    """
    try:
        chain = x509.load_pem_x509_certificates(certificates.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        # Not the library's own words: they may quote the file.
        raise ProfileKeyUnreadable(
            "certificate or key cannot be read: PEM is wanted, the key without a password"
        ) from None
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ProfileKeyUnreadable("the key is neither RSA nor of an elliptic curve")
    if chain[0].public_key() != private.public_key():
        raise ProfileKeyUnreadable("the key is not that of the first certificate")
    return ProfileSigner(chain[0], private, chain[1:])
