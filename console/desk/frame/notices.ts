/** What went wrong with an act of the agent: a row that stays until it is read, and never takes the focus. */
import { reactive } from "vue";
import { useI18n } from "vue-i18n";
import { Refused } from "@shared/http";

export interface Notice {
  id: number;
  text: string;
  /** How often it was told. */
  count: number;
}

const MOST = 4;
let last = 0;

/** The newest first; the same words are one row. */
export const notices = reactive<Notice[]>([]);

export function tell(text: string): void {
  const known = notices.find((notice) => notice.text === text);
  if (known) known.count += 1;
  else notices.unshift({ id: ++last, text, count: 1 });
  notices.splice(MOST);
}

export function dismiss(id: number): void {
  const at = notices.findIndex((notice) => notice.id === id);
  if (at >= 0) notices.splice(at, 1);
}

/** Why an act was refused, in the reader's language; the gateway names each cause by a stable kind. */
export function useReasons(): (problem: unknown) => string {
  const { t, te } = useI18n();
  return (problem) => {
    if (!(problem instanceof Refused)) throw problem;
    if (problem.status === 0) return t("problem.unreachable");
    const kind = problem.problem.type.split(":").at(-1)!;
    return te(`problem.${kind}`) ? t(`problem.${kind}`) : t("problem.other", { kind });
  };
}
