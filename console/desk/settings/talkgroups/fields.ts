/** The fields of a talkgroup as one types them, and as they are sent. */
import type { ChangeTalkgroupRequest, TalkgroupView } from "@shared/contracts/field";
import { words } from "../people/levels";

export const CLASSES = ["internal", "licensed", "commercial", "amateur"] as const;
/** As TETRA numbers priorities: a telephone has 3, a dispatcher 10. */
export const LEAST = 4;
export const MOST = 9;

/** Rights as lines of subjects: `all role:dispatcher`. */
export interface TalkgroupForm {
  name_zh: string;
  name_en: string;
  tg_class: (typeof CLASSES)[number];
  priority: number;
  monitor: string;
  talk: string;
  patch: string;
}

export const VERBS = ["monitor", "talk", "patch"] as const;

export const nothing = (): TalkgroupForm => ({
  name_zh: "",
  name_en: "",
  tg_class: "internal",
  priority: 5,
  monitor: "all role:dispatcher role:supervisor",
  talk: "all role:dispatcher",
  patch: "role:dispatcher",
});

export const formOf = (group: TalkgroupView): TalkgroupForm => ({
  name_zh: group.name_zh,
  name_en: group.name_en,
  tg_class: group.tg_class,
  priority: group.priority,
  monitor: group.rights.monitor.join(" "),
  talk: group.rights.talk.join(" "),
  patch: group.rights.patch.join(" "),
});

export const rightsOf = (form: TalkgroupForm) => ({ monitor: words(form.monitor), talk: words(form.talk), patch: words(form.patch) });

/** Only what differs; rights are sent as a whole. */
export function changeOf(before: TalkgroupForm, after: TalkgroupForm): Omit<ChangeTalkgroupRequest, "op_id"> {
  const change: Omit<ChangeTalkgroupRequest, "op_id"> = {};
  if (after.name_zh.trim() !== before.name_zh) change.name_zh = after.name_zh.trim();
  if (after.name_en.trim() !== before.name_en) change.name_en = after.name_en.trim();
  if (after.tg_class !== before.tg_class) change.tg_class = after.tg_class;
  if (after.priority !== before.priority) change.priority = after.priority;
  if (VERBS.some((verb) => words(after[verb]).join(" ") !== words(before[verb]).join(" "))) change.rights = rightsOf(after);
  return change;
}

export const facts = (form: TalkgroupForm, label: (field: keyof TalkgroupForm) => string, ofClass: (name: string) => string): string[] => [
  `${label("name_zh")} ${form.name_zh.trim()}`,
  `${label("name_en")} ${form.name_en.trim()}`,
  `${label("tg_class")} ${ofClass(form.tg_class)}`,
  `${label("priority")} ${form.priority}`,
  ...VERBS.flatMap((verb) => words(form[verb]).map((one) => `${label(verb)} ${one}`)),
];
