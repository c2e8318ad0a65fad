/**
 * The crew's own WeChats: who is bound, a code for one more, unbinding. Each is asked of the centre now or not at
 * all, and nothing of it is kept on the device.
 */
import { ref } from "vue";
import type { CrewWeChatAnswer, CrewWeChatAsk, CrewWeChatBinding } from "@shared/contracts/field";

export type WeChatAct = CrewWeChatAsk["act"];
/** `none`: not asked yet. `offline`: no line. `silent`: no answer came. The others are the centre's words. */
export type WeChatState = "none" | "asking" | "shown" | "offline" | "silent" | Exclude<CrewWeChatAnswer["cause"], "">;

/** A question that is older is no wish of now. */
export const ASK_EXPIRY_S = 10;
const PATIENCE_MS = 15_000;
/** So often the centre is asked whether the code was used. */
const LOOK_MS = 10_000;

export interface CrewWeChatView {
  state: WeChatState;
  code: string;
  /** Seconds that the code still works. */
  left: number;
  bindings: readonly CrewWeChatBinding[];
}

const nothing = (): CrewWeChatView => ({ state: "none", code: "", left: 0, bindings: [] });

export function useCrewWeChat(now: () => number = () => performance.now()) {
  const wechat = ref<CrewWeChatView>(nothing());
  let waits: { msgId: string; at: number; quiet: boolean } | null = null;
  let until = 0;
  let lookedAt = 0;
  /** How many were bound when the code came. */
  let before = 0;

  /** Whether the question went out. A quiet one, while a code is shown, is not seen when it fails. */
  function asked(act: WeChatAct, msgId: string, sent: boolean): void {
    const quiet = act === "show" && wechat.value.code !== "";
    lookedAt = now();
    if (sent) waits = { msgId, at: now(), quiet };
    if (!quiet) wechat.value = { ...wechat.value, state: sent ? "asking" : "offline" };
  }

  /** Takes the answer to the newest question, and leaves every other one. */
  function answer(said: CrewWeChatAnswer): void {
    if (waits === null || said.of !== waits.msgId) return;
    const { quiet } = waits;
    waits = null;
    if (said.cause !== "") {
      if (!quiet) wechat.value = { ...wechat.value, state: said.cause };
      return;
    }
    const bindings = said.bindings;
    if (said.code !== "") {
      until = now() + 1000 * (said.lasts_s ?? 0);
      before = bindings.length;
      wechat.value = { state: "shown", code: said.code, left: secondsLeft(), bindings };
      return;
    }
    // A code works once: with one WeChat more it is used.
    const used = bindings.length > before;
    wechat.value = { ...wechat.value, state: "shown", bindings, ...(used ? { code: "", left: 0 } : {}) };
    before = Math.min(before, bindings.length);
  }

  const secondsLeft = (): number => Math.max(0, Math.ceil((until - now()) / 1000));

  /** Each second. True when it is time to look whether the code was used. */
  function tick(): boolean {
    if (waits !== null && now() - waits.at >= PATIENCE_MS) {
      if (!waits.quiet) wechat.value = { ...wechat.value, state: "silent" };
      waits = null;
    }
    if (wechat.value.code === "") return false;
    const left = secondsLeft();
    wechat.value = left > 0 ? { ...wechat.value, left } : { ...wechat.value, code: "", left };
    return left > 0 && waits === null && now() - lookedAt >= LOOK_MS;
  }

  function forget(): void {
    waits = null;
    wechat.value = nothing();
  }

  return { wechat, asked, answer, tick, forget };
}
