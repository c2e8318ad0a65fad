/** The desk's one live picture, shared by all its parts. */
import { computed, nextTick, reactive, ref, shallowRef } from "vue";
import type { SessionAnswer } from "@shared/contracts/identity";
import { passed } from "@shared/clock";
import { get, Refused } from "@shared/http";
import { gatherer } from "./gather";
import { Link, type EventFrame, type LinkState } from "./link";
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

const events = gatherer<EventFrame>(
  {
    now: passed,
    after: (milliseconds, act) => void setTimeout(act, milliseconds),
    drawn: (act) => void nextTick(act),
    hidden: () => document.visibilityState === "hidden",
  },
  (told) => {
    for (const event of told) {
      try {
        applyEvent(desk, event);
      } catch {
        strange.value += 1;
      }
    }
  },
);

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
    snapshot: (state) => {
      events.flush();
      applySnapshot(desk, state as object);
    },
    event: events.take,
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

/** Of what this page does, to the centre (gateway/web/live/frames.py). */
export const sayToCentre = (frame: object): void => link.say(frame);

/** Seconds since the centre was last heard of; 0 before the first time. */
export const linkAge = computed(() => (now.value, link.heardAt ? Math.max(0, Math.floor((passed() - link.heardAt) / 1000)) : 0));

export function startLink(): void {
  link.start();
  document.addEventListener("visibilitychange", wake);
  window.addEventListener("online", wake);
}

export function stopLink(): void {
  link.stop();
  events.flush();
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
