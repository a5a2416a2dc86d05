import { useIsFetching } from "@tanstack/react-query";
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
  const loading = useLoading();
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

/** Whether a page is on its way, or what was chosen on this one: until then it shows what was there before. */
function useLoading(): boolean {
  const going = useRouterState({ select: (state) => state.status === "pending" });
  const asked = useIsFetching({
    type: "active",
    predicate: ({ state }) => state.status === "pending",
  });
  return going || asked > 0;
}
