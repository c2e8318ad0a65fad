/** The desk. What the address brought along is read first, then the router has it. */
import "./session/brought";
import { createApp } from "vue";
import { translations } from "@shared/language";
import "@shared/style/base.css";
import "./desk.css";
import App from "./App.vue";
import { makeRouter } from "./frame/router";
import { startTheme } from "./frame/theme";
import { startPulse } from "./live/pulse";
import { en } from "./words/en";
import { zh } from "./words/zh";

startTheme();
startPulse();
createApp(App).use(translations(zh, en)).use(makeRouter()).mount("#app");
