/** This person's request for a floor: asked for, kept alive while it is granted, given back. */
import type { FloorResponse } from "@shared/contracts/radio_bridge";
import { post } from "@shared/http";
import { opId } from "@shared/ids";
import { after } from "../../live/pulse";
import { asked, ENDED, take } from "./answers";

const ALIVE_S = 2;

export async function request(talkgroup: string, take_over: boolean): Promise<void> {
  const op_id = opId();
  const ask = () => post("/floors/{talkgroup}/request", { talkgroup }, { op_id, take_over });
  const answer = await ask();
  take(talkgroup, answer);
  // One that waits in the queue may be granted at any time, and is kept alive from then on.
  if (!ENDED.has(answer.result)) keep(talkgroup, op_id, (answer.alive_every_s ?? ALIVE_S) * 1000, ask);
}

/** As long as it is ours, the centre is told that somebody still talks here. */
function keep(talkgroup: string, op_id: string, every_ms: number, ask: () => Promise<FloorResponse>): void {
  after(every_ms, () => {
    const mine = asked[talkgroup];
    if (mine?.op_id !== op_id || ENDED.has(mine.result)) return;
    void ask().then(
      (answer) => {
        if (asked[talkgroup]?.op_id === op_id) take(talkgroup, answer);
      },
      () => undefined,
    );
    keep(talkgroup, op_id, every_ms, ask);
  });
}

export async function release(talkgroup: string): Promise<void> {
  const mine = asked[talkgroup];
  if (!mine) return;
  await post("/floors/{talkgroup}/release", { talkgroup }, { op_id: mine.op_id });
  delete asked[talkgroup];
}
