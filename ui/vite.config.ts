import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { first } from "./plugins/graph.ts";
import { icons } from "./plugins/icons.ts";
import { precompress } from "./plugins/precompress.ts";
import { texts } from "./plugins/texts.ts";

/** What several other screens share: all electrical values of a thing. */
const DETAILS = /\/src\/parts\//;
/** What the chart needs, and with it the other two ways of looking back, which bring the rest themselves. */
const CHART = /node_modules\/uplot\/|\/views\/history\/(?!Answer|Breakdown|HeatMap|heat|shares|wall)/;

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const src = path("./src");

/** What the first screen needs, and the library that all screens are made with. */
function opening(): (id: string) => boolean {
  const files = first(src);
  return (id) => /node_modules\/(svelte|lucide-static|clsx|esm-env)\/|\/app\.css$/.test(id) || files.has(id.replace(/\?.*/, ""));
}

export default defineConfig({
  plugins: [icons(), texts(path("../src/ohmstead/texts"), src, ["en", "it"]), svelte(), precompress()],
  resolve: { alias: { "@": src, "@texts": path("../src/ohmstead/texts") } },
  json: { stringify: true, namedExports: false },
  build: {
    outDir: path("../src/ohmstead/web/app"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    license: { fileName: "licenses.md" },
    // Few chunks, for each costs headers: what the first screen needs, the chart, what others share; a screen brings itself.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "app", test: opening() },
            { name: "chart", test: CHART },
            { name: "details", test: DETAILS },
          ],
        },
      },
    },
  },
  server: { fs: { allow: [path("..")] }, proxy: { "/api": { target: "http://127.0.0.1:8080", ws: true } } },
  test: { include: ["{src,plugins}/**/*.test.ts"] },
});
