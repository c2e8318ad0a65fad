/** Rows stand still while a hand is on them: a row that comes or rises must not slip under a press that is meant for another. */
import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from "vue";

/** What was shown stays in its order, what is new comes last, what is gone is gone. */
export function steady(shown: readonly string[], wanted: readonly string[]): string[] {
  const there = new Set(wanted);
  const kept = shown.filter((key) => there.has(key));
  const known = new Set(kept);
  return [...kept, ...wanted.filter((key) => !known.has(key))];
}

/**
 * `rows` in their order, frozen while the pointer or the focus is inside the element that has `hands` bound to it
 * (`v-on="hands"`).
 */
export function useSteadyRows<T>(rows: () => readonly T[], keyOf: (row: T) => string): { rows: ComputedRef<T[]>; hands: Record<string, (event: Event) => void>; held: Ref<boolean> } {
  const pointer = ref(false);
  const focus = ref(false);
  const held = computed(() => pointer.value || focus.value);
  const order = shallowRef<string[]>([]);
  watch(
    [() => rows().map(keyOf), held],
    ([wanted, holding]) => (order.value = holding ? steady(order.value, wanted) : wanted),
    { immediate: true },
  );
  const hands = {
    pointerenter: () => (pointer.value = true),
    pointerleave: () => (pointer.value = false),
    focusin: () => (focus.value = true),
    focusout: (event: Event) => {
      const to = (event as FocusEvent).relatedTarget;
      focus.value = to instanceof Node && (event.currentTarget as Node).contains(to);
    },
  };
  const sorted = computed(() => {
    const by = new Map(rows().map((row) => [keyOf(row), row]));
    return order.value.flatMap((key) => by.get(key) ?? []);
  });
  return { rows: sorted, hands, held };
}
