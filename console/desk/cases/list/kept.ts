/** What the list is narrowed to, kept while the same person is in another workspace. */
import { ref, watch } from "vue";
import { myId } from "../../frame/roles";
import { noFilter, type CaseListFilter } from "./filter";

export const kept = ref<CaseListFilter>(noFilter());

watch(myId, () => (kept.value = noFilter()));
