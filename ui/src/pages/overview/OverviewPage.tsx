import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { answered, api } from "../../api/client";
import type { Overview } from "../../api/types";
import { useRefreshed } from "../../api/useRefreshed";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { Choice } from "../../parts/Choice";
import { Empty } from "../../parts/Empty";
import { Icon } from "../../parts/Icon";
import { PageHead } from "../../parts/PageHead";
import { windowOf } from "../../parts/spans";
import { useStops } from "../../parts/useStops";
import { Failing } from "./Failing";
import { Late, Next, Running } from "./Lists";
import styles from "./OverviewPage.module.css";
import { Strip } from "./Strip";
import { SPANS, SPOKEN, type Span } from "./spans";
import { verdicts } from "./verdict";

const route = getRouteApi("/frame/");

/** Whether anything is wrong, and why. */
export function OverviewPage() {
  useTitle("Overview");
  useStops();
  const { span = "24h" } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useOverview(span);
  return (
    <>
      <PageHead
        title="Overview"
        actions={
          <Choice
            label="Time"
            choices={SPANS}
            value={span}
            onChoose={(span) => navigate({ search: { span } })}
          />
        }
      >
        {query.data && <Verdicts overview={query.data} />}
      </PageHead>
      <Answer query={query}>
        {(overview) =>
          isEmpty(overview) ? <Nothing span={span} /> : <Content overview={overview} span={span} />
        }
      </Answer>
    </>
  );
}

function useOverview(span: Span) {
  const queryKey = ["overview", span];
  useRefreshed(queryKey, { name: ["peninsula.flow-run.*"] });
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => {
      const { since, until, step } = windowOf(span, new Date());
      const query = { after: since.toISOString(), before: until.toISOString(), step };
      return answered(api.GET("/api/overview", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    // Its time goes on without an event.
    refetchInterval: 30_000,
  });
}

function Verdicts({ overview }: { overview: Overview }) {
  return (
    <p className={styles.verdicts} role="status">
      {verdicts(overview).map(({ tone, icon, text }) => (
        <span key={text} data-tone={tone}>
          <Icon name={icon} size={14} /> {text}
        </span>
      ))}
    </p>
  );
}

function Content({ overview, span }: { overview: Overview; span: Span }) {
  return (
    <div className={styles.content}>
      <Failing groups={overview.failing} partial={overview.failing_partial} span={span} />
      <Strip history={overview.history} span={span} />
      <div className={styles.lists}>
        <Running overview={overview} />
        <Late overview={overview} />
        <Next overview={overview} />
      </div>
    </div>
  );
}

function isEmpty({ history, running, late, next }: Overview): boolean {
  return [history.buckets, running, late, next].every((some) => some.length === 0);
}

function Nothing({ span }: { span: Span }) {
  return (
    <Empty
      title={`No flow ran in the last ${SPOKEN[span]}.`}
      command="peninsula run flow.py:nightly"
    >
      A flow is a function with <code>@flow</code> before it: run its file and it appears here. Or
      look at three weeks of somebody else's with <code>peninsula demo</code>.
    </Empty>
  );
}
