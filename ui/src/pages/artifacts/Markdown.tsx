import MarkdownIt, { type Token } from "markdown-it";
import { createElement, Fragment, type ReactNode } from "react";
import { visible } from "../../browser/visible";
import { whole } from "../../parts/numbers";
import styles from "./Markdown.module.css";
import { Image, Outside } from "./Outside";

/** Markup in the text stays text; which addresses are followed is decided where they are shown. */
const reader = new MarkdownIt({ html: false, linkify: true });
reader.validateLink = () => true;

/** Characters that are read: what takes longest to read takes half a second then. */
const MOST_READ = 50_000;
/** Headings on the page above the text: its title, and that of the card. */
const ABOVE = 2;
const SMALLEST = 6;

/** Markdown of a user's program, as elements: nothing in it runs, and nothing is loaded. */
export function Markdown({ text }: { text: string }) {
  const end = text.length <= MOST_READ ? text.length : endOfLine(text);
  const tokens = reader.parse(text.slice(0, end), {});
  // Deeper, the reader leaves things out.
  if (tokens.some(({ level }) => level >= reader.options.maxNesting - 1)) {
    return <pre className={styles.plain}>{visible(text)}</pre>;
  }
  return (
    <div className={styles.text}>
      {elementsOf(tokens)}
      {end < text.length && <Rest text={text.slice(end)} />}
    </div>
  );
}

function endOfLine(text: string): number {
  const line = text.lastIndexOf("\n", MOST_READ);
  return line > 0 ? line : MOST_READ;
}

function Rest({ text }: { text: string }) {
  return (
    <details>
      <summary>{whole(text.length)} more characters, as text</summary>
      <pre className={styles.plain}>{visible(text)}</pre>
    </details>
  );
}

interface Open {
  token: Token;
  children: ReactNode[];
}

/** Tokens open and close; what stands between them is what the element holds. */
function elementsOf(tokens: Token[]): ReactNode[] {
  const all: ReactNode[] = [];
  const open: Open[] = [];
  for (const [key, token] of tokens.entries()) {
    if (token.nesting === 1) {
      open.push({ token, children: [] });
    } else {
      const done = token.nesting === 0 ? { token, children: [] } : open.pop();
      const outer = open.at(-1)?.children ?? all;
      if (done) outer.push(<Fragment key={key}>{shownOf(done)}</Fragment>);
    }
  }
  return all;
}

function shownOf({ token, children }: Open): ReactNode {
  switch (token.type) {
    case "inline":
      return elementsOf(token.children ?? []);
    case "code_inline":
      return <code>{visible(token.content)}</code>;
    case "code_block":
    case "fence":
      return <pre>{visible(token.content)}</pre>;
    case "hr":
      return <hr />;
    case "hardbreak":
      return <br />;
    case "softbreak":
      return "\n";
    case "image":
      return <Image address={attribute(token, "src")} text={visible(token.content)} />;
    case "link_open":
      return <Outside address={attribute(token, "href")}>{children}</Outside>;
    default:
      return token.nesting === 0 ? visible(token.content) : elementOf(token, children);
  }
}

function attribute(token: Token, name: string): string {
  return String(token.attrGet(name) ?? "");
}

function elementOf(token: Token, children: ReactNode[]): ReactNode {
  // A paragraph of an item in a list without blank lines.
  if (token.hidden) return children;
  const level = /^h([1-6])$/.exec(token.tag)?.[1];
  if (level !== undefined) {
    return createElement(`h${Math.min(Number(level) + ABOVE, SMALLEST)}`, null, children);
  }
  const start = token.attrGet("start");
  return createElement(token.tag, start === null ? null : { start: Number(start) }, children);
}
