/** What the page of API tokens works out by itself. */
import type { TokenView } from "@shared/contracts/identity";

/** The operations of a token that only reads. */
export const readOnly = ["GET *", "WEBSOCKET *"];

export function standing(token: TokenView, now = Date.now()): "valid" | "over" | "gone" {
  if (token.revoked_at) return "gone";
  return new Date(token.expires_at).getTime() <= now ? "over" : "valid";
}

/** `queue=hotline district=230102` by kind; null for what is written otherwise. */
export function scopesOf(text: string): Record<string, string[]> | null {
  const found: Record<string, string[]> = {};
  for (const one of text.split(/[\s,]+/).filter(Boolean)) {
    const at = one.indexOf("=");
    if (at < 1 || at === one.length - 1) return null;
    (found[one.slice(0, at)] ??= []).push(one.slice(at + 1));
  }
  return found;
}
