/** What an editor types: the fields of a version, kept in this page until they are saved. */
import { reactive } from "vue";
import type { FullArticleView, NewArticleVersion } from "@shared/contracts/cases";

export interface ArticleForm {
  name: string;
  language: "zh" | "en";
  title: string;
  body: string;
  tags: string;
  categories: string;
  districts: string;
  from: string;
  to: string;
}

export const NEW = "new";

/** By article, and `new`: who goes elsewhere in the desk finds his words again. */
export const unsaved = reactive(new Map<string, ArticleForm>());

const local = (iso: string | null): string => {
  if (!iso) return "";
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};
const moment = (text: string): string | null => (text === "" ? null : new Date(text).toISOString());
const items = (text: string): string[] => text.split(/[\s,，、;；]+/).filter(Boolean);
const tagsOf = (text: string): string[] =>
  text
    .split(/[,，、;；]+/)
    .map((one) => one.trim())
    .filter(Boolean);

export const nothing = (language: "zh" | "en"): ArticleForm => ({ name: "", language, title: "", body: "", tags: "", categories: "", districts: "", from: "", to: "" });

export const formOf = (article: FullArticleView): ArticleForm => ({
  name: article.name,
  language: article.language,
  title: article.title,
  body: article.body,
  tags: article.tags.join("、"),
  categories: article.categories.join(" "),
  districts: article.districts.join(" "),
  from: local(article.valid_from),
  to: local(article.valid_to),
});

export const contentOf = (form: ArticleForm): Omit<NewArticleVersion, "op_id" | "base"> => ({
  title: form.title.trim(),
  body: form.body,
  tags: tagsOf(form.tags),
  categories: items(form.categories),
  districts: items(form.districts),
  valid_from: moment(form.from),
  valid_to: moment(form.to),
});

export const differs = (a: ArticleForm, b: ArticleForm): boolean => JSON.stringify(contentOf(a)) !== JSON.stringify(contentOf(b));
