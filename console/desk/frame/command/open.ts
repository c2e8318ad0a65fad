/** Whether the command bar is open. */
import { ref } from "vue";

export const barOpen = ref(false);
