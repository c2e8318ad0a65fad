/** How many assignments the list last found waiting for a signature, by the list that is in hand. */
import { ref } from "vue";

export const waitingHere = ref(0);
