import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { icons } from "./plugins/icons.ts";
import { precompress } from "./plugins/precompress.ts";

/** What the first screen needs; of the chargers' folder what the card of a charger is made of. */
const FIRST =
  /node_modules\/(svelte|lucide-static|clsx|esm-env)\/|\/src\/(app\.css|(api|state|words|parts)\/)|\/views\/(home\/|chargers\/(ChargerCard|Controls|Errors|Measured|ModeSwitch|Trouble|Waiting|Why|errors|phases|state)\.)/;

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  plugins: [icons(), svelte(), precompress()],
  resolve: { alias: { "@": path("./src"), "@texts": path("../src/ohmstead/texts") } },
  json: { stringify: true, namedExports: false },
  build: {
    outDir: path("../src/ohmstead/web/app"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    license: { fileName: "licenses.md" },
    // One chunk for what the first screen needs; the others bring only themselves.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "app", test: FIRST }] } } },
  },
  server: { fs: { allow: [path("..")] }, proxy: { "/api": { target: "http://127.0.0.1:8080", ws: true } } },
  test: { include: ["src/**/*.test.ts"] },
});
