import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { mergeConfig, type Plugin } from "vite";
import { app } from "../app.vite.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Writes the service worker with the list of exactly those files that this build made. */
function worker(): Plugin {
  return {
    name: "songhua-unit-worker",
    enforce: "post",
    generateBundle(_options, bundle) {
      const digest = createHash("sha256");
      const made = Object.keys(bundle).filter((name) => name !== "index.html" && !name.endsWith(".map"));
      for (const name of made.sort()) {
        const part = bundle[name]!;
        digest.update(name).update(part.type === "chunk" ? part.code : part.source);
      }
      const fixed = readdirSync(here("./public"));
      for (const name of fixed) digest.update(readFileSync(here(`./public/${name}`)));
      digest.update(readFileSync(here("./index.html")));
      const files = ["/unit/", ...[...made, ...fixed].map((name) => `/unit/${name}`)];
      const source = readFileSync(here("./worker.js"), "utf8")
        .replace("[/* the build writes them here */]", JSON.stringify(files))
        .replace("VERSION", digest.digest("hex").slice(0, 16));
      this.emitFile({ type: "asset", fileName: "sw.js", source });
    },
  };
}

export default mergeConfig(app("unit"), { plugins: [worker()] });
