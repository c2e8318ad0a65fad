import { describe, expect, it } from "vitest";
import type { JobBody } from "@shared/contracts/field";
import { isOpen, MOST_UNCONFIRMED, OutboxFull } from "./kept";
import { isOverdue } from "./jobs";
import { stateWord, waitsForReport } from "./reports";
import { UnitStore } from "./store";

const body = (dispatch_id: string): JobBody => ({
  dispatch_id,
  case_number: `NG-${dispatch_id}`,
  category: "雨水井盖",
  place: "学府路74号",
  position: null,
  description: "井盖丢了",
  urgent: false,
  confidential: false,
  with_units: [],
  kind: "job",
  due_at: null,
});
const task = (dispatch_id: string): JobBody => ({ ...body(dispatch_id), kind: "verification", due_at: "2026-11-25T06:30:00Z" });
const HERE = { lon: 126.6, lat: 45.7, accuracy_m: 8, fix_at: "2026-11-25T06:00:00Z" };
const head = (seq: number) => ({ msg_id: `down-${seq}`, seq, ts: "", sent: null, schema: "" });
const nothing = { of: null, dispatch_id: null, alarm_id: null, photo_id: null, ticket: "", by: "", reason: "" };
const receipt = (seq: number, of: string) => ({ ...head(seq), ...nothing, cmd: "receipt" as const, of });

function device() {
  let flash: string | null = null;
  let broken = false;
  let count = 0;
  const disk = {
    read: () => Promise.resolve(flash),
    write: async (_name: string, text: string) => {
      await Promise.resolve();
      if (broken) throw new Error("full");
      flash = text;
    },
  };
  const ids = { id: () => `msg-${++count}`, now: () => "2026-11-25T06:00:00Z" };
  const on = () => UnitStore.open(disk, "app:17", ids);
  return { on, break: () => (broken = true), mend: () => (broken = false) };
}

const steps = (store: UnitStore) => store.now.outbox.map((one) => `${one.step}:${one.state}`);

describe("a verification task", () => {
  it("ends with what was found and where, kept until the centre has it", async () => {
    const phone = device();
    const store = await phone.on();
    await store.takeCase({ ...head(1), job: task("t1") });
    await store.say("t1", "accepted");
    expect(await store.say("t1", "on_the_way")).toBeNull();
    expect(await store.say("t1", "done", { note: "没有" })).toBeNull();
    const said = (await store.say("t1", "done", { note: "没有", finding: "not_found", fix: HERE }))!;
    expect(JSON.parse(said.payload)).toMatchObject({ step: "done", finding: "not_found", note: "没有", fix: HERE });
    expect((await phone.on()).unconfirmed().at(-1)!.payload).toBe(said.payload);
    expect(isOpen(store.now.jobs[0]!)).toBe(false);
  });

  it("is overdue after its time, and may still be answered", async () => {
    const store = await device().on();
    await store.takeCase({ ...head(1), job: task("t1") });
    await store.say("t1", "accepted");
    const due = Date.parse("2026-11-25T06:30:00Z");
    expect([due - 1, due].map((now) => isOverdue(store.now.jobs[0]!, now))).toEqual([false, true]);
    expect(await store.say("t1", "done", { finding: "confirmed" })).not.toBeNull();
    expect(isOverdue(store.now.jobs[0]!, due)).toBe(false);
  });

  it("is declined with a reason, also after it was accepted", async () => {
    const store = await device().on();
    await store.takeCase({ ...head(1), job: task("t1") });
    await store.say("t1", "accepted");
    expect((await store.say("t1", "declined", { reason: "太远" }))!.step).toBe("declined");
  });
});

describe("an inspector's own report", () => {
  const shot = { photo_id: "p1", size: 10, sha256: "0".repeat(64), taken_at: "", fix: null };

  it("is kept with its photos until the centre has it, across a dead battery", async () => {
    const phone = device();
    const store = await phone.on();
    expect(store.now.inspector).toBe(false);
    await store.takeSync({ ...head(1), jobs: [], complete: true, inspector: true });
    expect(await store.sayReport("r1", { text: "  ", place: "", fix: null }, [])).toBeNull();
    const said = (await store.sayReport("r1", { text: "井盖松动", place: "公滨路", fix: HERE }, [shot]))!;
    const after = await phone.on();
    expect(after.now.inspector).toBe(true);
    expect(after.unconfirmed().map((one) => one.msg_id)).toEqual([said.msg_id]);
    expect(JSON.parse(after.unconfirmed()[0]!.payload)).toMatchObject({ text: "井盖松动", place: "公滨路", fix: HERE, schema: "unit.report/1" });
    expect(after.now.photos).toMatchObject([{ photo_id: "p1", dispatch_id: said.msg_id, state: "waiting" }]);
    expect(waitsForReport(after.now, said.msg_id)).toBe(true);
    await after.takeCommand(receipt(2, said.msg_id));
    expect(waitsForReport(after.now, said.msg_id)).toBe(false);
  });

  it("is not kept at all on a device that can keep nothing", async () => {
    const phone = device();
    const store = await phone.on();
    phone.break();
    await expect(store.sayReport("r1", { text: "井盖松动", place: "", fix: null }, [shot])).rejects.toThrow("full");
    expect(store.now.outbox).toEqual([]);
    expect(store.now.photos).toEqual([]);
  });

  it("is the same one when it is tried again", async () => {
    const store = await device().on();
    const words = { text: "井盖松动", place: "", fix: null };
    await store.sayReport("r1", words, [shot]);
    await store.sayReport("r1", words, [{ ...shot, photo_id: "p2" }]);
    expect(store.now.outbox.map((one) => one.msg_id)).toEqual(["r1"]);
    expect(store.now.photos.map((one) => one.photo_id)).toEqual(["p1"]);
  });

  it("says so when nothing comes of it, and sends neither it nor its photos any more", async () => {
    const phone = device();
    const store = await phone.on();
    await store.sayReport("r1", { text: "井盖松动", place: "", fix: null }, [shot]);
    await store.takeCommand({ ...receipt(1, "r1"), reason: "not-an-inspector" });
    await store.takeCommand(receipt(2, "r1"));
    const after = await phone.on();
    expect(after.now.outbox).toMatchObject([{ state: "refused", reason: "not-an-inspector" }]);
    expect(stateWord(after.now.outbox[0]!)).toBe("outbox.why.notInspector");
    expect(after.unconfirmed()).toEqual([]);
    expect(after.now.photos).toMatchObject([{ photo_id: "p1", state: "refused" }]);
  });
});

describe("a unit's outbox", () => {
  it("says a job's delivery once, however often the job comes", async () => {
    const store = await device().on();
    await store.takeCase({ ...head(1), job: body("d1") });
    await store.takeCase({ ...head(1), job: body("d1") });
    await store.takeSync({ ...head(2), jobs: [body("d1")], complete: true, inspector: false });
    expect(steps(store)).toEqual(["delivered:waiting"]);
    expect(store.now.last_down_seq).toBe(2);
  });

  it("keeps a message until the centre's receipt, across a dead battery, with the same id and number", async () => {
    const phone = device();
    const before = await phone.on();
    await before.takeCase({ ...head(1), job: body("d1") });
    const said = (await before.say("d1", "accepted"))!;
    await before.markSent(said.msg_id);
    const after = await phone.on();
    expect(after.unconfirmed().map((one) => [one.msg_id, one.state])).toEqual([
      ["msg-1", "waiting"],
      ["msg-2", "sent"],
    ]);
    expect(JSON.parse(after.unconfirmed()[1]!.payload)).toMatchObject({ msg_id: "msg-2", seq: 2, step: "accepted" });
    await after.takeCommand(receipt(2, "msg-2"));
    expect(after.unconfirmed().map((one) => one.msg_id)).toEqual(["msg-1"]);
    expect(await after.nextSeq()).toBe(3);
  });

  it("goes forward only, and says the same step once", async () => {
    const store = await device().on();
    await store.takeCase({ ...head(1), job: body("d1") });
    expect(await store.say("d1", "arrived")).toBeNull();
    for (const step of ["displayed", "accepted", "on_the_way", "arrived"] as const) {
      expect((await store.say("d1", step))?.step).toBe(step);
      expect(await store.say("d1", step)).toBeNull();
    }
    const done = (await store.say("d1", "done", { note: "已换新井盖" }))!;
    expect(JSON.parse(done.payload)).toMatchObject({ step: "done", note: "已换新井盖", schema: "unit.status/1" });
    expect(store.now.jobs.some(isOpen)).toBe(false);
    expect(store.now.outbox.map((one) => JSON.parse(one.payload).seq)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("ends what the centre takes back or no longer lists, and nothing newer than its list", async () => {
    const store = await device().on();
    for (const n of [1, 2, 3]) await store.takeCase({ ...head(n), job: body(`d${n}`) });
    await store.takeCommand({ ...head(4), ...nothing, cmd: "recall", dispatch_id: "d1", reason: "重复" });
    await store.takeCase({ ...head(9), job: body("d9") });
    await store.takeSync({ ...head(8), jobs: [body("d3")], complete: true, inspector: false });
    expect(store.now.jobs.map((job) => job.step)).toEqual(["recalled", "gone", "delivered", "delivered"]);
    expect(store.now.jobs[0]!.reason).toBe("重复");
  });

  it("asks for the list when a number is missing", async () => {
    const store = await device().on();
    await store.takeCase({ ...head(5), job: body("d1") });
    expect(store.misses(6)).toBe(false);
    expect(store.misses(7)).toBe(true);
  });

  it("does not pretend: what the device cannot keep did not happen", async () => {
    const phone = device();
    const store = await phone.on();
    await store.takeCase({ ...head(1), job: body("d1") });
    phone.break();
    await expect(store.say("d1", "accepted")).rejects.toThrow("full");
    expect(steps(store)).toEqual(["delivered:waiting"]);
    expect(store.now.jobs[0]!.step).toBe("delivered");
  });

  it("keeps the order of what was said at once, and one broken write stops nothing that follows", async () => {
    const phone = device();
    const store = await phone.on();
    const all = [1, 2, 3].map((n) => store.takeCase({ ...head(n), job: body(`d${n}`) }));
    await Promise.all(all);
    expect(store.now.outbox.map((one) => one.dispatch_id)).toEqual(["d1", "d2", "d3"]);
    phone.break();
    const lost = store.say("d1", "accepted");
    await expect(lost).rejects.toThrow("full");
    phone.mend();
    await store.say("d2", "accepted");
    expect((await phone.on()).now.jobs.map((job) => job.step)).toEqual(["delivered", "accepted", "delivered"]);
  });

  it("is bounded and says so", async () => {
    const store = await device().on();
    const take = async () => {
      for (let n = 1; n <= MOST_UNCONFIRMED + 1; n++) {
        await store.takeCase({ ...head(2 * n), job: body(`d${n}`) });
        await store.say(`d${n}`, "declined", { reason: "x" });
      }
    };
    await expect(take()).rejects.toThrow(OutboxFull);
    expect(store.unconfirmed()).toHaveLength(MOST_UNCONFIRMED);
  });

  it("starts empty from a memory that cannot be read", async () => {
    const ids = { id: () => "x", now: () => "" };
    for (const text of ["", "[", "null", "3", '{"jobs":3}']) {
      const disk = { read: () => Promise.resolve(text), write: () => Promise.resolve() };
      const store = await UnitStore.open(disk, "app:17", ids);
      expect(store.now.jobs).toEqual([]);
    }
  });
});
