import { describe, expect, it } from "vitest";
import type { GroupBody, GroupsMessage } from "@shared/contracts/field";
import { listens } from "./groups";
import { UnitStore } from "./store";

const body = (tg_id: string, on = false): GroupBody => ({ tg_id, name_zh: tg_id, name_en: tg_id, talk: true, priority: 4, on, incident: false });
const list = (seq: number, ...groups: GroupBody[]): GroupsMessage => ({ msg_id: `g${seq}`, seq, ts: "2026-11-25T06:00:00Z", sent: null, schema: "unit.groups/1", groups });

async function phone(flash = new Map<string, string>()) {
  let count = 0;
  const disk = {
    read: async (name: string) => flash.get(name) ?? null,
    write: async (name: string, text: string) => void flash.set(name, text),
  };
  const store = await UnitStore.open(disk, "app:17", { id: () => `id-${++count}`, now: () => "2026-11-25T06:00:00Z" });
  const on = () => store.now.groups.filter((group) => listens(store.now, group)).map((group) => group.tg_id);
  return { store, on, flash };
}

describe("talkgroups", () => {
  it("are as the centre counts them until the crew chooses, and are said whole", async () => {
    const { store, on } = await phone();
    await store.takeGroups(list(1, body("city", true), body("sewage")));
    expect(on()).toEqual(["city"]);
    expect(await store.affiliation()).toBeNull();
    await store.chooseGroup("sewage", true);
    expect(on()).toEqual(["city", "sewage"]);
    expect(JSON.parse((await store.affiliation())!)).toMatchObject({ seq: 1, schema: "unit.affiliate/1", groups: ["city", "sewage"] });
    await store.chooseGroup("city", false);
    expect(JSON.parse((await store.affiliation())!)).toMatchObject({ seq: 2, groups: ["sewage"] });
  });

  it("are said until the centre counts them so, also after a dead battery", async () => {
    const first = await phone();
    await first.store.takeGroups(list(1, body("city", true), body("sewage")));
    await first.store.chooseGroup("city", false);
    const { store, on } = await phone(first.flash);
    expect(on()).toEqual([]);
    // The list of an earlier hello, and then the answer.
    await store.takeGroups(list(2, body("city", true), body("sewage")));
    expect([on(), store.now.chosen]).toEqual([[], []]);
    await store.takeGroups(list(3, body("city"), body("sewage")));
    expect(store.now.chosen).toBeNull();
    // Another device of this unit has chosen since: that counts.
    await store.takeGroups(list(4, body("city", true), body("sewage")));
    expect(on()).toEqual(["city"]);
    expect(store.now.last_down_seq).toBe(4);
  });

  it("that may not be listened to any more are not chosen any more", async () => {
    const { store, on } = await phone();
    await store.takeGroups(list(1, body("city"), body("incident")));
    await store.chooseGroup("incident", true);
    await store.takeGroups(list(2, body("city", true)));
    expect([on(), store.now.chosen]).toEqual([[], []]);
    await store.takeGroups(list(3, body("city")));
    expect(store.now.chosen).toBeNull();
  });
});
