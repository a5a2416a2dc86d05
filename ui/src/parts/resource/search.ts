/** What an address says of the history of a resource. */
import { type Address, oneOf, text } from "../../browser/address";
import { SPANS, type Span } from "../spans";

export interface HistorySearch {
  /** How far back; a week if it is not said. */
  span?: Span;
  /** Of the runs: those that failed only. */
  failed?: "yes";
  /** The event that is open. */
  open?: string;
}

export function historySearch(search: Address): HistorySearch {
  return {
    span: oneOf(SPANS, search.span),
    failed: oneOf(["yes"], search.failed),
    open: text(search.open),
  };
}
