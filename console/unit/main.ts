import { createApp } from "vue";
import { translations } from "@shared/language";
import "@shared/style/base.css";
import "./unit.css";
import App from "./App.vue";
import { en } from "./words/en";
import { zh } from "./words/zh";

createApp(App).use(translations(zh, en)).mount("#app");

// Only on https or localhost; elsewhere the page works, but needs the network to be opened.
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/unit/sw.js", { scope: "/unit/" }).catch(() => {});
}
