import { render } from "@testing-library/react";
import { expect, test } from "vitest";
import { Ansi } from "./Ansi";

test("a line shows marks that turn letters around, and finds what stands beside them", () => {
  const { container } = render(<Ansi text={"read \u202egpj.exe"} find="gpj" />);
  expect(container.textContent).toBe("read ⟨U+202E⟩gpj.exe");
  expect(container.querySelector("mark")?.textContent).toBe("gpj");
});
