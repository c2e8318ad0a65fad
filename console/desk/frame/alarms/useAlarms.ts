/** The alarm list of the page: the person's alarms in order, what is new among them, and the marks on them. */
import { computed, ref, watch } from "vue";
import { centreNow } from "@shared/clock";
import { keep, kept } from "@shared/kept";
import { desk } from "../../live/desk";
import { now } from "../../live/pulse";
import { phone } from "../../phone/softphone";
import { myId, myRoles } from "../roles";
import { alarmsOf, forgetMarks, inAlarmOrder, type AlarmMarks, type AlarmRow } from "./alarms";

const SHELF_MS = 10 * 60_000;
/** By person: what one has seen is new to the next one at this desk. */
const keyOf = (who: string) => `songhua.alarms.${who}`;

const marks = ref<AlarmMarks>({ seen: {}, shelved: {} });
export const listOpen = ref(false);

const inQueue = computed(() => {
  const state = desk.agents[myId.value]?.state;
  return state !== undefined && state !== "signed_out";
});
const alarms = computed(() => alarmsOf(desk, { id: myId.value, roles: myRoles.value, phone: inQueue.value ? phone.state : "" }));
export const alarmRows = computed(() => inAlarmOrder(alarms.value, marks.value, now.value));
export const newAlarms = computed(() => alarmRows.value.filter((one) => one.state === "new"));
/** The one that is named in the strip, and that a key opens. */
export const foremost = computed(() => newAlarms.value[0] ?? null);
/** Some danger to life that nobody has seen here and nobody acts on. */
export const lifeInDanger = computed(() => newAlarms.value.some((one) => one.priority === 1));

export function see(alarm: AlarmRow): void {
  marks.value = { ...marks.value, seen: { ...marks.value.seen, [alarm.key]: alarm.step } };
}

export function shelve(alarm: AlarmRow): void {
  marks.value = { ...marks.value, shelved: { ...marks.value.shelved, [alarm.key]: centreNow() + SHELF_MS } };
}

export function unshelve(alarm: AlarmRow): void {
  const { [alarm.key]: _, ...shelved } = marks.value.shelved;
  marks.value = { ...marks.value, shelved };
}

watch(
  () => alarms.value.map((one) => one.key).join(),
  () => {
    // Before the first snapshot nothing is known to be over.
    if (alarms.value.length) marks.value = forgetMarks(marks.value, alarms.value);
  },
);
watch(marks, (chosen) => {
  keep("tab", keyOf(myId.value), JSON.stringify(chosen));
});

watch(
  myId,
  (who) => {
    listOpen.value = false;
    marks.value = remembered(who);
  },
  { immediate: true },
);

function remembered(who: string): AlarmMarks {
  try {
    const { seen = {}, shelved = {} } = JSON.parse(kept("tab", keyOf(who)) ?? "{}") as Partial<AlarmMarks>;
    return { seen, shelved };
  } catch {
    return { seen: {}, shelved: {} };
  }
}
