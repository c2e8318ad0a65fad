/**
 * Brings photos to the centre, one after the other: says over MQTT that there is one, gets a ticket, and sends it
 * in pieces over HTTP from where the centre says that it goes on. Whatever is cut is taken up again.
 */
import type { Album } from "./disk";
import type { Shot } from "./kept";
import { waitsForReport } from "./reports";
import type { UnitStore } from "./store";

export const PIECE = 256 * 1024;
/** After each cut pieces are half as long, down to this: a bad line brings a little rather than nothing. */
export const SHORTEST_PIECE = 16 * 1024;
const ASK_AGAIN_MS = 15_000;
const ASK_AGAIN_AT_LAST_MS = 300_000;
const WAIT_MS = 3000;
const DEADLINE_MS = 60_000;
const NO_PHOTO = "urn:songhua:problem:no-photo";
/** How the centre says that a photo is not coming any more, and what it is called here. */
const ENDS: Record<string, "kept" | "refused"> = { kept: "kept", refused: "refused", erased: "refused" };

export type Ask = (path: string, request: RequestInit) => Promise<Response>;

/** The last announcement of a photo on this line, and how often it was said. */
interface Asked {
  msg_id: string;
  at: number;
  times: number;
}

export class Courier {
  private tickets = new Map<string, string>();
  private asked = new Map<string, Asked>();
  /** Photos that the centre could not take just now. */
  private later = new Map<string, number>();
  private notBefore = 0;
  private piece = PIECE;
  private work: Promise<void> | null = null;
  private line: AbortController | null = null;
  private stopped = false;

  constructor(
    private readonly store: UnitStore,
    private readonly album: Album,
    /** Publishes `up/photo`; false while there is no line. */
    private readonly announce: (payload: string) => boolean,
    private readonly online: () => boolean,
    private readonly trouble: (error: unknown) => void,
    private readonly ask: Ask = (path, request) => fetch(path, request),
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** The centre's answer to the announcement `of`: a ticket, or how the photo ended. */
  async answer(photoId: string, of: string, ticket: string, ended: string): Promise<void> {
    if (this.stopped) return;
    // A ticket is void as soon as a newer one was asked for.
    if (ticket && this.asked.get(photoId)?.msg_id === of) this.tickets.set(photoId, ticket);
    const end = ENDS[ended];
    if (!ticket && end) await this.end(photoId, end);
    void this.go();
  }

  /** What was asked on a line that is gone may never have arrived. */
  lineIsBack(): void {
    this.asked.clear();
    this.notBefore = 0;
  }

  /** Does the next thing for the oldest photo that waits; called often, works once at a time. */
  async go(): Promise<void> {
    if (this.stopped || this.work !== null || !this.online() || this.clock() < this.notBefore) return;
    const shot = this.store.now.photos.find((one) => one.state === "waiting" && this.isDue(one.photo_id) && !waitsForReport(this.store.now, one.dispatch_id));
    if (shot === undefined) return;
    this.work = this.next(shot);
    await this.work;
    this.work = null;
  }

  /** Ends what is on its way; nothing is written afterwards. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.line?.abort();
    await this.work;
  }

  private isDue(photoId: string): boolean {
    if (this.clock() < (this.later.get(photoId) ?? 0)) return false;
    const asked = this.asked.get(photoId);
    if (asked === undefined || this.tickets.has(photoId)) return true;
    return this.clock() - asked.at >= Math.min(ASK_AGAIN_AT_LAST_MS, ASK_AGAIN_MS * 2 ** (asked.times - 1));
  }

  private async next(shot: Shot): Promise<void> {
    try {
      const ticket = this.tickets.get(shot.photo_id);
      if (ticket === undefined) await this.askForTicket(shot);
      else await this.bring(shot, ticket);
    } catch (error) {
      this.notBefore = this.clock() + WAIT_MS;
      if (!(this.stopped || error instanceof TypeError || error instanceof DOMException)) this.trouble(error);
    }
  }

  private async askForTicket(shot: Shot): Promise<void> {
    const { msg_id, payload } = await this.store.noticeOf(shot);
    const times = (this.asked.get(shot.photo_id)?.times ?? 0) + 1;
    if (this.announce(payload)) this.asked.set(shot.photo_id, { msg_id, at: this.clock(), times });
  }

  private async bring(shot: Shot, ticket: string): Promise<void> {
    const bytes = await this.album.photo(shot.photo_id);
    if (bytes === null || bytes.size !== shot.size) {
      // The device has lost it.
      await this.end(shot.photo_id, "refused");
      return;
    }
    let at = await this.step(shot, await this.request(shot, ticket, "HEAD"));
    while (at !== null && !this.stopped) {
      const before: number = at;
      at = await this.step(shot, await this.send(shot, ticket, before, bytes.slice(before, before + this.piece)));
      if (at === before) {
        this.wait(shot);
        return;
      }
    }
  }

  private async send(shot: Shot, ticket: string, at: number, piece: Blob): Promise<Response> {
    const headers = { "Upload-Offset": String(at), "Content-Type": "application/octet-stream" };
    try {
      const answer = await this.request(shot, ticket, "PATCH", headers, piece);
      this.piece = Math.min(PIECE, 2 * this.piece);
      return answer;
    } catch (error) {
      this.piece = Math.max(SHORTEST_PIECE, this.piece / 2);
      throw error;
    }
  }

  private async request(shot: Shot, ticket: string, method: string, more: Record<string, string> = {}, body?: Blob): Promise<Response> {
    const headers = { Authorization: `Bearer ${ticket}`, "X-Songhua": "1", ...more };
    const line = new AbortController();
    this.line = line;
    const deadline = setTimeout(() => line.abort(), DEADLINE_MS);
    try {
      return await this.ask(`/api/unit/photos/${shot.photo_id}`, { method, headers, signal: line.signal, ...(body ? { body } : {}) });
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Where it goes on; null when nothing is to be sent now. */
  private async step(shot: Shot, answer: Response): Promise<number | null> {
    if (this.stopped) return null;
    if (answer.ok) return this.progress(shot, answer);
    if (answer.status === 404) {
      // The ticket is void: another one is asked for.
      this.tickets.delete(shot.photo_id);
      return null;
    }
    const said = await problem(answer);
    if (answer.status === 409 && Number.isSafeInteger(said.offset)) return said.offset as number;
    if (answer.status === 422 && said.type === NO_PHOTO) await this.end(shot.photo_id, "refused");
    else this.wait(shot);
    return null;
  }

  private async progress(shot: Shot, answer: Response): Promise<number | null> {
    const end = ENDS[answer.headers.get("Photo-State") ?? ""];
    if (end) {
      await this.end(shot.photo_id, end);
      return null;
    }
    const sent = Number(answer.headers.get("Upload-Offset"));
    await this.store.moveShot(shot.photo_id, { sent });
    return sent;
  }

  private wait(shot: Shot): void {
    this.later.set(shot.photo_id, this.clock() + WAIT_MS);
  }

  private async end(photoId: string, state: "kept" | "refused"): Promise<void> {
    const shot = this.store.now.photos.find((one) => one.photo_id === photoId);
    if (this.stopped || shot === undefined || shot.state !== "waiting") return;
    // Where it was taken is the centre's now.
    await this.store.moveShot(photoId, { state, sent: shot.size, fix: null });
    await this.album.dropPhoto(photoId);
    for (const memory of [this.tickets, this.asked, this.later]) memory.delete(photoId);
  }
}

async function problem(answer: Response): Promise<{ type?: unknown; offset?: unknown }> {
  try {
    return ((await answer.json()) as object | null) ?? {};
  } catch {
    return {};
  }
}
