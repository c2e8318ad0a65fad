import { describe, expect, it } from "vitest";
import { UnitStore } from "./store";

const head = (seq: number) => ({ msg_id: `down-${seq}`, seq, ts: "2026-11-25T06:00:00Z", sent: null, schema: "" });
const text = (seq: number, words: string) => ({ ...head(seq), text: words, by: "李娜" });
const command = (seq: number, fields: object) => ({
  ...head(seq), cmd: "receipt" as const, of: null, dispatch_id: null, alarm_id: null, photo_id: null, ticket: "", by: "", reason: "", ...fields,
}); // prettier-ignore

function device() {
  let flash: string | null = null;
  let broken = false;
  let count = 0;
  const disk = {
    read: () => Promise.resolve(flash),
    write: async (_name: string, kept: string) => {
      await Promise.resolve();
      if (broken) throw new Error("full");
      flash = kept;
    },
  };
  const ids = { id: () => `msg-${++count}`, now: () => "2026-11-25T06:00:00Z" };
  return { on: () => UnitStore.open(disk, "app:17", ids), break: () => (broken = true) };
}

const payloads = (store: UnitStore) => store.now.outbox.map((one) => JSON.parse(one.payload) as Record<string, unknown>);

describe("texts", () => {
  it("are kept once, and delivered and displayed are said once each", async () => {
    const phone = device();
    let store = await phone.on();
    await store.takeText(text(1, "绕行"));
    await store.takeText(text(1, "绕行"));
    store = await phone.on();
    await store.displayTexts();
    await store.displayTexts();
    expect(store.now.texts.map((one) => [one.text, one.by, one.displayed])).toEqual([["绕行", "李娜", true]]);
    expect(payloads(store).map((one) => [one.schema, one.of, one.step, one.seq])).toEqual([
      ["unit.seen/1", "down-1", "delivered", 1],
      ["unit.seen/1", "down-1", "displayed", 2],
    ]);
  });

  it("of the crew wait like every other word, with the id that they are shown under", async () => {
    const store = await device().on();
    expect(await store.sayText("  ")).toBeNull();
    const said = (await store.sayText(" 路口积水 "))!;
    expect(store.now.texts).toMatchObject([{ id: said.msg_id, way: "up", text: "路口积水" }]);
    expect(payloads(store)).toMatchObject([{ schema: "unit.text/1", text: "路口积水" }]);
    await store.takeCommand(command(1, { of: said.msg_id }));
    expect(store.unconfirmed()).toEqual([]);
  });
});

describe("an alarm", () => {
  it("is said again with the same name and rising numbers until a person answers it", async () => {
    const store = await device().on();
    const { alarm_id } = await store.raiseAlarm();
    expect((await store.raiseAlarm()).alarm_id).toBe(alarm_id);
    const fix = { lon: 126.6, lat: 45.7, accuracy_m: 8, fix_at: "2026-11-25T06:00:00Z" };
    const said = [await store.sayAlarm(null), await store.sayAlarm(fix)].map((one) => JSON.parse(one!) as Record<string, unknown>);
    expect(said.map((one) => [one.alarm_id, one.repeat, one.seq])).toEqual([
      [alarm_id, 1, 1],
      [alarm_id, 2, 2],
    ]);
    expect(said[1]).toMatchObject({ fix, schema: "unit.emergency/1" });
    await store.takeCommand(command(1, { of: "somebody else's" }));
    expect(store.now.alarm!.state).toBe("calling");
    await store.takeCommand(command(2, { of: said[0]!.msg_id }));
    expect(store.now.alarm!.state).toBe("heard");
    await store.takeCommand(command(3, { cmd: "acknowledge", alarm_id: "an older one", by: "x" }));
    expect(await store.sayAlarm(null)).not.toBeNull();
    await store.takeCommand(command(4, { cmd: "acknowledge", alarm_id, by: "李娜" }));
    expect(store.now.alarm).toMatchObject({ state: "acknowledged", by: "李娜" });
    expect(await store.sayAlarm(null)).toBeNull();
    await store.takeCommand(command(5, { cmd: "clear", alarm_id, by: "赵磊", reason: "误按" }));
    await store.takeCommand(command(6, { cmd: "acknowledge", alarm_id, by: "李娜" }));
    expect(store.now.alarm).toMatchObject({ state: "cleared", by: "赵磊", note: "误按" });
    await store.putAlarmAway();
    expect(store.now.alarm).toBeNull();
  });

  it("outlives a dead battery, and a press after an answer is a new one", async () => {
    const phone = device();
    const first = await (await phone.on()).raiseAlarm();
    const store = await phone.on();
    expect(JSON.parse((await store.sayAlarm(null))!)).toMatchObject({ alarm_id: first.alarm_id });
    await store.takeCommand(command(1, { cmd: "acknowledge", alarm_id: first.alarm_id, by: "李娜" }));
    expect((await store.raiseAlarm()).alarm_id).not.toBe(first.alarm_id);
  });

  it("goes out from a device that can keep nothing any more", async () => {
    const phone = device();
    const store = await phone.on();
    phone.break();
    await expect(store.sayText("积水")).rejects.toThrow("full");
    await store.raiseAlarm();
    expect(await store.sayAlarm(null)).not.toBeNull();
  });

  it("names the job that the crew is on", async () => {
    const store = await device().on();
    const job = { dispatch_id: "d1", case_number: "N", category: "c", place: "p", position: null, description: "", urgent: false, confidential: false, with_units: [], kind: "job" as const, due_at: null };
    await store.takeCase({ ...head(1), job });
    await store.say("d1", "accepted");
    await store.raiseAlarm();
    expect(JSON.parse((await store.sayAlarm(null))!)).toMatchObject({ dispatch_id: "d1" });
  });
});

it("what an earlier version kept is shown under its case's number", async () => {
  const old = { jobs: [], outbox: [{ msg_id: "m", kind: "ack", case_number: "N-1", state: "sent", payload: "{}" }], up_seq: 4 };
  const disk = { read: () => Promise.resolve(JSON.stringify(old)), write: () => Promise.resolve() };
  const store = await UnitStore.open(disk, "app:17", { id: () => "x", now: () => "" });
  expect(store.now).toMatchObject({ texts: [], alarm: null, up_seq: 4 });
  expect(store.unconfirmed()[0]!.about).toBe("N-1");
});
