/** Text in which what is typed stands between backticks, as in docstrings. */
export function Ticked({ text }: { text: string }) {
  return text.split("`").map((part, place) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place
    place % 2 === 1 ? <code key={place}>{part}</code> : part,
  );
}
