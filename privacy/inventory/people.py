"""People who work here, and what all rooms share."""

from __future__ import annotations

from typing import Final

from privacy.model import ErasureMethod, Period, Whose, nobody, table

PEOPLE: Final = (
    table(
        "identity_user",
        Whose.STAFF,
        "who may sign in, and as what",
        kept=Period("as long as the account"),
        shown="Names for staff; the rest for admins",
        held=(("id", "name to sign in with", ErasureMethod.KEPT), ("name", "name", ErasureMethod.KEPT)),
        plain="roles language endpoint password_hash skills scopes",
    ),
    table(
        "identity_session",
        Whose.STAFF,
        "who is signed in",
        kept=Period("24 hours", "identity.session_longest_s", "centre"),
        shown="To nobody",
        held=(
            ("user_id", "name to sign in with", ErasureMethod.KEPT),
            ("address", "network address", ErasureMethod.KEPT),
            ("program", "browser", ErasureMethod.KEPT),
        ),
        plain="token_hash opened_by",
    ),
    table(
        "identity_audit",
        Whose.STAFF,
        "who looked at or changed what",
        shown="For admins",
        held=(("actor", "name to sign in with", ErasureMethod.KEPT),),
        plain="action subject detail seal",
    ),
    table(
        "outbox",
        Whose.CITIZEN,
        "events on their way to other parts",
        kept=Period("7 days after delivery", "storage.outbox_days", "each role, every 10 minutes"),
        shown="To nobody",
        held=(("envelope", "numbers, names, words, notes", ErasureMethod.DELETED),),
        plain="origin destination stream last_error",
    ),
    table(
        "identity_second_factor",
        Whose.STAFF,
        "second factors",
        kept=Period("as long as the account"),
        shown="To nobody",
        held=(("user_id", "name to sign in with", ErasureMethod.KEPT),),
        plain="state sealed",
    ),
    table(
        "identity_recovery_code",
        Whose.STAFF,
        "codes for a lost second factor",
        kept=Period("as long as the account"),
        shown="To nobody",
        held=(("user_id", "name to sign in with", ErasureMethod.KEPT),),
        plain="digest",
    ),
    table(
        "identity_token",
        Whose.STAFF,
        "API tokens: by which programs act for whom",
        kept=Period("90 days after their end", "identity.tokens.longest_days", "centre"),
        shown="To the owner and admins",
        held=(
            ("user_id", "name to sign in with", ErasureMethod.KEPT),
            ("made_by", "name to sign in with", ErasureMethod.KEPT),
            ("address", "network address", ErasureMethod.KEPT),
        ),
        plain="token_id token_hash name roles scopes operations",
    ),
    table(
        "identity_approval",
        Whose.CITIZEN,
        "acts that need a second person",
        shown="For supervisors and admins",
        held=(
            ("parameters", "number of who is erased or asks", ErasureMethod.MASKED),
            ("why", "free text", ErasureMethod.MASKED),
            ("remark", "free text", ErasureMethod.MASKED),
            ("outcome", "free text", ErasureMethod.MASKED),
            ("asked_by", "name to sign in with", ErasureMethod.KEPT),
            ("decided_by", "name to sign in with", ErasureMethod.KEPT),
            ("seen_by", "name to sign in with", ErasureMethod.KEPT),
        ),
        plain="act state verdict",
    ),
    table(
        "identity_break_glass",
        Whose.STAFF,
        "the sealed account: who used it",
        shown="For supervisors and admins",
        held=(
            ("sealed_by", "name to sign in with", ErasureMethod.KEPT),
            ("used_by", "name", ErasureMethod.KEPT),
            ("taken_by", "name to sign in with", ErasureMethod.KEPT),
            ("address", "network address", ErasureMethod.KEPT),
        ),
        plain="roles words_hash",
    ),
    table(
        "identity_passkey",
        Whose.STAFF,
        "passkeys: public keys of devices",
        kept=Period("as long as the account"),
        shown="To the owner",
        held=(
            ("user_id", "name to sign in with", ErasureMethod.KEPT),
            ("name", "name of the device", ErasureMethod.KEPT),
        ),
        plain="passkey_id credential_id public_key",
    ),
    table(
        "identity_link",
        Whose.STAFF,
        "which user the OpenID provider's subject is",
        kept=Period("as long as the account"),
        shown="To nobody",
        held=(
            ("user_id", "name to sign in with", ErasureMethod.KEPT),
            ("subject", "name at the provider", ErasureMethod.KEPT),
        ),
        plain="issuer",
    ),
    nobody("identity_key", "keys that seal second factors", "name key"),
    nobody("inbox", "which messages came already", "source msg_id"),
    nobody("ivr_activations", "which flow or prompt is used", "kind name comment by"),
    nobody("setting_versions", "settings that people change", "name value changes comment by"),
    nobody("ivr_versions", "flows and prompts", "kind name sha256 content facts comment by"),
    nobody(
        "privacy_erasures",
        "erasures; the number goes when one is done",
        "state number call_ids steps reason by",
    ),
)
