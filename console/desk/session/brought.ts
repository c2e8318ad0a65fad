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

/** What this page was opened with: read before the router keeps the address. */
export const brought: Brought = readBrought(typeof location === "undefined" ? "" : location.hash);
if (brought.signedIn || brought.second || brought.refused) history.replaceState(history.state, "", location.pathname + location.search);
let told = false;

/** To the sign-in, once: a later one in the same page begins anew. */
export function broughtBack(): Brought {
  const first = told ? readBrought("") : brought;
  told = true;
  return first;
}
