/** How one app of the console is built: everything is a file of its own, so that a CSP of 'self' suffices. */
import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import { defineConfig, type UserConfig } from "vite";

export function app(name: "desk" | "unit" | "citizen"): UserConfig {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  return defineConfig({
    root: here(`./${name}`),
    base: `/${name}/`,
    plugins: [vue()],
    resolve: { alias: { "@shared": here("./shared") } },
    define: {
      __VUE_OPTIONS_API__: "false",
      __VUE_PROD_DEVTOOLS__: "false",
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
      __VUE_I18N_FULL_INSTALL__: "false",
      __VUE_I18N_LEGACY_API__: "false",
      __INTLIFY_PROD_DEVTOOLS__: "false",
      global: "globalThis",
    },
    worker: { format: "es" },
    build: {
      outDir: here(`./dist/${name}`),
      emptyOutDir: true,
      target: "es2022",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 1000,
    },
  });
}
