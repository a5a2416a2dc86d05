import { Empty } from "../../parts/Empty";

/** Nothing in this time: of this kind, or at all. */
export function NoEvents({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <Empty title="No event of this time is like that.">
        Ask for less, or choose a longer time.
      </Empty>
    );
  }
  return (
    <Empty title="Nothing happened in this time." command="peninsula demo">
      Flows tell what happens while they run, and so do the systems they use. Run one, or look at
      the demo.
    </Empty>
  );
}
