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

let spoken: {
  locale: { value: string };
  setLocaleMessage: (language: Language, words: never) => void;
  mergeLocaleMessage: (language: Language, words: never) => void;
} | null = null;
/** Of a language whose words are not there yet. */
const fetched = new Map<Language, () => Promise<Record<string, unknown>>>();

/** The translations of an app; both tables have the same shape, which the type of `en` enforces. English may be fetched when it is wanted first. */
export function translations<Words extends Record<string, unknown>>(zh: Words, en: Words | (() => Promise<Words>)) {
  const later = typeof en === "function";
  if (later) fetched.set("en", en as () => Promise<Words>);
  const language = later ? "zh" : firstLanguage();
  showLanguage(language);
  const made = createI18n({
    legacy: false,
    locale: language,
    fallbackLocale: "zh",
    messages: (later ? { zh } : { zh, en }) as never,
    missingWarn: false,
  });
  spoken = made.global as never;
  return made;
}

/** Shows the page in this language; where its words cannot be fetched, the page stays as it is. */
export async function speak(language: Language): Promise<void> {
  const fetch = fetched.get(language);
  if (fetch) {
    try {
      spoken?.setLocaleMessage(language, (await fetch()) as never);
    } catch {
      return;
    }
    fetched.delete(language);
  }
  if (spoken) spoken.locale.value = language;
  showLanguage(language);
}

/** Words of a part of the page that came later. */
export function alsoIn(language: Language, words: Record<string, unknown>): void {
  spoken?.mergeLocaleMessage(language, words as never);
}

export function rememberLanguage(language: Language): void {
  keep("machine", KEY, language);
}

function showLanguage(language: Language): void {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}
