import { describe, expect, it } from "vitest";
import type { JobBody } from "@shared/contracts";
import { isOpen, MOST_UNCONFIRMED, OutboxFull, UnitStore } from "./store";

const body = (dispatch_id: string): JobBody => ({
  dispatch_id,
  case_number: `NG-${dispatch_id}`,
  category: "雨水井盖",
  place: "学府路74号",
  position: null,
  description: "井盖丢了",
  urgent: false,
});
const head = (seq: number) => ({ msg_id: `down-${seq}`, seq, ts: "", schema: "" });
const receipt = (seq: number, of: string) => ({ ...head(seq), cmd: "receipt" as const, of, dispatch_id: null, reason: "" });

function device() {
  let flash: string | null = null;
  let broken = false;
  let count = 0;
  const disk = {
    read: () => flash,
    write: (text: string) => {
      if (broken) throw new Error("full");
      flash = text;
    },
  };
  const ids = { id: () => `msg-${++count}`, now: () => "2026-11-25T06:00:00Z" };
  const on = () => new UnitStore(disk, ids);
  return { on, break: () => (broken = true) };
}

const steps = (store: UnitStore) => store.now.outbox.map((one) => `${one.step}:${one.state}`);

describe("a unit's outbox", () => {
  it("says a job's delivery once, however often the job comes", () => {
    const store = device().on();
    store.takeCase({ ...head(1), job: body("d1") });
    store.takeCase({ ...head(1), job: body("d1") });
    store.takeSync({ ...head(2), jobs: [body("d1")], complete: true });
    expect(steps(store)).toEqual(["delivered:waiting"]);
    expect(store.now.last_down_seq).toBe(2);
  });

  it("keeps a message until the centre's receipt, across a dead battery, with the same id and number", () => {
    const phone = device();
    const before = phone.on();
    before.takeCase({ ...head(1), job: body("d1") });
    const said = before.say("d1", "accepted")!;
    before.markSent(said.msg_id);
    const after = phone.on();
    expect(after.unconfirmed().map((one) => [one.msg_id, one.state])).toEqual([
      ["msg-1", "waiting"],
      ["msg-2", "sent"],
    ]);
    expect(JSON.parse(after.unconfirmed()[1]!.payload)).toMatchObject({ msg_id: "msg-2", seq: 2, step: "accepted" });
    after.takeCommand(receipt(2, "msg-2"));
    expect(after.unconfirmed().map((one) => one.msg_id)).toEqual(["msg-1"]);
    expect(after.nextSeq()).toBe(3);
  });

  it("goes forward only, and says the same step once", () => {
    const store = device().on();
    store.takeCase({ ...head(1), job: body("d1") });
    expect(store.say("d1", "arrived")).toBeNull();
    for (const step of ["displayed", "accepted", "on_the_way", "arrived"] as const) {
      expect(store.say("d1", step)?.step).toBe(step);
      expect(store.say("d1", step)).toBeNull();
    }
    const done = store.say("d1", "done", { note: "已换新井盖" })!;
    expect(JSON.parse(done.payload)).toMatchObject({ step: "done", note: "已换新井盖", schema: "unit.status/1" });
    expect(store.now.jobs.some(isOpen)).toBe(false);
    expect(store.now.outbox.map((one) => JSON.parse(one.payload).seq)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("ends what the centre takes back or no longer lists, and nothing newer than its list", () => {
    const store = device().on();
    for (const n of [1, 2, 3]) store.takeCase({ ...head(n), job: body(`d${n}`) });
    store.takeCommand({ ...head(4), cmd: "recall", dispatch_id: "d1", of: null, reason: "重复" });
    store.takeCase({ ...head(9), job: body("d9") });
    store.takeSync({ ...head(8), jobs: [body("d3")], complete: true });
    expect(store.now.jobs.map((job) => job.step)).toEqual(["recalled", "gone", "delivered", "delivered"]);
    expect(store.now.jobs[0]!.reason).toBe("重复");
  });

  it("asks for the list when a number is missing", () => {
    const store = device().on();
    store.takeCase({ ...head(5), job: body("d1") });
    expect(store.misses(6)).toBe(false);
    expect(store.misses(7)).toBe(true);
  });

  it("does not pretend: what the device cannot keep did not happen", () => {
    const phone = device();
    const store = phone.on();
    store.takeCase({ ...head(1), job: body("d1") });
    phone.break();
    expect(() => store.say("d1", "accepted")).toThrow();
    expect(steps(store)).toEqual(["delivered:waiting"]);
    expect(store.now.jobs[0]!.step).toBe("delivered");
  });

  it("is bounded and says so", () => {
    const store = device().on();
    const take = () => {
      for (let n = 1; n <= MOST_UNCONFIRMED + 1; n++) {
        store.takeCase({ ...head(2 * n), job: body(`d${n}`) });
        store.say(`d${n}`, "declined", { reason: "x" });
      }
    };
    expect(take).toThrow(OutboxFull);
    expect(store.unconfirmed()).toHaveLength(MOST_UNCONFIRMED);
  });

  it("starts empty from a memory that cannot be read", () => {
    const ids = { id: () => "x", now: () => "" };
    for (const text of ["", "[", "null", "3", '{"jobs":3}']) {
      const store = new UnitStore({ read: () => text, write: () => {} }, ids);
      expect(store.now.jobs).toEqual([]);
    }
  });
});
