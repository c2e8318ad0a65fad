import { beforeEach, describe, expect, it, vi } from "vitest";
import { deviceId, dropReport, keepReport, linkOf, ownReports } from "./mine";

const store = new Map<string, string>();

beforeEach(() => {
  store.clear();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => store.get(key) ?? null,
    setItem: (key: string, value: string) => void store.set(key, value),
    removeItem: (key: string) => void store.delete(key),
  });
});

describe("reports kept on this device", () => {
  it("are there newest first, each once, and gone when they are dropped", () => {
    keepReport({ number: "R1", code: "a" });
    keepReport({ number: "R2", code: "b" });
    keepReport({ number: "R1", code: "a" });
    expect(ownReports().map((one) => one.number)).toEqual(["R1", "R2"]);
    dropReport("R1");
    dropReport("R2");
    expect(ownReports()).toEqual([]);
    expect(store.size).toBe(0);
  });

  it("are none where something else stands there", () => {
    for (const text of ["", "{", "7", "null", '[{"number":1}]', '["R1"]']) {
      store.set("songhua.citizen.reports", text);
      expect(ownReports(), text).toEqual([]);
    }
  });
});

it("a device has one id", () => {
  const made = deviceId();
  expect(made).toMatch(/^[0-9a-f-]{36}$/);
  expect(deviceId()).toBe(made);
});

describe("a link of an e-mail", () => {
  it("opens its report", () => {
    expect(linkOf("#follow=R20261201-00001,abcdefghjk")).toEqual({ number: "R20261201-00001", code: "abcdefghjk" });
  });

  it("that is not whole opens nothing", () => {
    for (const hash of ["", "#follow", "#follow=R20261201-00001", "#follow=R20261201-00001,", "#follow=R1,abcdefghjk", "#follow=R20261201-00001,abc<script>"]) expect(linkOf(hash), hash).toBeNull();
  });
});
