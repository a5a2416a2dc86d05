import { useRouter } from "@tanstack/react-router";
import type { ComponentProps, MouseEvent } from "react";
import { visible } from "../browser/visible";

interface Going extends Omit<ComponentProps<"a">, "href"> {
  /** An address of ours: `runPath(id)`. */
  to: string;
}

/** A link to a page of ours, often by a name that someone gave. It goes there without loading the application anew; who looks at it may soon go there. */
export function Go({ to, onClick, children, title, "aria-label": label, ...rest }: Going) {
  const router = useRouter();
  const preload = () => void router.preloadRoute({ to, href: to });
  const go = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || !isPlain(event)) return;
    event.preventDefault();
    void router.navigate({ href: to });
  };
  return (
    <a
      href={to}
      title={title && visible(title)}
      aria-label={label && visible(label)}
      onClick={go}
      onPointerEnter={preload}
      onFocus={preload}
      {...rest}
    >
      {typeof children === "string" ? visible(children) : children}
    </a>
  );
}

/** Whether the browser would open it here, and in no other tab or window. */
function isPlain(event: MouseEvent): boolean {
  const { button, metaKey, ctrlKey, shiftKey, altKey } = event;
  return button === 0 && !(metaKey || ctrlKey || shiftKey || altKey);
}
