/** Chinese and English: which one is shown, and that it is remembered on this machine. */
import { createI18n } from "vue-i18n";
import { keep, kept } from "../kept";

export type Language = "zh" | "en";
export const LANGUAGES: readonly Language[] = ["zh", "en"];

const KEY = "songhua.language";

function remembered(): Language | null {
  const stored = kept("machine", KEY);
  return stored === "zh" || stored === "en" ? stored : null;
}

export function firstLanguage(): Language {
  return remembered() ?? (navigator.language.toLowerCase().startsWith("en") ? "en" : "zh");
}

export const wasChosen = (): boolean => remembered() !== null;

/** The translations of an app; both tables have the same shape, which the type of `en` enforces. */
export function translations<Words extends Record<string, unknown>>(zh: Words, en: Words) {
  const language = firstLanguage();
  showLanguage(language);
  return createI18n({
    legacy: false,
    locale: language,
    fallbackLocale: "zh",
    messages: { zh, en } as never,
    missingWarn: false,
  });
}

export function rememberLanguage(language: Language): void {
  keep("machine", KEY, language);
  showLanguage(language);
}

export function showLanguage(language: Language): void {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}
