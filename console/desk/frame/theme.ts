/** Light or dark: as the machine has it, unless the person chose; remembered on this machine. */
import { ref, watch } from "vue";
import { keep, kept } from "@shared/kept";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "songhua.theme";
export const theme = ref<Theme>("system");

export function startTheme(): void {
  const machine = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const dark = theme.value === "dark" || (theme.value === "system" && machine.matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
  };
  const chosen = kept("machine", KEY);
  theme.value = THEMES.find((one) => one === chosen) ?? "system";
  machine.addEventListener("change", show);
  watch(theme, (chosen) => {
    show();
    keep("machine", KEY, chosen);
  });
  show();
}
