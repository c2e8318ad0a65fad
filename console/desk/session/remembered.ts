/** Whether this browser has a session to ask about; the session itself is a cookie that no script can read. */

const KEY = "songhua.signed-in";

export const wasSignedIn = (): boolean => localStorage.getItem(KEY) !== null;

export function rememberSignedIn(is: boolean): void {
  if (is) localStorage.setItem(KEY, "1");
  else localStorage.removeItem(KEY);
}
