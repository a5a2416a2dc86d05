import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { precompress } from "./build/precompress.ts";

/** Where `npm run dev` finds the API. */
const SERVER = process.env.PENINSULA_API_URL ?? "http://127.0.0.1:4747";

/** With what pages ask: a page that is opened by its address asks before it has come itself. */
const SHARED = new RegExp(
  [
    "/src/(main|router)\\.",
    "/src/(api|browser|parts|shell)/",
    "/src/pages/\\w+/(route|queries)\\.",
    "/node_modules/(react|react-dom|scheduler|@tanstack|openapi-fetch)/",
  ].join("|"),
);

export default defineConfig({
  plugins: [react(), precompress()],
  server: { proxy: { "/api": SERVER } },
  build: {
    // Into the Python package; git ignores it there.
    outDir: "../src/peninsula/server/static",
    emptyOutDir: true,
    target: "es2023",
    // Nothing stands in the text itself: the policy of the pages refuses it.
    assetsInlineLimit: 0,
    license: { fileName: "licenses.md" },
    modulePreload: { polyfill: false },
    // Few requests: one style sheet, what begins and what all pages share in one piece, and each page's own.
    cssCodeSplit: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      output: { codeSplitting: { groups: [{ name: "shared", test: SHARED }] } },
    },
  },
});
