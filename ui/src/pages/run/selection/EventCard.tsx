import { useQuery } from "@tanstack/react-query";
import { Answer } from "../../../parts/Answer";
import { Card } from "../../../parts/Card";
import { EventDetail } from "../../../parts/EventDetail";
import { eventQuery } from "../queries";
import { CallFacts } from "./CallFacts";

/** An event, by its position in the log. */
export function EventCard({ position }: { position: number }) {
  const query = useQuery(eventQuery(position));
  return (
    <Card title={query.data?.event ?? "Event"}>
      <Answer query={query}>
        {(event) =>
          event ? (
            <>
              <CallFacts event={event} />
              <EventDetail event={event} />
            </>
          ) : (
            "The log does not have this event any more."
          )
        }
      </Answer>
    </Card>
  );
}
