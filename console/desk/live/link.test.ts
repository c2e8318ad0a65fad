import { describe, expect, it } from "vitest";
import { DEAD_MS, Link, PING_MS, type LinkState, type EventFrame, type SocketLike } from "./link";

class FakeSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: ((closed: { code: number }) => void) | null = null;
  sent: string[] = [];
  closed = false;
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.closed = true;
  }
  hear(frame: unknown): void {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }
}

function desk() {
  const sockets: FakeSocket[] = [];
  const timers: { due: number; act: () => void }[] = [];
  const heard: EventFrame[] = [];
  const states: LinkState[] = [];
  let now = 1000;
  let snapshots = 0;
  const link = new Link(
    {
      open: () => sockets[sockets.push(new FakeSocket()) - 1]!,
      now: () => now,
      random: () => 1,
      after: (ms, act) => {
        const timer = { due: now + ms, act };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer) >>> 0, 1);
      },
    },
    {
      snapshot: () => (snapshots += 1),
      event: (event) => heard.push(event),
      changed: (state) => states.push(state),
      lost: () => {},
    },
  );
  const pass = (ms: number) => {
    const end = now + ms;
    for (;;) {
      timers.sort((a, b) => a.due - b.due);
      const next = timers[0];
      if (!next || next.due > end) break;
      timers.shift();
      now = next.due;
      next.act();
    }
    now = end;
  };
  const event = (seq: number) => ({ kind: "event", seq, event: { type: "t", version: 1, id: `${seq}`, at: "" } });
  const socket = () => sockets.at(-1)!;
  return { link, sockets, socket, heard, states, pass, event, snapshots: () => snapshots };
}

describe("the age of what is shown", () => {
  it("is counted from the last frame, however often the link was tried again", () => {
    const d = desk();
    d.link.start();
    d.socket().hear({ kind: "snapshot", seq: 1, state: {} });
    const heard = d.link.heardAt;
    for (let i = 0; i < 5; i++) {
      d.socket().onclose?.({ code: 1006 });
      d.pass(20_000);
    }
    expect(d.sockets.length).toBe(6);
    expect(d.link.heardAt).toBe(heard);
    // A socket that opens and says nothing is given up all the same.
    d.pass(DEAD_MS + 2 * PING_MS);
    expect(d.sockets.length).toBeGreaterThan(6);
  });
});

describe("the live link", () => {
  it("takes the snapshot first and then events in their order", () => {
    const { link, socket, heard, event, states } = desk();
    link.start();
    socket().hear({ kind: "snapshot", seq: 4, state: {} });
    socket().hear(event(5));
    socket().hear(event(6));
    expect(heard.map((e) => e.id)).toEqual(["5", "6"]);
    expect(states).toEqual(["live"]);
  });

  it("asks for a snapshot after a gap and applies nothing until it comes", () => {
    const { link, socket, heard, event, snapshots } = desk();
    link.start();
    socket().hear({ kind: "snapshot", seq: 4, state: {} });
    socket().hear(event(6));
    socket().hear(event(7));
    expect(heard).toEqual([]);
    expect(socket().sent.filter((text) => text.includes("resync"))).toHaveLength(1);
    socket().hear({ kind: "snapshot", seq: 7, state: {} });
    socket().hear(event(8));
    expect(heard.map((e) => e.id)).toEqual(["8"]);
    expect(snapshots()).toBe(2);
    expect(link.gaps).toBe(1);
  });

  it("does nothing twice when an event is repeated", () => {
    const { link, socket, heard, event } = desk();
    link.start();
    socket().hear({ kind: "snapshot", seq: 4, state: {} });
    socket().hear(event(5));
    socket().hear(event(5));
    expect(heard).toHaveLength(1);
  });

  it("pings every ten seconds and gives up a socket that has gone silent", () => {
    const { link, socket, sockets, pass, states } = desk();
    link.start();
    socket().hear({ kind: "snapshot", seq: 1, state: {} });
    const first = socket();
    pass(PING_MS);
    expect(first.sent).toContain('{"kind":"ping"}');
    pass(DEAD_MS + PING_MS);
    expect(first.closed).toBe(true);
    expect(states).toContain("away");
    pass(10_000);
    expect(sockets.length).toBeGreaterThan(1);
  });

  it("waits longer after each failure, never longer than ten seconds", () => {
    const { link, socket, sockets, pass } = desk();
    link.start();
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      const before = sockets.length;
      socket().onclose?.({ code: 1006 });
      let waited = 0;
      while (sockets.length === before) {
        pass(250);
        waited += 250;
      }
      waits.push(waited);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
  });

  it("counts and drops frames that are not its own, and goes on", () => {
    const { link, socket, heard, event } = desk();
    link.start();
    const strange = ["", "[", "null", "3", "{}", '{"kind":"event","seq":1}', '{"kind":"snapshot","seq":"x"}'];
    for (const frame of strange) socket().hear(frame);
    expect(link.malformed).toBe(strange.length);
    socket().hear({ kind: "snapshot", seq: 1, state: {} });
    socket().hear(event(2));
    expect(heard).toHaveLength(1);
  });
});
