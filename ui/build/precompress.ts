import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const SQUEEZED = /\.(css|html|js|svg|md)$/;

/** Write a gzipped copy beside each text file: the server hands it out as it is. */
export function precompress(): Plugin {
  let folder = "";
  return {
    name: "precompress",
    apply: "build",
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        if (SQUEEZED.test(name)) squeeze(join(folder, name));
      }
    },
  };
}

function squeeze(path: string): void {
  writeFileSync(
    `${path}.gz`,
    gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION }),
  );
}
