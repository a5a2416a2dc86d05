import { Outlet, useRouterState } from "@tanstack/react-router";
import { Suspense } from "react";
import { useConnected } from "../api/useLive";
import styles from "./Frame.module.css";
import { Help } from "./Help";
import { Lost } from "./Lost";
import { Navigation } from "./Navigation";
import { Palette } from "./Palette";

/** The frame of all pages: navigation, the page, and what opens over it. */
export function Frame() {
  useConnected();
  const loading = useRouterState({ select: (state) => state.status === "pending" });
  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#page">
        Skip to the page
      </a>
      <div className={styles.loading} hidden={!loading} />
      <Navigation />
      <main id="page" className={styles.page} aria-busy={loading} tabIndex={-1}>
        <Lost />
        <Suspense>
          <Outlet />
        </Suspense>
      </main>
      <Palette />
      <Help />
    </div>
  );
}
