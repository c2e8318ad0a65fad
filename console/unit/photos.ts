/** The photos of a crew on this device. Changes the kept values it is given. */
import type { Album } from "./disk";
import type { Ids, Kept, Shot } from "./kept";

/** As the centre takes them (`radio_bridge.photos.model`). */
export const MOST_BYTES = 16 * 1024 * 1024;
export const KINDS = "image/jpeg,image/png";
export const MOST_WAITING = 40;

export class TooManyPhotos extends Error {}

/** A photo was taken for a job; its bytes are in the album already. Throws `TooManyPhotos`. */
export function addShot(kept: Kept, shot: Omit<Shot, "state" | "sent">): Shot {
  if (kept.photos.filter((one) => one.state === "waiting").length >= MOST_WAITING) throw new TooManyPhotos();
  const added: Shot = { ...shot, state: "waiting", sent: 0 };
  kept.photos = [...kept.photos, added];
  return added;
}

/** So much of it is at the centre now, or it has ended. */
export function moveShot(kept: Kept, photoId: string, change: Partial<Pick<Shot, "state" | "sent" | "fix">>): void {
  kept.photos = kept.photos.map((one) => (one.photo_id === photoId ? { ...one, ...change } : one));
}

/** What the centre is told of it, with the next number. */
export function notice(kept: Kept, ids: Ids, shot: Shot): { msg_id: string; payload: string } {
  kept.up_seq += 1;
  const msg_id = ids.id();
  const payload = JSON.stringify({
    msg_id,
    seq: kept.up_seq,
    ts: ids.now(),
    schema: "unit.photo/1",
    photo_id: shot.photo_id,
    size: shot.size,
    sha256: shot.sha256,
    taken_at: shot.taken_at,
    ...(shot.dispatch_id ? { dispatch_id: shot.dispatch_id } : {}),
    ...(shot.fix ? { fix: shot.fix } : {}),
  });
  return { msg_id, payload };
}

/** Drops what a dead battery left of photos that are at the centre, or never were on the list. */
export async function sweep(album: Album, kept: Readonly<Kept>): Promise<void> {
  const waiting = new Set(kept.photos.filter((one) => one.state === "waiting").map((one) => one.photo_id));
  for (const id of await album.photos()) if (!waiting.has(id)) await album.dropPhoto(id);
}

export async function digest(bytes: Blob): Promise<string> {
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", await bytes.arrayBuffer()));
  return Array.from(sum, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What is made of a chosen file, by its own first bytes; the centre looks at all of them. */
export async function isPicture(file: Blob): Promise<boolean> {
  const head = new Uint8Array(await file.slice(0, 8).arrayBuffer());
  const begins = (...bytes: number[]) => bytes.every((byte, at) => head[at] === byte);
  return begins(0xff, 0xd8, 0xff) || begins(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
}
