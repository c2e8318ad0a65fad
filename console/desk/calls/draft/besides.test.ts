import { describe, expect, it } from "vitest";
import type { DraftView, FieldValue } from "@shared/contracts/cases";
import { en } from "../../words/en";
import { zh } from "../../words/zh";
import { INTENTS, READ_FIELDS } from "./fields";
import { besides } from "./besides";

const field = (value: string | null, detail: FieldValue["detail"] = {}): FieldValue => ({
  value,
  confidence: 0.8,
  shown: "sure",
  evidence: [{ segment_id: "a", start: 0, end: 3 }],
  runner_up: null,
  others: [],
  by: "draft",
  rev: 1,
  detail,
  author: "",
  author_name: "",
  at: null,
  earlier: [],
});
const draft = (fields: DraftView["fields"]): DraftView => ({
  draft_id: "d",
  call_id: "c",
  state: "open",
  case_id: null,
  rev: 1,
  fields,
  alarms: [],
  additional_problems: [],
  duplicates: [],
  about: null,
  holder: "",
  holder_name: "", part: null, parts: [],
  source: "telephone",
  taken_by: null,
});
const texts = (of: DraftView, language = "zh") => besides(of, language).map((one) => `${one.name}=${one.text}`);

describe("what a draft has heard beside its form", () => {
  it("says a time and a count in the caller's words, and where there are none as it has them", () => {
    const heard = draft({
      count: field("2", { said: "两个", low: 2 }),
      time: field("since 2026-11-24T20", { said: "从昨天晚上开始", kind: "since" }),
    });
    expect(texts(heard)).toEqual(["time=从昨天晚上开始", "count=两个"]);
    expect(texts(draft({ count: field("7-8") }))).toEqual(["count=7-8"]);
  });

  it("gives a number to call back as digits, however it was spoken", () => {
    expect(texts(draft({ callback: field("13904510001", { said: "幺三九零四五幺零零零幺" }) }))).toEqual(["callback=13904510001"]);
  });

  it("names the department in the reader's language", () => {
    const heard = draft({ department: field("城市管理局", { name_en: "City administration" }) });
    expect(texts(heard)).toEqual(["department=城市管理局"]);
    expect(texts(heard, "en")).toEqual(["department=City administration"]);
  });

  it("leaves out what is empty, what the form has, and that a report is one", () => {
    expect(texts(draft({ caller: field(null), address: field("学府路74号"), intent: field("report") }))).toEqual([]);
    expect(texts(draft({ intent: field("enquiry") }))).toEqual(["intent=enquiry"]);
    expect(texts(draft({ intent: field("unheard-of") }))).toEqual([]);
    expect(texts(draft({}))).toEqual([]);
  });

  it("has a word for each in both languages", () => {
    for (const words of [zh, en]) {
      for (const name of READ_FIELDS) expect(words.draft[name], name).toBeTruthy();
      for (const intent of INTENTS) expect(words.draft.intents[intent], intent).toBeTruthy();
    }
  });
});
