/** The desk. What the address brought along is read first, then the router has it. */
import "./session/brought";
import { createApp } from "vue";
import { firstLanguage, speak, translations } from "@shared/language";
import "@shared/style/base.css";
import "./desk.css";
import App from "./App.vue";
import { makeRouter } from "./frame/router";
import { startTheme } from "./frame/theme";
import { startPulse } from "./live/pulse";
import { first } from "./words/first";

startTheme();
startPulse();
const app = createApp(App)
  .use(translations<Record<string, unknown>>(first, async () => (await import("./words/en")).en))
  .use(makeRouter());
// English words come before the first look at the page, so that nothing is shown twice.
void speak(firstLanguage()).finally(() => app.mount("#app"));
