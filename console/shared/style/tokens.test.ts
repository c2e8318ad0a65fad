import { expect, it } from "vitest";

const sheets = import.meta.glob<string>(["../../desk/**/*.css", "./base.css"], { eager: true, query: "?raw", import: "default" });
const tokens = Object.values(import.meta.glob<string>("./tokens.css", { eager: true, query: "?raw", import: "default" }))[0]!;

const defined = (css: string) => new Set([...css.matchAll(/^\s*(--[\w-]+):/gm)].map((match) => match[1]!));

it("a colour and a size of text stand in the tokens alone", () => {
  expect(Object.keys(sheets).length).toBeGreaterThan(6);
  for (const [file, css] of Object.entries(sheets)) {
    expect(css.match(/#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(/gi), file).toBeNull();
    expect(css.match(/font-size: [\d.]+/g), file).toBeNull();
  }
});

it("every token that is used is defined, and each colour of the light theme has one of the dark", () => {
  const light = defined(tokens.slice(0, tokens.indexOf('[data-theme="dark"]')));
  const dark = defined(tokens.slice(tokens.indexOf('[data-theme="dark"]')));
  for (const [file, css] of Object.entries(sheets)) {
    const own = defined(css);
    for (const [, name] of css.matchAll(/var\((--[\w-]+)/g)) expect(light.has(name!) || own.has(name!), `${name} in ${file}`).toBe(true);
  }
  for (const [, name, value] of tokens.matchAll(/^\s*(--[\w-]+):\s*(#\S+);/gm)) {
    if (name !== "--paper") expect(dark.has(name!), `${name} ${value}`).toBe(true);
  }
});
