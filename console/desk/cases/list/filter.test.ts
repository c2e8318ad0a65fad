import { describe, expect, it } from "vitest";
import type { CaseView } from "@shared/contracts/cases";
import { fits, fromAddress, MOST_SAVED, noFilter, PAGE, query, savedFrom, withSaved } from "./filter";

const filed = { state: "filed", urgency: "urgent", source: "paper", district: "230103", category: "a@1/P1", filed_at: new Date(2026, 10, 25, 12).toISOString() } as CaseView;

describe("the address of a list", () => {
  it("narrows it to the days of a report, whose end is excluded", () => {
    const day = (text: string) => new Date(text).toISOString();
    expect(fromAddress({ since: day("2026-11-29T00:00"), until: day("2026-11-30T00:00") })).toMatchObject({ since: "2026-11-29", until: "2026-11-29" });
    expect(fromAddress({ since: "x" })).toBeNull();
    expect(fromAddress({})).toBeNull();
  });
});

describe("what the service is asked for", () => {
  it("is the newest page with counts where nothing narrows it, and a further page without them", () => {
    expect(query(noFilter(), null)).toEqual({ limit: PAGE, order: "newest", counts: true });
    expect(query(noFilter(), "c1")).toEqual({ limit: PAGE, order: "newest", cursor: "c1" });
  });

  it("has each filter, words without spaces around them, and days of this machine with the last one", () => {
    const filter = { ...noFilter(), q: " 井盖 ", states: ["done" as const], district: "230103", since: "2026-11-30", until: "2026-11-30" };
    expect(query(filter, null)).toMatchObject({
      q: "井盖", state: ["done"], district: ["230103"],
      since: new Date(2026, 10, 30).toISOString(), until: new Date(2026, 11, 1).toISOString(),
    });
  });
});

describe("a case that an event tells of", () => {
  it("may belong to the list where every filter holds", () => {
    expect(fits(noFilter(), filed)).toBe(true);
    expect(fits({ ...noFilter(), states: ["filed"], urgencies: ["urgent"], source: "paper", district: "230103", category: "a@1/P1", since: "2026-11-25", until: "2026-11-25" }, filed)).toBe(true);
  });

  it("may belong to a list of overdue ones, or of a department that answers for it or assists", () => {
    const named = (id: string) => ({ id, name_zh: id, name_en: id });
    const late = { ...filed, deadline: { state: "overdue" }, responsible: { host: named("water"), assists: [named("nangang")] } } as CaseView;
    expect(fits({ ...noFilter(), deadline: "overdue", department: "nangang" }, late)).toBe(true);
    expect(fits({ ...noFilter(), deadline: "overdue" }, filed)).toBe(false);
    expect(fits({ ...noFilter(), department: "gas" }, late)).toBe(false);
    expect(query({ ...noFilter(), deadline: "overdue", department: "gas", order: "due" }, null)).toMatchObject({ deadline: ["overdue"], department: ["gas"], order: "due" });
  });

  it.each([{ states: ["done" as const] }, { urgencies: ["danger" as const] }, { source: "telephone" as const }, { district: "230102" }, { category: "a@1/P2" }, { since: "2026-11-26" }, { until: "2026-11-24" }])(
    "does not where one does not hold: %o",
    (narrow) => expect(fits({ ...noFilter(), ...narrow }, filed)).toBe(false),
  );
});

describe("filters with a name", () => {
  it("are read as they were kept, and what is unknown does not narrow", () => {
    const one = { name: "南岗待核查", filter: { ...noFilter(), states: ["done" as const], q: "井盖" } };
    expect(savedFrom(JSON.stringify([one]))).toEqual([one]);
    const odd = [{ name: "x", filter: { states: ["burnt", "done"], order: "sideways", q: 3 } }, { filter: {} }, null];
    expect(savedFrom(JSON.stringify(odd))).toEqual([{ name: "x", filter: { ...noFilter(), states: ["done"] } }]);
    for (const broken of [null, "", "{", "7"]) expect(savedFrom(broken)).toEqual([]);
  });

  it("replace one of the same name, and are bounded", () => {
    const many = Array.from({ length: MOST_SAVED }, (_, i) => ({ name: `${i}`, filter: noFilter() }));
    const again = { name: "3", filter: { ...noFilter(), q: "x" } };
    expect(withSaved(many, again)).toHaveLength(MOST_SAVED);
    expect(withSaved(many, again)[0]).toEqual(again);
    expect(withSaved(many, { name: "new", filter: noFilter() })).toHaveLength(MOST_SAVED);
  });
});
