/** Puts a .br and a .gz beside each text file of the build, so that a small gateway never compresses on request. */
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const TEXT = /\.(js|css|html|svg|json|webmanifest)$/;
const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };

export function precompress(): Plugin {
  let directory = "";
  return {
    name: "precompress",
    apply: "build",
    configResolved: (config) => void (directory = config.build.outDir),
    async closeBundle() {
      for (const name of await readdir(directory, { recursive: true })) {
        if (!TEXT.test(name)) continue;
        const file = join(directory, name);
        const plain = await readFile(file);
        await writeFile(`${file}.br`, brotliCompressSync(plain, brotli));
        await writeFile(`${file}.gz`, gzipSync(plain, { level: 9 }));
      }
    },
  };
}
