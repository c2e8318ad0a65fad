"""A local certificate authority: pure, on keys and certificates as PEM.

The authority may vouch for the names that it was made for, for private networks and for nothing else: a key
that is stolen from this machine deceives nobody about other sites (RFC 5280, 4.2.1.10).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from core.errors import SonghuaError

AUTHORITY_DAYS: Final = 3650
SKEW: Final = timedelta(hours=1)
"""Clocks of terminals may be behind ours by so much."""
PRIVATE: Final = (
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
    "::1/128", "fc00::/7", "fe80::/10",
)  # fmt: skip
NAME: Final = "Songhua local authority"


class NotVouchedFor(SonghuaError):
    kind = "tls-name-outside"
    title = "The local authority may not certify this name"


@dataclass(frozen=True, slots=True)
class CertificateAndKey:
    """PEM: a certificate with those above it but the authority's own, and its key."""

    certificate: bytes
    key: bytes


def new_authority(names: Sequence[str], now: datetime) -> CertificateAndKey:
    key = ec.generate_private_key(ec.SECP256R1())
    known = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Songhua"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{NAME} {now:%Y-%m-%d}"),
        ]
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    made = (
        _begun(known, known, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .add_extension(x509.NameConstraints(_permitted(names), None), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return _pair(made, key)


def issue(
    authority: CertificateAndKey, service: str, names: Sequence[str], now: datetime, days: int
) -> CertificateAndKey:
    """For server and client side: a switch is both. Raises `NotVouchedFor`."""
    above = x509.load_pem_x509_certificate(authority.certificate)
    signer = serialization.load_pem_private_key(authority.key, None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    outside = not_permitted(above, names)
    if outside:
        raise NotVouchedFor(
            ", ".join(outside),
            remedy="songhua tls init --new-authority, then let desks and terminals trust the new ca.pem",
        )
    key = ec.generate_private_key(ec.SECP256R1())
    # With a space in it: nobody takes it for the name of a host.
    known = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Songhua {service}")])
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    made = (
        _begun(known, above.subject, key.public_key(), now, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(one) for one in names]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )
    return _pair(made, key)


def names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """Its host names and addresses."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    dns = found.get_values_for_type(x509.DNSName)
    return (*dns, *(str(one) for one in found.get_values_for_type(x509.IPAddress)))


def not_permitted(authority: x509.Certificate, names: Iterable[str]) -> list[str]:
    """The names that the authority's name constraints exclude."""
    try:
        limits = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return []
    permitted = limits.permitted_subtrees or []
    domains = [one.value for one in permitted if isinstance(one, x509.DNSName)]
    networks = [one.value for one in permitted if isinstance(one, x509.IPAddress)]

    def holds(name: str) -> bool:
        address = _address(name)
        if address is None:
            return any(name == domain or name.endswith(f".{domain}") for domain in domains)
        return any(not isinstance(net, IPv4Address | IPv6Address) and address in net for net in networks)

    return [name for name in names if not holds(name)]


def _permitted(names: Sequence[str]) -> list[x509.GeneralName]:
    networks = [ip_network(one) for one in PRIVATE]
    networks += [ip_network(name) for name in names if _address(name) is not None]
    domains = dict.fromkeys(["localhost", *(name for name in names if _address(name) is None)])
    return [
        *(x509.DNSName(name) for name in domains),
        *(x509.IPAddress(net) for net in dict.fromkeys(networks)),
    ]


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority, key_cert_sign=authority, crl_sign=authority,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _general(name: str) -> x509.GeneralName:
    address = _address(name)
    return x509.DNSName(name) if address is None else x509.IPAddress(address)


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None


def _pair(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> CertificateAndKey:
    return CertificateAndKey(
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
