import { describe, expect, it } from "vitest";
import type { DraftView, FieldValue } from "@shared/contracts/cases";
import { contradiction } from "./contradiction";

const field = (value: string, by: FieldValue["by"]) => ({ value, by }) as FieldValue;
const draft = (fields: Record<string, FieldValue>, more: Partial<DraftView> = {}): DraftView =>
  ({ draft_id: "d", state: "open", alarms: [], fields, ...more }) as unknown as DraftView;
const fire = (dismissed: boolean) => [{ rule: "fire", number: "119", dismissed }] as unknown as DraftView["alarms"];
const heard = draft({ category: field("s@1/1", "draft"), address: field("学府路74号", "draft") });

describe("an outcome against what is open", () => {
  it("asks while nobody has handled a danger, whatever the outcome", () => {
    const open = draft({}, { alarms: fire(false) });
    expect(contradiction("enquiry", [open])).toBe("danger");
    expect(contradiction("case", [open])).toBe("danger");
    expect(contradiction("enquiry", [draft({}, { alarms: fire(true) })])).toBeNull();
  });

  it("asks about a report that was heard or typed and is not filed", () => {
    expect(contradiction("enquiry", [heard])).toBe("unfiled");
    expect(contradiction("prank", [draft({ description: field("井盖", "agent") })])).toBe("unfiled");
    expect(contradiction("enquiry", [draft({ category: field("s@1/1", "draft") })])).toBeNull();
    expect(contradiction("enquiry", [{ ...heard, state: "confirmed" } as DraftView, { ...heard, state: "discarded" } as DraftView])).toBeNull();
  });

  it("lets what was only heard go with the case that it is about", () => {
    expect(contradiction("existing_case", [heard])).toBeNull();
    expect(contradiction("existing_case", [draft({ description: field("又来了", "agent") })])).toBe("unfiled");
  });
});
