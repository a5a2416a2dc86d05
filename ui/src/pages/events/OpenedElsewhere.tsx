import { useQuery } from "@tanstack/react-query";
import type { LoggedEvent } from "../../api/types";
import { EventDetail } from "../../parts/EventDetail";
import { Problem } from "../../parts/Problem";
import { eventQuery } from "./queries";

interface Opened {
  open: string | undefined;
  rows: readonly LoggedEvent[];
}

/** The event that is open where the list does not have it: the address may say any. */
export function OpenedElsewhere({ open, rows }: Opened) {
  if (open === undefined || rows.some(({ id }) => id === open)) return null;
  return <Elsewhere id={open} />;
}

function Elsewhere({ id }: { id: string }) {
  const { data, error } = useQuery(eventQuery(id));
  if (error !== null) return <Problem error={error} />;
  return data === undefined ? null : <EventDetail event={data} />;
}
