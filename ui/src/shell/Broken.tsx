import { useQueryClient } from "@tanstack/react-query";
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { useEffect, useEffectEvent } from "react";
import { ApiError } from "../api/error";
import { answers } from "../api/meta";
import { useTitle } from "../browser/useTitle";
import { Problem } from "../parts/Problem";
import styles from "./Broken.module.css";

/** Shown where nothing could be, not even the navigation. */
export function Broken(props: ErrorComponentProps) {
  return (
    <main className={styles.broken}>
      <BrokenPage {...props} />
    </main>
  );
}

const TITLE = "This page cannot be shown";

/** Shown where a page could not be: what the API said, or that the fault is ours. */
export function BrokenPage({ error }: ErrorComponentProps) {
  const router = useRouter();
  const queryClient = useQueryClient();
  const again = async () => {
    await queryClient.resetQueries();
    await router.invalidate();
  };
  useTitle(TITLE);
  useReturn(error instanceof ApiError && error.passing, again);
  return (
    <>
      <h1>{TITLE}</h1>
      <Problem error={error instanceof ApiError ? error : ours(error)} retry={again} />
      {error instanceof ApiError && error.code === "forbidden" && (
        <p>
          <Link to="/login" search={{ to: router.state.location.href }}>
            Log in with another key
          </Link>
        </p>
      )}
    </>
  );
}

const LOOK_MS = 1_000;

/** Try again by itself once the server answers. */
function useReturn(waiting: boolean, again: () => void): void {
  const go = useEffectEvent(again);
  useEffect(() => {
    if (!waiting) return;
    let next: ReturnType<typeof setTimeout>;
    let gone = false;
    const look = async () => {
      if (await answers()) go();
      if (!gone) next = setTimeout(look, LOOK_MS);
    };
    next = setTimeout(look, LOOK_MS);
    return () => {
      gone = true;
      clearTimeout(next);
    };
  }, [waiting]);
}

function ours(error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return new Error(`The page itself failed: ${reason}. Loading it again may help.`);
}
