"""XML signatures of CAP messages (XMLDSig, enveloped): only what was signed is believed."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from lxml import etree
from signxml.algorithms import SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from warning.cap.errors import CapRefusal, NotCap
from warning.cap.model import CapMessage
from warning.cap.reading import read_element
from warning.cap.writing import element_of, to_bytes

_METHODS: Final = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
    }
)
_EXPECTED: Final = SignatureConfiguration(
    location="./", signature_methods=_METHODS, ignore_ambiguous_key_info=True
)
"""The one certificate that the settings name decides, whatever key the message brings."""
_REFUSED: Final = (
    SignXMLException, InvalidSignature, UnsupportedAlgorithm, etree.LxmlError,
    ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError,
)  # fmt: skip
"""What signxml lets through for broken signatures."""


def verified(root: etree._Element, certificate: str, now: datetime) -> CapMessage:
    """The message that this certificate (PEM) signed. Raises `NotCap`."""
    known = x509.load_pem_x509_certificate(certificate.encode())
    if not known.not_valid_before_utc <= now <= known.not_valid_after_utc:
        raise NotCap(CapRefusal.CERTIFICATE, "the sender's certificate is not valid now")
    try:
        result = XMLVerifier().verify(root, x509_cert=certificate, expect_config=_EXPECTED)
    except _REFUSED:
        raise NotCap(CapRefusal.SIGNATURE, "the signature is not by the certificate of this sender") from None
    signed = None if isinstance(result, list) else result.signed_xml
    if signed is None:
        raise NotCap(CapRefusal.SIGNATURE, "the signature is not of the message")
    return read_element(signed)


def signed_bytes(message: CapMessage, key: str, certificate: str) -> bytes:
    """The message under our signature; key and certificate as PEM."""
    public = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    elliptic = isinstance(public, EllipticCurvePublicKey)
    signer = XMLSigner(
        signature_algorithm=SignatureMethod.ECDSA_SHA256 if elliptic else SignatureMethod.RSA_SHA256
    )
    return to_bytes(signer.sign(element_of(message), key=key, cert=certificate))
