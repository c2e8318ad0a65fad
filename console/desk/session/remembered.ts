/** Whether this browser has a session to ask about; the session itself is a cookie that no script can read. */

import { forget, keep, kept } from "@shared/kept";

const KEY = "songhua.signed-in";

export const wasSignedIn = (): boolean => kept("machine", KEY) !== null;

export function rememberSignedIn(is: boolean): void {
  if (is) keep("machine", KEY, "1");
  else forget("machine", KEY);
}
