"""Encrypted messages of the platform: AES-256-CBC, PKCS#7 to 32 bytes, the AppID at the end. Pure."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import struct
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from citizen.channels.wechat.errors import WeChatUnproved

BLOCK: Final = 32
RANDOM: Final = 16


class MessageCipher:
    """`key` is the EncodingAESKey of 43 characters. The first half of it is the initial vector, as the
    platform has it.
    """

    def __init__(self, key: str, app_id: str) -> None:
        raw = base64.b64decode(f"{key}=")
        self._cipher = Cipher(algorithms.AES256(raw), modes.CBC(raw[:16]))
        self._app_id = app_id.encode()

    def encrypted(self, message: bytes) -> str:
        """In base64."""
        plain = os.urandom(RANDOM) + struct.pack(">I", len(message)) + message + self._app_id
        pad = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher.encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()

    def decrypted(self, text: str) -> bytes:
        """Call it after the signature was checked. Raises `WeChatUnproved` for what was not encrypted for
        this account.
        """
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise _not_ours() from None
        if not data or len(data) % 16:
            raise _not_ours()
        decryptor = self._cipher.decryptor()
        plain = decryptor.update(data) + decryptor.finalize()
        pad = plain[-1]
        if not 1 <= pad <= BLOCK or plain[-pad:] != bytes([pad]) * pad:
            raise _not_ours()
        plain = plain[:-pad]
        if len(plain) < RANDOM + 4:
            raise _not_ours()
        (length,) = struct.unpack(">I", plain[RANDOM : RANDOM + 4])
        message, app_id = plain[RANDOM + 4 : RANDOM + 4 + length], plain[RANDOM + 4 + length :]
        if len(message) != length or not hmac.compare_digest(app_id, self._app_id):
            raise _not_ours()
        return message


def _not_ours() -> WeChatUnproved:
    return WeChatUnproved("it was not encrypted for this account", remedy="compare EncodingAESKey and AppID")
