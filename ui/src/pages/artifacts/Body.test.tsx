import { render, screen } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { Body } from "./Body";
import { tableOf } from "./table";

describe("a body", () => {
  test("shows markup as text", () => {
    const { container } = render(
      <Body kind="markdown" body={"# Hi <img src=x onerror=alert(1)>"} />,
    );
    expect(container.textContent).toContain("<img src=x");
    expect(container.querySelector("img")).toBeNull();
  });

  test("follows no link that would run a script", () => {
    render(<Body kind="link" body={{ link: "javascript:alert(1)", link_text: "here" }} />);
    expect(screen.queryByRole("link")).toBeNull();
  });

  test("leads to other places without telling them from where", () => {
    render(<Body kind="link" body={{ link: "https://example.com", link_text: "here" }} />);
    expect(screen.getByRole("link", { name: "here" }).getAttribute("rel")).toContain("noreferrer");
  });
});

describe("a table", () => {
  test.each([
    [
      "rows of names",
      [
        { a: 1, b: 2 },
        { a: 3, c: 4 },
      ],
      ["a", "b", "c"],
      [
        [1, 2, undefined],
        [3, undefined, 4],
      ],
    ],
    [
      "rows without names",
      [[1, 2], [3]],
      ["1", "2"],
      [
        [1, 2],
        [3, undefined],
      ],
    ],
    [
      "columns",
      { a: [1, 3], b: [2] },
      ["a", "b"],
      [
        [1, 2],
        [3, undefined],
      ],
    ],
    ["nonsense", 7, [], []],
  ])("may be given as %s", (_, body, titles, cells) => {
    const table = tableOf(body);
    expect(table.titles).toEqual(titles);
    expect(table.rows.map((row) => row.cells)).toEqual(cells);
  });
});
