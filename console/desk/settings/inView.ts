/** What was opened out of a list stands below it: it is brought into view. */
import { onMounted, type ShallowRef } from "vue";

export function useInView(card: Readonly<ShallowRef<HTMLElement | null>>): void {
  onMounted(() => card.value?.scrollIntoView({ block: "nearest" }));
}
