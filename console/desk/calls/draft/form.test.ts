import { describe, expect, it } from "vitest";
import type { DraftView, FieldValue } from "@shared/contracts/cases";
import { Refused } from "@shared/http";
import type { FormField } from "./fields";
import { DraftForm, type DraftPort } from "./form";

/** A simulated gateway that holds one draft: compare-and-set by `rev`, as the real one does. */
function simulatedGateway() {
  const fields: Record<string, FieldValue> = {};
  let down = false;
  const kept: Record<string, Partial<Record<FormField, string>>> = {};
  const writes: string[] = [];
  const timers: (() => void)[] = [];
  const draft = (): DraftView => ({ draft_id: "d", call_id: "c", state: "open", case_id: null, rev: 0, alarms: [], additional_problems: [], duplicates: [], about: null, source: "telephone", taken_by: null, holder: "", holder_name: "", part: null, parts: [], fields: { ...fields } });
  const put = (field: string, value: string | null, by: FieldValue["by"], author = "li.na") => {
    const rev = (fields[field]?.rev ?? 0) + 1;
    fields[field] = { value, rev, by, confidence: 0, shown: "sure", evidence: [], runner_up: null, others: [], detail: {}, author: by === "agent" ? author : "", author_name: "", at: null, earlier: [] };
  };
  const port: DraftPort = {
    async write(_id, change) {
      await Promise.resolve();
      if (down) throw new Refused({ type: "about:blank", title: "unreachable", status: 0 });
      if (change.rev !== (fields[change.field]?.rev ?? 0)) {
        throw new Refused({ type: "stale", title: "stale", status: 409 });
      }
      writes.push(`${change.field}=${change.value}`);
      put(change.field, change.value, "agent");
      return draft();
    },
    read: async () => draft(),
    after: (_ms, act) => {
      timers.push(act);
      return () => void timers.splice(timers.indexOf(act) >>> 0, 1);
    },
    keep: (id, unsaved) => (kept[id] = unsaved),
    kept: (id) => kept[id] ?? {},
    me: () => "li.na",
  };
  const run = async () => {
    while (timers.length) timers.shift()!();
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  return { port, draft, put, writes, run, kept, fields, down: (is: boolean) => (down = is) };
}

describe("the form of a draft", () => {
  it("writes only the field that the agent changed, once typing pauses", async () => {
    const gateway = simulatedGateway();
    gateway.put("district", "南岗区", "draft");
    const form = new DraftForm("d", gateway.port);
    form.take(gateway.draft());
    form.type("address", "学");
    form.type("address", "学府路");
    await gateway.run();
    expect(gateway.writes).toEqual(["address=学府路"]);
    expect(form.fields.address).toMatchObject({ by: "agent", unsaved: false });
    expect(form.fields.district.by).toBe("draft");
  });

  it("wins over a draft that wrote in between, and loses no letter", async () => {
    const gateway = simulatedGateway();
    const form = new DraftForm("d", gateway.port);
    form.take(gateway.draft());
    form.focus("address");
    form.type("address", "和兴路26号");
    gateway.put("address", "学府路74号", "draft");
    await gateway.run();
    expect(gateway.fields.address).toMatchObject({ value: "和兴路26号", by: "agent" });
    expect(form.fields.address.text).toBe("和兴路26号");
  });

  it("keeps text while the gateway is away, across a reload of the page, and writes it later", async () => {
    const gateway = simulatedGateway();
    const form = new DraftForm("d", gateway.port);
    gateway.down(true);
    form.type("description", "井盖丢了");
    form.blur("description");
    expect(await form.settle()).toBe(false);
    expect(form.saving.description).toBe("away");
    form.close();
    gateway.down(false);
    const again = new DraftForm("d", gateway.port);
    expect(again.fields.description.text).toBe("井盖丢了");
    await gateway.run();
    expect(gateway.writes).toEqual(["description=井盖丢了"]);
    expect(gateway.kept.d).toEqual({});
  });

  it("is settled only when everything typed is with the gateway", async () => {
    const gateway = simulatedGateway();
    const form = new DraftForm("d", gateway.port);
    form.type("district", "道里区");
    form.type("address", "中央大街1号");
    expect(await form.settle()).toBe(true);
    expect(gateway.writes).toEqual(["district=道里区", "address=中央大街1号"]);
  });

  it("writes over a colleague only when its person says so, and takes what she wrote when that is chosen", async () => {
    const gateway = simulatedGateway();
    gateway.put("address", "学府路", "agent");
    const form = new DraftForm("d", gateway.port);
    form.take(gateway.draft());
    form.focus("address");
    form.type("address", "学府路74号");
    gateway.put("address", "和兴路26号", "agent", "wang");
    await gateway.run();
    expect(form.saving.address).toBe("contested");
    expect(await form.settle()).toBe(false);
    expect([gateway.fields.address?.value, form.fields.address.text]).toEqual(["和兴路26号", "学府路74号"]);
    form.insistOn("address");
    await gateway.run();
    expect(gateway.fields.address?.value).toBe("学府路74号");
    form.type("address", "学府路76号");
    gateway.put("address", "和兴路28号", "agent", "wang");
    await gateway.run();
    form.acceptSuggestion("address");
    expect(await form.settle()).toBe(true);
    expect([gateway.fields.address?.value, form.fields.address.text]).toEqual(["和兴路28号", "和兴路28号"]);
  });
});
