import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "./style/tokens.css";
import "./style/base.css";
import "./style/tones.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { isUnauthenticated } from "./api/error";
import { live } from "./api/live";
import { createQueryClient } from "./api/queries";
import { mendAddress } from "./browser/address";
import { listenToKeys } from "./browser/keyboard";
import { dressDocument } from "./browser/theme";
import { createPages } from "./router";

const queryClient = createQueryClient((problem, { queryKey: [what] }) => {
  // Who asks for the session or what the server is finds out by itself.
  if (isUnauthenticated(problem) && what !== "session" && what !== "meta") toLogin();
});
mendAddress();
const router = createPages(queryClient);

function toLogin(): void {
  queryClient.removeQueries({ queryKey: ["session"] });
  // The frame looks for a session, and goes to the login page without one.
  void router.invalidate();
}

live.onLoggedOut = toLogin;
// What could not be asked while the server was away; the stream brings the rest.
live.onReturn = () =>
  void queryClient.refetchQueries({
    type: "active",
    predicate: ({ state }) => state.error !== null,
  });
live.onOtherLog = () => void queryClient.invalidateQueries();
const see = () => live.see(document.visibilityState === "visible");
document.addEventListener("visibilitychange", see);
see();
dressDocument();
listenToKeys();

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root.");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
