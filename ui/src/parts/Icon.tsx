/** Small pictures, drawn with the colour of the text around them. A word always stands beside. */
import { FILLED, type IconName, SHAPES } from "./icons";

export function Icon({ name, size = 12 }: { name: IconName; size?: number }) {
  const paint = FILLED.has(name)
    ? { fill: "currentColor" }
    : { stroke: "currentColor", fill: "none" };
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      {...paint}
    >
      <path d={SHAPES[name]} />
    </svg>
  );
}
