/** `import sun from "icon:sun"` gives the shapes inside that lucide icon, without its frame. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Plugin } from "vite";

const require = createRequire(import.meta.url);

export function icons(): Plugin {
  return {
    name: "icons",
    enforce: "pre",
    resolveId: (id) =>
      id.startsWith("icon:") ? `${require.resolve(`lucide-static/icons/${id.slice(5)}.svg`)}?shapes` : null,
    async load(id) {
      if (!id.endsWith("?shapes")) return null;
      const file = await readFile(id.slice(0, -"?shapes".length), "utf8");
      const shapes = file.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").replace(/\s*\n\s*/g, "");
      return `export default ${JSON.stringify(shapes)}`;
    },
  };
}
