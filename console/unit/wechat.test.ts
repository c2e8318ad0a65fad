import { expect, it } from "vitest";
import type { CrewWeChatAnswer, CrewWeChatBinding } from "@shared/contracts/field";
import { useCrewWeChat } from "./wechat";

const one: CrewWeChatBinding = { binding_id: "b1", bound_at: "2026-12-01T08:00:00Z", silent: false };
const answer = (of: string, more: Partial<CrewWeChatAnswer> = {}): CrewWeChatAnswer =>
  ({ msg_id: "m", seq: 0, ts: "", sent: null, schema: "unit.wechat_answer/1", of, cause: "", code: "", lasts_s: null, bindings: [], ...more }) as CrewWeChatAnswer;

function page() {
  const time = { ms: 0 };
  return { ...useCrewWeChat(() => time.ms), time };
}

it("shows a code as long as it works, by the page's own clock", () => {
  const { wechat, asked, answer: hear, tick, time } = page();
  asked("code", "m1", true);
  expect(wechat.value.state).toBe("asking");
  hear(answer("another", { code: "zzzzzzzz" }));
  expect(wechat.value.code).toBe("");
  hear(answer("m1", { code: "abcd2345", lasts_s: 600 }));
  expect(wechat.value).toMatchObject({ state: "shown", code: "abcd2345", left: 600 });
  time.ms = 599_500;
  tick();
  expect(wechat.value.left).toBe(1);
  time.ms = 600_000;
  expect(tick()).toBe(false);
  expect(wechat.value).toMatchObject({ state: "shown", code: "", left: 0 });
});

it("looks whether the code was used, and puts it away when it was", () => {
  const { wechat, asked, answer: hear, tick, time } = page();
  asked("code", "m1", true);
  hear(answer("m1", { code: "abcd2345", lasts_s: 600 }));
  time.ms = 9_000;
  expect(tick()).toBe(false);
  time.ms = 10_000;
  expect(tick()).toBe(true);
  asked("show", "m2", true);
  expect(wechat.value.state).toBe("shown");
  hear(answer("m2"));
  expect(wechat.value.code).toBe("abcd2345");
  asked("show", "m3", true);
  hear(answer("m3", { bindings: [one] }));
  expect(wechat.value).toMatchObject({ state: "shown", code: "", bindings: [one] });
});

it("keeps the code where a look in between finds nobody at the centre", () => {
  const { wechat, asked, answer: hear, tick, time } = page();
  asked("code", "m1", true);
  hear(answer("m1", { code: "abcd2345", lasts_s: 600 }));
  asked("show", "m2", true);
  hear(answer("m2", { cause: "too_many" }));
  asked("show", "m3", false);
  asked("show", "m4", true);
  time.ms = 60_000;
  tick();
  expect(wechat.value).toMatchObject({ state: "shown", code: "abcd2345" });
});

it("a code after somebody was unbound is used by the next one too", () => {
  const { wechat, asked, answer: hear } = page();
  asked("code", "m1", true);
  hear(answer("m1", { code: "abcd2345", lasts_s: 600, bindings: [one] }));
  asked("unbind", "m2", true);
  hear(answer("m2"));
  expect(wechat.value.code).toBe("abcd2345");
  asked("show", "m3", true);
  hear(answer("m3", { bindings: [{ ...one, binding_id: "b2" }] }));
  expect(wechat.value.code).toBe("");
});

it("says why nothing came: no line, no answer, the centre's cause", () => {
  const { wechat, asked, answer: hear, tick, forget, time } = page();
  asked("show", "m1", false);
  expect(wechat.value.state).toBe("offline");
  asked("show", "m2", true);
  time.ms = 15_000;
  tick();
  expect(wechat.value.state).toBe("silent");
  hear(answer("m2", { bindings: [one] }));
  expect(wechat.value.bindings).toEqual([]);
  asked("code", "m3", true);
  hear(answer("m3", { cause: "not_for_crew" }));
  expect(wechat.value.state).toBe("not_for_crew");
  forget();
  expect(wechat.value.state).toBe("none");
});
