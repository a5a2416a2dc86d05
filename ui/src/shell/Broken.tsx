import { useQueryClient } from "@tanstack/react-query";
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { ApiError } from "../api/error";
import { Problem } from "../parts/Problem";
import styles from "./Broken.module.css";

/** Shown where a page could not be: what the API said, or that the fault is ours. */
export function Broken({ error }: ErrorComponentProps) {
  const router = useRouter();
  const queryClient = useQueryClient();
  const again = async () => {
    await queryClient.resetQueries();
    await router.invalidate();
  };
  return (
    <main className={styles.broken}>
      <h1>This page cannot be shown</h1>
      <Problem error={error instanceof ApiError ? error : ours(error)} retry={again} />
    </main>
  );
}

function ours(error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return new Error(`The page itself failed: ${reason}. Loading it again may help.`);
}
