/** Passkeys of the browser (WebAuthn): options and answers as the gateway's JSON has them. */
import type { MadeCredential, PasskeyChallenge, SignedCredential } from "./contracts/identity";

interface Descriptor {
  id: string;
  type: "public-key";
  transports?: AuthenticatorTransport[];
}


export const hasPasskeys = (): boolean => typeof PublicKeyCredential !== "undefined";

export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

export function toText(bytes: ArrayBuffer): string {
  const plain = Array.from(new Uint8Array(bytes), (one) => String.fromCharCode(one)).join("");
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const named = (list: unknown) => ((list as Descriptor[] | undefined) ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));

/** A new passkey; null where the person or the device refuses. */
export async function makePasskey({ options }: PasskeyChallenge): Promise<MadeCredential | null> {
  const user = options.user as { id: string; name: string; displayName: string };
  const publicKey = {
    ...options,
    challenge: toBytes(options.challenge as string),
    user: { ...user, id: toBytes(user.id) },
    excludeCredentials: named(options.excludeCredentials),
  } as unknown as PublicKeyCredentialCreationOptions;
  const made = (await navigator.credentials.create({ publicKey }).catch(() => null)) as PublicKeyCredential | null;
  if (!made) return null;
  const response = made.response as AuthenticatorAttestationResponse;
  return {
    id: made.id,
    rawId: toText(made.rawId),
    type: "public-key",
    response: { clientDataJSON: toText(response.clientDataJSON), attestationObject: toText(response.attestationObject) },
  };
}

/** A proof by a passkey; null where the person or the device refuses. */
export async function usePasskey({ options }: PasskeyChallenge): Promise<SignedCredential | null> {
  const publicKey = {
    ...options,
    challenge: toBytes(options.challenge as string),
    allowCredentials: named(options.allowCredentials),
  } as unknown as PublicKeyCredentialRequestOptions;
  const proof = (await navigator.credentials.get({ publicKey }).catch(() => null)) as PublicKeyCredential | null;
  if (!proof) return null;
  const response = proof.response as AuthenticatorAssertionResponse;
  return {
    id: proof.id,
    rawId: toText(proof.rawId),
    type: "public-key",
    response: {
      clientDataJSON: toText(response.clientDataJSON),
      authenticatorData: toText(response.authenticatorData),
      signature: toText(response.signature),
      userHandle: response.userHandle ? toText(response.userHandle) : null,
    },
  };
}
