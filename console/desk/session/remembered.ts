/** Whether this browser has a session to ask about; the session itself is a cookie that no script can read. */

import { forget, isFull, keep, kept } from "@shared/kept";

const KEY = "songhua.signed-in";

export const wasSignedIn = (): boolean => kept("machine", KEY) !== null || isFull("machine");

export function rememberSignedIn(is: boolean): void {
  if (is) keep("machine", KEY, "1");
  else forget("machine", KEY);
}
