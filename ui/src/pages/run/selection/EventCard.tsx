import { useQuery } from "@tanstack/react-query";
import { Answer } from "../../../parts/Answer";
import { Card } from "../../../parts/Card";
import { EventDetail } from "../../../parts/EventDetail";
import { nameIn, type Runs } from "../data/runs";
import { eventQuery } from "../queries";
import { CallFacts } from "./CallFacts";

/** An event, by its position in the log. */
export function EventCard({ position, runs }: { position: number; runs: Runs }) {
  const query = useQuery(eventQuery(position));
  return (
    <Card title={query.data?.event ?? "Event"}>
      <Answer query={query}>
        {(event) =>
          event ? (
            <>
              <CallFacts event={event} />
              <EventDetail event={event} nameOf={(run) => nameIn(runs, run)} />
            </>
          ) : (
            "The log does not have this event any more."
          )
        }
      </Answer>
    </Card>
  );
}
