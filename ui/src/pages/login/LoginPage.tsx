import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useEffect, useEffectEvent } from "react";
import { ApiError } from "../../api/error";
import { logIn, sessionQuery } from "../../api/session";
import { useTitle } from "../../browser/useTitle";
import { Command } from "../../parts/Command";
import { Problem } from "../../parts/Problem";
import styles from "./LoginPage.module.css";

const route = getRouteApi("/login");

/** Begin a session by a key; `peninsula server open` brings it along behind the #. */
export function LoginPage() {
  useTitle("Log in");
  const login = useLogin();
  const enter = useEffectEvent((key: string) => login.mutate(key));
  useEffect(() => {
    const key = new URLSearchParams(location.hash.slice(1)).get("key");
    if (key === null) return;
    // Neither the address bar nor the history keeps it.
    history.replaceState(history.state, "", location.pathname + location.search);
    enter(key);
  }, []);
  return (
    <main className={styles.login}>
      <h1>Log in to Peninsula</h1>
      <form action={(form) => login.mutate(String(form.get("key")).trim())}>
        <label htmlFor="key">API key</label>
        <input
          id="key"
          name="key"
          type="password"
          autoComplete="current-password"
          // biome-ignore lint/a11y/noAutofocus: the page asks for this and for nothing else
          autoFocus
          required
        />
        <button type="submit" disabled={login.isPending}>
          Log in
        </button>
      </form>
      {login.error && <Problem error={saidHere(login.error)} />}
      <p className="muted">On the server's own machine this opens the pages, logged in:</p>
      <Command text="peninsula server open" />
      <p className="muted">Elsewhere, an admin makes a key:</p>
      <Command text="peninsula key create browser --scope read --scope work" />
    </main>
  );
}

/** What the API says of a key that it refuses is for programs: here another one is typed. */
function saidHere(error: Error): Error {
  const said = error instanceof ApiError && SAID[error.code];
  return said
    ? new ApiError({ code: error.code, message: `${said} Take one of those below.` })
    : error;
}

const SAID: Partial<Record<string, string>> = {
  unauthenticated:
    "The API key is not known here: it was removed, has expired, or is another server's.",
  forbidden: "This API key may not read, so no page would show it anything.",
};

function useLogin() {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { to } = route.useSearch();
  return useMutation({
    mutationFn: logIn,
    onSuccess: async (session) => {
      queryClient.clear();
      queryClient.setQueryData(sessionQuery.queryKey, session);
      await navigate({ href: to ?? "/", replace: true });
    },
  });
}
