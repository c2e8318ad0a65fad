// Drives one tab of Firefox by puppeteer-core over WebDriver BiDi: a wish is a line of JSON on stdin, its answer
// one on stdout, with the same `id`. Usage: node drive.mjs FIREFOX PROFILE

import readline from "node:readline";
import puppeteer from "puppeteer-core";

const [executablePath, userDataDir] = process.argv.slice(2);
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath,
  userDataDir,
  headless: true,
  acceptInsecureCerts: false,
  extraPrefsFirefox: {
    "intl.accept_languages": "zh-CN,zh",
    "media.navigator.permission.disabled": true,
    "media.navigator.streams.fake": true,
    "media.autoplay.default": 0,
    "dom.disable_beforeunload": true,
  },
});
const page = await browser.newPage();
const errors = [];
page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
page.on("pageerror", (error) => errors.push(String(error)));

const pause = (seconds) => new Promise((over) => setTimeout(over, seconds * 1000));

const ACTS = {
  open: ({ url }) => page.goto(url, { waitUntil: "domcontentloaded" }).then(() => null),
  run: async ({ script }) => (await page.evaluate(script)) ?? null,
  size: ({ width, height }) => page.setViewport({ width, height }).then(() => null),
  click: async ({ x, y, hold }) => {
    await page.mouse.move(x, y);
    await page.mouse.down();
    if (hold) await pause(hold);
    await page.mouse.up();
    return null;
  },
  press: async ({ key, modifiers, hold }) => {
    for (const one of modifiers) await page.keyboard.down(one);
    await page.keyboard.down(key);
    if (hold) await pause(hold);
    await page.keyboard.up(key);
    for (const one of modifiers.toReversed()) await page.keyboard.up(one);
    return null;
  },
  picture: () => page.screenshot({ encoding: "base64" }),
  errors: () => errors,
  version: () => browser.version(),
};

process.stdout.write(`${JSON.stringify({ id: 0, value: await browser.version() })}\n`);
for await (const line of readline.createInterface({ input: process.stdin })) {
  const wish = JSON.parse(line);
  try {
    process.stdout.write(`${JSON.stringify({ id: wish.id, value: await ACTS[wish.act](wish) })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ id: wish.id, error: String(error) })}\n`);
  }
}
await browser.close();
