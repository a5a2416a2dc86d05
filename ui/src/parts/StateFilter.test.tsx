import { render } from "@testing-library/react";
import { expect, test } from "vitest";
import { PartlyCounted } from "./PartlyCounted";
import { StateFilter } from "./StateFilter";

const COUNTS = { types: { FAILED: 3, COMPLETED: 49_997 } };

test.each([
  [false, "Failed 3Completed 49,997"],
  [true, "Failed 3+Completed 49,997+"],
])("says of counts whether there may be more: %s", (partial, text) => {
  const shown = render(
    <StateFilter counts={{ ...COUNTS, partial }} chosen={undefined} onChoose={() => undefined} />,
  );
  expect(shown.container.querySelector("fieldset")?.textContent).toBe(`States${text}`);
});

test("says in words that the newest runs were counted alone", () => {
  const { container, rerender } = render(<PartlyCounted history={{ partial: true }} />);
  expect(container.textContent).toContain(
    "Of the newest 50,000 runs of this time; those before are not counted.",
  );
  rerender(<PartlyCounted history={{ partial: false }} />);
  expect(container.textContent).toBe("");
});
