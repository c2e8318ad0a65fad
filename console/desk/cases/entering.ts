/** A form that files a case: kept in this tab also through a reload, and entered once. */
import { nextTick, reactive, ref, watch, type Ref } from "vue";
import { useRouter } from "vue-router";
import type { CaseView } from "@shared/contracts/cases";
import { Refused } from "@shared/http";
import { opId } from "@shared/ids";
import { forget, keep, kept } from "@shared/kept";
import { useReasons } from "../frame/notices";
import { myId } from "../frame/roles";
import { desk } from "../live/desk";
import { putCase } from "../live/state";

interface Entering<Form, Lack> {
  /** The form's name among what this tab keeps. */
  name: string;
  blank: () => Form;
  /** The form as it was kept; a blank one for null. */
  from: (text: string | null) => Form;
  lacks: (form: Form) => Lack[];
  file: (form: Form, op_id: string) => Promise<CaseView>;
  /** What the person reads when it is refused. */
  refused: (why: string) => string;
  entered: () => void;
}

export function useEntering<Form extends object, Lack>(form: Entering<Form, Lack>) {
  const router = useRouter();
  const why = useReasons();
  const key = `songhua.${form.name}.${myId.value}`;
  const operationKey = `${key}.operation`;
  const value = reactive(form.from(kept("tab", key))) as Form;
  const trouble = ref("");
  const missing = ref([]) as Ref<Lack[]>;
  const busy = ref(false);
  /** As long as nothing is changed it is the same case, also after a reload. */
  let operation = kept("tab", operationKey) ?? opId();

  watch(
    value,
    () => {
      operation = opId();
      missing.value = missing.value.filter((one) => form.lacks(value).includes(one));
      keep("tab", key, JSON.stringify(value));
      keep("tab", operationKey, operation);
    },
    { deep: true },
  );

  async function enter(): Promise<void> {
    trouble.value = "";
    missing.value = form.lacks(value);
    if (missing.value.length || busy.value) return;
    busy.value = true;
    try {
      const filed = await form.file(value, operation);
      putCase(desk, filed);
      Object.assign(value, form.blank());
      await nextTick();
      for (const one of [key, operationKey]) forget("tab", one);
      form.entered();
      await router.push({ name: "case", params: { caseId: filed.case_id } });
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
      trouble.value = form.refused(why(problem));
    } finally {
      busy.value = false;
    }
  }

  return { value, trouble, missing, busy, enter };
}
