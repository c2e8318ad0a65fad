/** The desk's one live picture, shared by all its parts. */
import { computed, reactive, ref, shallowRef } from "vue";
import type { SessionAnswer } from "@shared/contracts/identity";
import { passed } from "@shared/clock";
import { get, Refused } from "@shared/http";
import { Link, type LinkState } from "./link";
import { after, now } from "./pulse";
import { applyEvent, applySnapshot, emptyState, type DeskState } from "./state";

export const desk: DeskState = reactive(emptyState());
export const linkState = ref<LinkState>("connecting");
/** The centre serves no more pages of this person: he has too many open. */
export const crowded = ref(false);
export const session = shallowRef<SessionAnswer | null>(null);
/** Events that could not be applied: counted, shown in the strip's title, never fatal. */
export const strange = ref(0);

/** As the centre says it when it closes the link (gateway/web/live/http.py). */
const TOO_MANY_PAGES = 4008;

const link = new Link(
  {
    open: () => {
      const scheme = location.protocol === "https:" ? "wss" : "ws";
      return new WebSocket(`${scheme}://${location.host}/api/live`) as never;
    },
    now: passed,
    random: () => Math.random(),
    after,
  },
  {
    snapshot: (state) => applySnapshot(desk, state as object),
    event: (event) => {
      try {
        applyEvent(desk, event);
      } catch {
        strange.value += 1;
      }
    },
    changed: (state) => {
      linkState.value = state;
      if (state === "live") crowded.value = false;
    },
    lost: (code) => {
      crowded.value = code === TOO_MANY_PAGES;
      void checkSession();
    },
  },
);

/** Seconds since the centre was last heard of. */
export const linkAge = computed(() => (now.value, Math.max(0, Math.floor((passed() - link.heardAt) / 1000))));

export function startLink(): void {
  link.start();
  document.addEventListener("visibilitychange", wake);
  window.addEventListener("online", wake);
}

export function stopLink(): void {
  link.stop();
  document.removeEventListener("visibilitychange", wake);
  window.removeEventListener("online", wake);
  Object.assign(desk, emptyState());
}

function wake(): void {
  if (document.visibilityState === "visible") link.wake();
}

/** A link that is refused may mean that the session ended: then the page asks for a new sign-in. */
async function checkSession(): Promise<void> {
  try {
    session.value = await get("/session");
  } catch (problem) {
    if (problem instanceof Refused && problem.status === 401) session.value = null;
  }
}
