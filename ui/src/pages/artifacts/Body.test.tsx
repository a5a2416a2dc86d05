import { render, screen } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { readJson } from "../../api/exact";
import { Body } from "./Body";
import { tableOf } from "./table";

describe("a body", () => {
  test("follows no link that would run a script", () => {
    render(<Body kind="link" body={{ link: "javascript:alert(1)", link_text: "here" }} />);
    expect(screen.queryByRole("link")).toBeNull();
  });

  test("leads to other places without telling them from where", () => {
    render(<Body kind="link" body={{ link: "https://example.com", link_text: "here" }} />);
    expect(screen.getByRole("link", { name: "here" }).getAttribute("rel")).toContain("noreferrer");
  });
});

describe("an image", () => {
  test.each(["data:image/png;base64,AA", "/api/chart.png", `${location.origin}/chart.png`])(
    "that is here is shown: %s",
    (body) => {
      render(<Body kind="image" body={body} />);
      expect(screen.getByRole("img").getAttribute("src")).toBe(body);
    },
  );

  test.each(["https://example.com/a.png", "//example.com/a.png", "data:text/html,x", "chart.png"])(
    "of another place is not loaded, and says why: %s",
    (body) => {
      const { container } = render(<Body kind="image" body={body} />);
      expect(screen.queryByRole("img")).toBeNull();
      expect(container.textContent).toContain("not loaded");
    },
  );
});

describe("a table", () => {
  test("shows marks that turn letters around, in titles and cells", () => {
    render(<Body kind="table" body={[{ "a\u202eb": "c\u2066d" }]} />);
    screen.getByRole("columnheader", { name: "a⟨U+202E⟩b" });
    screen.getByRole("cell", { name: "c⟨U+2066⟩d" });
  });

  test("of many rows is drawn as far as a browser can", () => {
    const body = Array.from({ length: 3_000 }, (_, row) => [row]);
    const { container } = render(<Body kind="table" body={body} />);
    // By tag: by role, the style of each row and of all around it would be computed, for seconds.
    expect(container.querySelectorAll("tr")).toHaveLength(1_001);
    screen.getByText("The first 1,000 of 3,000 rows.");
  });

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

  test("shows numbers that the browser would write otherwise as they are", () => {
    render(<Body kind="table" body={readJson("[1.5, 1.0, 1234567890123456789]")} />);
    const cells = screen.getAllByRole("cell").map(({ textContent }) => textContent);
    expect(cells).toEqual(["1.5", "1.0", "1234567890123456789"]);
  });
});
