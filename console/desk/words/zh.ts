/** The desk's words in Chinese: those that come with the page, and those of the settings. */
import { first } from "./first";
import { settings } from "./zh/settings";

export const zh = { ...first, ...settings };

export type Words = typeof zh;
