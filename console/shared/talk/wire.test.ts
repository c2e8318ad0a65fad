import { describe, expect, it } from "vitest";
import { grantOf, keepsFloors, stateOf, ticketOf } from "./wire";

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const GRANT = {
  msg_id: "m", seq: 0, ts: "2026-11-25T06:00:00Z", schema: "unit.grant/1",
  talkgroup: "app:daoli", of: "r1", result: "granted", cause: "", token: "t", limit_s: 60, alive_every_s: 0.5, dead_key_s: 2, position: null,
}; // prettier-ignore
const TICKET = {
  msg_id: "m", seq: 0, ts: "2026-11-25T06:00:00Z", schema: "unit.ticket/1",
  talkgroup: "app:daoli", of: "a1", cause: "", ticket: "0f", lasts_s: 20, ws_url: "ws://127.0.0.1:8088/ws", user: "songhua-unit", password: "secret",
}; // prettier-ignore
const STATE = {
  run: "a", rev: 3, ts: "2026-11-25T06:00:00Z", talkgroup: "app:daoli", stage: "taken", waiting: 2,
  talker: { party: "app:18", name: "南岗 18", priority: 5, emergency: false, of: null, since: "2026-11-25T06:00:00Z" },
}; // prettier-ignore

describe("what the floor says", () => {
  it("is read as it is in the contract", () => {
    expect(grantOf(bytes(GRANT))).toMatchObject({ of: "r1", result: "granted", token: "t", limit_s: 60, position: null });
    expect(stateOf(bytes(STATE))).toEqual({ stage: "taken", waiting: 2, talker: { party: "app:18", name: "南岗 18", emergency: false } });
    expect(ticketOf(bytes(TICKET))).toMatchObject({ of: "a1", ticket: "0f", ws_url: "ws://127.0.0.1:8088/ws", user: "songhua-unit" });
    expect(ticketOf(bytes({ talkgroup: "app:daoli", of: "a1", cause: "not_a_member" }))).toMatchObject({ ticket: "", cause: "not_a_member" });
    expect(ticketOf(bytes({ ...TICKET, ws_url: "" }))).toBeNull();
    expect([keepsFloors(bytes({ online: true })), keepsFloors(bytes({ online: false })), keepsFloors(bytes(""))]).toEqual([true, false, false]);
  });

  it("has no end that is no number: such a grant opens nothing", () => {
    for (const end of [null, "60", -1, 0, [], {}]) expect(grantOf(bytes({ ...GRANT, limit_s: end }))?.limit_s).toBeNull();
    expect(grantOf(bytes('{"talkgroup":"a","result":"granted","limit_s":1e999}'))?.limit_s).toBeNull();
  });

  it("may be any bytes", () => {
    let seed = 5;
    const random = (most: number) => (seed = (seed * 48271) % 2147483647) % most;
    const whole = [bytes(GRANT), bytes(STATE), bytes(TICKET)];
    for (let round = 0; round < 3000; round++) {
      const broken = Uint8Array.from(whole[round % 3]!.slice(0, random(300)));
      for (let flip = random(4); flip > 0 && broken.length > 0; flip--) broken[random(broken.length)] = random(256);
      for (const read of [grantOf, stateOf, keepsFloors, ticketOf]) expect(() => read(broken)).not.toThrow();
    }
    for (const other of ["", "null", "[]", "7", "{}", '"x"', "{"]) expect([grantOf(bytes(other)), stateOf(bytes(other)), keepsFloors(bytes(other))]).toEqual([null, null, false]);
    expect(grantOf(new Uint8Array(70_000))).toBeNull();
  });
});
