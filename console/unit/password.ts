/**
 * Who may see what the device keeps while the broker cannot be asked: the one who gives the password that the
 * broker took last. Kept is a slow salted digest (PBKDF2-SHA-256), never the password.
 */
import type { Disk } from "./disk";

const ROUNDS = 210_000;
const name = (unit: string) => `password.${unit}`;

/** `new`: nothing of this unit was ever kept here, or the page is not on https and cannot compute digests. */
export type Verdict = "right" | "wrong" | "new";

export async function verdict(disk: Disk, unit: string, password: string): Promise<Verdict> {
  const [salt, digest] = ((await disk.read(name(unit))) ?? "").split(":");
  if (!salt || !digest || !crypto.subtle) return "new";
  return (await slow(password, salt)) === digest ? "right" : "wrong";
}

/** The broker has let this password in. */
export async function remember(disk: Disk, unit: string, password: string): Promise<void> {
  if (!crypto.subtle || (await verdict(disk, unit, password)) === "right") return;
  const salt = hex(crypto.getRandomValues(new Uint8Array(16)));
  await disk.write(name(unit), `${salt}:${await slow(password, salt)}`);
}

async function slow(password: string, salt: string): Promise<string> {
  const text = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", text.encode(password), "PBKDF2", false, ["deriveBits"]);
  const rule = { name: "PBKDF2", hash: "SHA-256", salt: text.encode(salt), iterations: ROUNDS };
  return hex(new Uint8Array(await crypto.subtle.deriveBits(rule, key, 256)));
}

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
