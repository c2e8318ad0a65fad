import { createApp } from "vue";
import { translations } from "@shared/language";
import "@shared/style/base.css";
import "./citizen.css";
import App from "./App.vue";
import { en } from "./words/en";
import { zh } from "./words/zh";

createApp(App).use(translations(zh, en)).mount("#app");
