import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { metaQuery } from "../../api/meta";
import { logOut, sessionQuery } from "../../api/session";
import { usePreference } from "../../browser/preference";
import { THEME } from "../../browser/theme";
import { useTitle } from "../../browser/useTitle";
import { ZONE } from "../../browser/zone";
import { Answer } from "../../parts/Answer";
import { Card } from "../../parts/Card";
import { Choice } from "../../parts/Choice";
import { Facts } from "../../parts/Facts";
import { PageHead } from "../../parts/PageHead";
import { Time } from "../../parts/Time";
import styles from "./AboutPage.module.css";

/** What this browser shows, who looks, and what the server is. */
export function AboutPage() {
  useTitle("Settings");
  return (
    <>
      <PageHead title="Settings" />
      <div className={styles.cards}>
        <ThisBrowser />
        <You />
        <Server />
      </div>
    </>
  );
}

function ThisBrowser() {
  const [theme, setTheme] = usePreference(THEME);
  const [zone, setZone] = usePreference(ZONE);
  return (
    <Card title="This browser">
      <Facts
        facts={[
          [
            "Theme",
            <Choice
              key="t"
              label="Theme of the pages"
              choices={THEME.choices}
              value={theme}
              onChoose={setTheme}
            />,
          ],
          [
            "Time zone",
            <Choice
              key="z"
              label="Zone of the pages"
              choices={ZONE.choices}
              value={zone}
              onChoose={setZone}
            />,
          ],
        ]}
      />
    </Card>
  );
}

function You() {
  const session = useQuery(sessionQuery);
  const queryClient = useQueryClient();
  const router = useRouter();
  const leave = async () => {
    await logOut();
    queryClient.clear();
    await router.invalidate();
  };
  return (
    <Card title="You">
      <Answer query={session}>
        {({ name, scopes, expires, csrf }) => (
          <>
            <Facts
              facts={[
                ["Name", name],
                ["May", scopes.join(", ")],
                ["Until", expires && <Time at={expires} />],
              ]}
            />
            {csrf && (
              <button type="button" onClick={leave}>
                Log out
              </button>
            )}
          </>
        )}
      </Answer>
    </Card>
  );
}

function Server() {
  return (
    <Card title="Server">
      <Answer query={useQuery(metaQuery)}>
        {({ version, log_id, protocol, capabilities }) => (
          <Facts
            facts={[
              ["Version", version],
              ["Log", <code key="log">{log_id}</code>],
              ["Protocol", protocol],
              ["Can do", capabilities.join(", ")],
              [
                "API",
                <a key="api" href="/api/openapi.json">
                  openapi.json
                </a>,
              ],
              [
                "Licences",
                <a key="licences" href="/licenses.md">
                  of what the pages are made of
                </a>,
              ],
            ]}
          />
        )}
      </Answer>
    </Card>
  );
}
