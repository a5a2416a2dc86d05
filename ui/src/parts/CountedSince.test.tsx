import { render } from "@testing-library/react";
import { expect, test } from "vitest";
import { CountedSince } from "./CountedSince";

const since = "2026-11-01T00:00:00Z";

test("says from when on is counted where that is not all", () => {
  const reached = "2026-11-22T12:08:20.106211Z";
  const { container } = render(<CountedSince since={since} reached={reached} />);
  expect(container.querySelector("time")?.dateTime).toBe(reached);
  expect(container.textContent).toContain("too many events");
});

test("says nothing where all is counted", () => {
  const { container } = render(<CountedSince since={since} reached={since} />);
  expect(container.textContent).toBe("");
});
