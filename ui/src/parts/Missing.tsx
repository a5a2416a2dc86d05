import { Empty } from "./Empty";

interface Sought {
  /** What is not there: "flow run". */
  what: string;
  error: Error;
  /** Lists those that are. */
  command: string;
}

/** A page of something that is not there: why, and how to find what is. */
export function Missing({ what, error, command }: Sought) {
  return (
    <>
      <h1>No such {what}</h1>
      <Empty title={error.message} command={command} />
    </>
  );
}
