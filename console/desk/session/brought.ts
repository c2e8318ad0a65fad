/** What the gateway says in the address after a way to the OpenID provider; a reload does not say it again. */

export interface Brought {
  /** It has opened a session. */
  signedIn: boolean;
  /** The ticket of the second step. */
  second: string;
  /** A passkey may stand for the code. */
  passkey: boolean;
  /** Why not: the kind of a problem. */
  refused: string;
}

export function readBrought(hash: string): Brought {
  const told = new URLSearchParams(hash.replace(/^#/, ""));
  return { signedIn: told.has("signed-in"), second: told.get("second") ?? "", passkey: told.has("passkey"), refused: told.get("sign-in") ?? "" };
}

export function broughtBack(): Brought {
  const brought = readBrought(location.hash);
  if (brought.signedIn || brought.second || brought.refused) history.replaceState(null, "", location.pathname + location.search);
  return brought;
}
