import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { "@shared": fileURLToPath(new URL("./shared", import.meta.url)) } },
  // A test that loads a page's whole script first takes long on a machine that does other work.
  test: { include: ["{desk,unit,citizen,shared}/**/*.test.ts"], environment: "node", maxWorkers: 1, testTimeout: 20_000 },
});
