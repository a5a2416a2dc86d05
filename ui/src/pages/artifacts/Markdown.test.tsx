import { render } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { Markdown } from "./Markdown";

function read(text: string): HTMLElement {
  return render(<Markdown text={text} />).container;
}

describe("a text in Markdown", () => {
  test("becomes headings, lists, tables and code", () => {
    const text = read("# Rows\n\n- *one*\n- `two`\n\n|a|b|\n|-|-|\n|1|2|\n\n3. three");
    expect(text.querySelector("h3")?.textContent).toBe("Rows");
    expect([...text.querySelectorAll("li")].map((li) => li.innerHTML)).toEqual([
      "<em>one</em>",
      "<code>two</code>",
      "three",
    ]);
    expect([...text.querySelectorAll("td")].map((cell) => cell.textContent)).toEqual(["1", "2"]);
    expect(text.querySelector("ol")?.start).toBe(3);
  });

  test.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<iframe src='data:text/html,<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>here</a>",
    "<svg/onload=alert(1)>",
  ])("shows %s as text", (markup) => {
    const text = read(`before ${markup}`);
    expect(text.textContent).toContain(markup);
    expect(text.querySelector("script, img, iframe, a, svg")).toBeNull();
  });

  test.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "&#106;avascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//example.com",
  ])("follows no link to %s", (address) => {
    const text = read(`[here](<${address}>) ![there](<${address}>)`);
    expect(text.textContent).toContain("here");
    expect(text.querySelector("a[href], img")).toBeNull();
  });

  test("shows marks that turn letters around, wherever they stand", () => {
    const text = read("a\u202eb `c\u202ed`\n\n```\ne\u202ef\n```\n\n|g\u202eh|\n|-|\n|1|");
    for (const said of ["a⟨U+202E⟩b", "c⟨U+202E⟩d", "e⟨U+202E⟩f", "g⟨U+202E⟩h"]) {
      expect(text.textContent).toContain(said);
    }
    expect(text.textContent).not.toContain("\u202e");
  });

  test("leads to other places without telling them from where", () => {
    const text = read("<https://example.com/a> and [mail](mailto:a@example.com)");
    const links = [...text.querySelectorAll("a")];
    expect(links.map((link) => link.getAttribute("href"))).toEqual([
      "https://example.com/a",
      "mailto:a@example.com",
    ]);
    for (const link of links) expect(link.rel).toBe("noreferrer noopener");
  });

  test("shows images that it brings along, and links to others", () => {
    const text = read("![dot](data:image/gif;base64,R0lGOD) ![far](https://example.com/a.png)");
    expect([...text.querySelectorAll("img")].map(({ alt }) => alt)).toEqual(["dot"]);
    expect(text.querySelector("a")?.textContent).toBe("far");
  });

  test("is text where it is nested too deep to be read", () => {
    const deep = `${"> ".repeat(10_000)}bottom`;
    const text = read(deep);
    expect(text.querySelector("pre")?.textContent).toContain(deep);
  });

  test("is read as far as that is quick, and is text from there on", () => {
    const line = `a *word* and ${"more of them ".repeat(20)}\n`;
    const text = read(line.repeat(1_000));
    expect(text.querySelector("summary")?.textContent).toMatch(
      /^[0-9,]+ more characters, as text$/,
    );
    expect(text.querySelector("details pre")?.textContent).toContain(line);
  });
});
