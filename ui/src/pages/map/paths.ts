/** How the edges of the map run: from the border of one card to that of another, behind none. */
import type { MapEdge } from "../../api/types";
import { COLUMN, LEFT, type Placed, ROW, WIDTH } from "./layout";

interface Point {
  x: number;
  y: number;
}

/** An edge as SVG draws it: between tiers from side to side, within one a bow beside it. */
export function pathOf(
  placed: Placed,
  { source, target }: Pick<MapEdge, "source" | "target">,
): string {
  const [from, to] = [placed.left(source), placed.left(target)];
  const start = side(placed, source, from <= to);
  const end = side(placed, target, from >= to);
  const begun = `M${written(start)}`;
  if (from === to) return begun + bow(start, end);
  const beyond = Math.min(from, to) < LEFT.task && LEFT.task < Math.max(from, to);
  const gap = beyond ? nearest(placed.gaps, (start.y + end.y) / 2) : undefined;
  if (gap === undefined) return begun + curve(start, end);
  const sides = [LEFT.task, LEFT.task + COLUMN].map((left) => ({ x: left * WIDTH, y: gap }));
  const [first, last] = (from < to ? sides : sides.reverse()) as [Point, Point];
  return `${begun}${curve(start, first)}L${written(last)}${curve(last, end)}`;
}

/** The middle of a card's border, on the right or on the left. */
function side({ left, top }: Placed, node: number, right: boolean): Point {
  return { x: (left(node) + (right ? COLUMN : 0)) * WIDTH, y: top(node) + ROW / 2 };
}

function curve(from: Point, to: Point): string {
  const middle = (from.x + to.x) / 2;
  return `C${written({ x: middle, y: from.y })} ${written({ x: middle, y: to.y })} ${written(to)}`;
}

function bow(from: Point, to: Point): string {
  const x = from.x + 24 + Math.min(56, Math.abs(to.y - from.y) / 6);
  return `C${written({ x, y: from.y })} ${written({ x, y: to.y })} ${written(to)}`;
}

/** Of lines that go down the one that is nearest. */
function nearest(lines: readonly number[], y: number): number | undefined {
  const below = lines.findIndex((line) => line >= y);
  if (below <= 0) return below === 0 ? lines[0] : lines.at(-1);
  const [above, under] = [lines[below - 1] as number, lines[below] as number];
  return y - above < under - y ? above : under;
}

/** In whole numbers, which are written and read the fastest: nobody sees half a pixel of a curve. */
function written({ x, y }: Point): string {
  return `${Math.round(x)} ${Math.round(y)}`;
}
