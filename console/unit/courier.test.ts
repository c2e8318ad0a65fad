import { describe, expect, it } from "vitest";
import { Courier, PIECE, SHORTEST_PIECE } from "./courier";
import { albumOf } from "./disk";
import type { Kept } from "./kept";
import { sweep } from "./photos";
import { UnitStore } from "./store";

const SIZE = 2 * PIECE + 1000;

/** A centre that takes pieces as the real one does, and fails as it is told. */
class Centre {
  tickets = new Map<string, string>();
  bytes = new Uint8Array(0);
  announced: string[] = [];
  kept = false;
  /** Called before each request; it may throw or answer. */
  trouble: (request: RequestInit) => Response | null = () => null;
  /** A request that is not answered for now. */
  hold: (request: RequestInit) => Promise<Response> | null = () => null;
  requests: string[] = [];

  ticket(of: string): string {
    const made = `ticket-${this.tickets.size + 1}`;
    this.tickets.set(of, made);
    return made;
  }

  ask = async (path: string, request: RequestInit): Promise<Response> => {
    const headers = request.headers as Record<string, string>;
    this.requests.push(`${request.method} ${headers["Upload-Offset"] ?? ""}`.trim());
    const failed = this.trouble(request);
    if (failed) return failed;
    const held = this.hold(request);
    if (held) return held;
    const photo = path.split("/").at(-1)!;
    if (headers.Authorization !== `Bearer ${this.tickets.get(photo)}`) return new Response("{}", { status: 404 });
    if (request.method === "PATCH") {
      const offset = Number(headers["Upload-Offset"]);
      if (offset !== this.bytes.length) return Response.json({ offset: this.bytes.length }, { status: 409 });
      const piece = new Uint8Array(await (request.body as Blob).arrayBuffer());
      const longer = new Uint8Array(offset + piece.length);
      longer.set(this.bytes);
      longer.set(piece, offset);
      this.bytes = longer;
      this.kept = this.bytes.length === SIZE;
    }
    const state = this.kept ? "kept" : "coming";
    return new Response(null, { status: 204, headers: { "Upload-Offset": String(this.bytes.length), "Photo-State": state } });
  };
}

async function scene() {
  let count = 0;
  let clock = 0;
  const photos = new Map<string, Blob>();
  const flash = new Map<string, string>();
  const disk = {
    read: async (name: string) => flash.get(name) ?? null,
    write: async (name: string, text: string) => void flash.set(name, text),
  };
  const device = {
    photos: async () => [...photos.keys()],
    photo: async (id: string) => photos.get(id) ?? null,
    keepPhoto: async (id: string, photo: Blob) => void photos.set(id, photo),
    dropPhoto: async (id: string) => void photos.delete(id),
  };
  const album = albumOf(device, "app:17");
  const ids = { id: () => `id-${++count}`, now: () => "2026-11-25T06:00:00Z" };
  const centre = new Centre();
  const line = { online: true };
  const bytes = new Uint8Array(SIZE).map((_zero, at) => (at * 7) % 251);
  const open = async () => {
    const store = await UnitStore.open(disk, "app:17", ids);
    const announce = (payload: string) => line.online && centre.announced.push(payload) > 0;
    const trouble = (error: unknown) => {
      throw error;
    };
    const courier = new Courier(store, album, announce, () => line.online, trouble, centre.ask, () => clock);
    return { store, courier };
  };
  const phone = await open();
  await album.keepPhoto("p1", new Blob([bytes]));
  const fix = { lon: 126.6, lat: 45.7, accuracy_m: 8, fix_at: ids.now() };
  const shot = { photo_id: "p1", dispatch_id: "d1", size: SIZE, sha256: "s", taken_at: ids.now(), fix };
  await phone.store.addShot(shot);
  const states = (kept: Readonly<Kept>) => kept.photos.map((one) => one.state);
  const lastAsked = () => (JSON.parse(centre.announced.at(-1)!) as { msg_id: string }).msg_id;
  /** The centre answers the last announcement. */
  const answer = (courier: Courier, ticket = centre.ticket("p1")) => courier.answer("p1", lastAsked(), ticket, "");
  const later = (ms: number) => (clock += ms);
  return { ...phone, centre, photos, album, line, bytes, shot, states, open, lastAsked, answer, later };
}

const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, at) => byte === b[at]);
const settle = () => new Promise((done) => setTimeout(done, 0));

describe("a photo on its way", () => {
  it("is announced, gets a ticket, is brought in pieces, and is forgotten here, also where it was", async () => {
    const { store, courier, centre, photos, bytes, states, answer } = await scene();
    await courier.go();
    expect(JSON.parse(centre.announced[0]!)).toMatchObject({ photo_id: "p1", size: SIZE, dispatch_id: "d1", schema: "unit.photo/1" });
    await answer(courier);
    while (states(store.now)[0] === "waiting") await settle();
    expect(centre.requests).toEqual(["HEAD", "PATCH 0", `PATCH ${PIECE}`, `PATCH ${2 * PIECE}`]);
    expect(same(centre.bytes, bytes)).toBe(true);
    await settle();
    expect(photos.size).toBe(0);
    expect(store.now.photos[0]!.fix).toBeNull();
    await courier.go();
    expect(centre.announced).toHaveLength(1);
  });

  it("goes on after a cut, also on a page that was loaded anew, and each byte comes once", async () => {
    const { store, courier, centre, bytes, states, open, answer, later } = await scene();
    await courier.go();
    let left = 2;
    centre.trouble = (request) => {
      if (request.method === "PATCH" && left-- === 0) throw new TypeError("network");
      return null;
    };
    await answer(courier);
    while (centre.requests.length < 4) await settle();
    expect(centre.bytes.length).toBe(2 * PIECE);
    await settle();
    await courier.go();
    expect(centre.requests).toHaveLength(4);
    expect(states(store.now)).toEqual(["waiting"]);
    centre.trouble = () => null;
    later(60_000);
    const again = await open();
    await again.courier.go();
    expect(centre.announced).toHaveLength(2);
    await answer(again.courier);
    while (states(again.store.now)[0] === "waiting") await settle();
    expect(centre.requests.slice(4)).toEqual(["HEAD", `PATCH ${2 * PIECE}`]);
    expect(same(centre.bytes, bytes)).toBe(true);
  });

  it("comes also over a line that is cut after each few kilobytes: pieces get shorter, and longer again", async () => {
    const { store, courier, centre, bytes, states, answer, later } = await scene();
    await courier.go();
    let bad = true;
    centre.trouble = (request) => {
      if (bad && request.method === "PATCH" && (request.body as Blob).size > SHORTEST_PIECE) throw new TypeError("network");
      return null;
    };
    await answer(courier);
    while (centre.bytes.length === 0) {
      await settle();
      later(3000);
      await courier.go();
    }
    bad = false;
    while (states(store.now)[0] === "waiting") {
      await settle();
      later(3000);
      await courier.go();
    }
    expect(same(centre.bytes, bytes)).toBe(true);
    const last = centre.requests.slice(-2).map((one) => Number(one.split(" ")[1]));
    expect(last[1]! - last[0]!).toBeGreaterThan(SHORTEST_PIECE);
  });

  it("asks for a new ticket when the old one is void, and begins where the centre says", async () => {
    const { store, courier, centre, bytes, states, answer, later } = await scene();
    await courier.go();
    await answer(courier, "a void one");
    while (centre.announced.length < 2) {
      await settle();
      later(1000);
      await courier.go();
    }
    centre.bytes = bytes.slice(0, 1234);
    await answer(courier);
    while (states(store.now)[0] === "waiting") await settle();
    expect(same(centre.bytes, bytes)).toBe(true);
  });

  it("uses no ticket that a later announcement has made void, however late answers come", async () => {
    const { courier, centre, lastAsked, later } = await scene();
    await courier.go();
    const first = lastAsked();
    later(15_000);
    await courier.go();
    expect(centre.announced).toHaveLength(2);
    await courier.answer("p1", first, "void by now", "");
    await settle();
    expect(centre.requests).toEqual([]);
    await courier.answer("p1", lastAsked(), centre.ticket("p1"), "");
    await settle();
    expect(centre.requests[0]).toBe("HEAD");
  });

  it("waits without a network, and asks less and less often while nobody answers", async () => {
    const { courier, centre, line, later } = await scene();
    line.online = false;
    await courier.go();
    expect(centre.announced).toEqual([]);
    line.online = true;
    const asked = async (seconds: number) => {
      const before = centre.announced.length;
      for (let second = 0; second < seconds; second++) {
        await courier.go();
        later(1000);
      }
      return centre.announced.length - before;
    };
    // At 0, 15 and 45 s; later every five minutes; at once when the line is back.
    expect(await asked(60)).toBe(3);
    expect(await asked(3600)).toBeLessThanOrEqual(15);
    courier.lineIsBack();
    expect(await asked(1)).toBe(1);
  });

  it("does not stand in the way of another one that the centre answers", async () => {
    const { store, courier, centre, album, shot, states } = await scene();
    await album.keepPhoto("p2", new Blob([new Uint8Array(SIZE)]));
    await store.addShot({ ...shot, photo_id: "p2" });
    await courier.go();
    await courier.go();
    const about = centre.announced.map((one) => JSON.parse(one) as { photo_id: string; msg_id: string });
    expect(about.map((one) => one.photo_id)).toEqual(["p1", "p2"]);
    await courier.answer("p2", about[1]!.msg_id, centre.ticket("p2"), "");
    while (states(store.now)[1] === "waiting") await settle();
    expect(states(store.now)).toEqual(["waiting", "kept"]);
  });

  it("ends as the centre says: refused here, kept there already", async () => {
    const one = await scene();
    await one.courier.go();
    const refused = () => Response.json({ type: "urn:songhua:problem:no-photo", why: "no-picture" }, { status: 422 });
    one.centre.trouble = (request) => (request.method === "PATCH" ? refused() : null);
    await one.answer(one.courier);
    while (one.states(one.store.now)[0] === "waiting") await settle();
    expect(one.states(one.store.now)).toEqual(["refused"]);
    const two = await scene();
    await two.courier.answer("p1", "", "", "kept");
    expect(two.states(two.store.now)).toEqual(["kept"]);
    expect(two.photos.size).toBe(0);
  });

  it.each([
    ["another mistake", () => Response.json({ type: "urn:songhua:problem:invalid" }, { status: 422 })],
    ["a full disk", () => Response.json({ type: "urn:songhua:problem:unavailable" }, { status: 503 })],
    ["a proxy's page", () => new Response("<html>", { status: 502 })],
    ["a conflict that names no offset", () => Response.json({}, { status: 409 })],
    ["always the same offset", () => Response.json({ offset: 0 }, { status: 409 })],
  ])("is neither dropped nor sent without end for %s", async (_what, failed) => {
    const { store, courier, centre, photos, bytes, states, answer, later } = await scene();
    await courier.go();
    centre.trouble = (request) => (request.method === "PATCH" ? failed() : null);
    await answer(courier);
    for (let second = 0; second < 10; second++) {
      for (let turn = 0; turn < 10; turn++) await settle();
      later(1000);
      await courier.go();
    }
    expect(centre.requests.length).toBeLessThanOrEqual(8);
    expect([states(store.now)[0], photos.size]).toEqual(["waiting", 1]);
    centre.trouble = () => null;
    while (states(store.now)[0] === "waiting") {
      later(1000);
      await courier.go();
    }
    expect(same(centre.bytes, bytes)).toBe(true);
  });

  it("is given up where the device has lost its bytes", async () => {
    const { store, courier, album, states, answer } = await scene();
    await album.keepPhoto("p1", new Blob(["short"]));
    await courier.go();
    await answer(courier);
    while (states(store.now)[0] === "waiting") await settle();
    expect(states(store.now)).toEqual(["refused"]);
  });

  it("stops with its page: what was on its way is cut, and nothing more is written", async () => {
    const { store, courier, centre, states, answer } = await scene();
    await courier.go();
    let cut: AbortSignal | null | undefined;
    centre.trouble = (request) => {
      if (request.method === "PATCH") cut = request.signal;
      return null;
    };
    const held = new Promise<Response>((_resolve, reject) => {
      const watch = setInterval(() => {
        if (!cut?.aborted) return;
        clearInterval(watch);
        reject(new DOMException("cut", "AbortError"));
      }, 1);
    });
    centre.hold = (request) => (request.method === "PATCH" ? held : null);
    await answer(courier);
    while (!cut) await settle();
    const before = JSON.stringify(store.now);
    await courier.stop();
    await courier.go();
    await courier.answer("p1", "", "", "kept");
    expect(cut.aborted).toBe(true);
    expect(JSON.stringify(store.now)).toBe(before);
    expect(states(store.now)).toEqual(["waiting"]);
  });
});

describe("what the device holds of photos", () => {
  it("is only what waits: what a dead battery left goes at the next sign-in, another unit's stays", async () => {
    const { store, photos, album } = await scene();
    await album.keepPhoto("never listed", new Blob(["x"]));
    photos.set("app:18/p9", new Blob(["x"]));
    await sweep(album, store.now);
    expect([...photos.keys()]).toEqual(["app:17/p1", "app:18/p9"]);
    await store.moveShot("p1", { state: "kept" });
    await sweep(album, store.now);
    expect([...photos.keys()]).toEqual(["app:18/p9"]);
  });
});
