import type { ReactNode } from "react";
import { visible } from "../../browser/visible";
import { isFollowed, isShown } from "./addresses";

/** Characters of an address that is not followed: one may hold a whole document. */
const MOST_SAID = 200;

/** A link out of the pages; an address that is not followed is shown as text. */
export function Outside({ address, children }: { address: string; children?: ReactNode }) {
  if (!isFollowed(address)) {
    return (
      <>
        {children} <code>{visible(address.slice(0, MOST_SAID))}</code>
      </>
    );
  }
  return (
    <a href={address} rel="noreferrer noopener" target="_blank">
      {children ?? visible(address)}
    </a>
  );
}

/** An image; one of another place is a link, as loading it would tell that place who looks. */
export function Image({ address, text }: { address: string; text?: string }) {
  if (isShown(address)) return <img src={address} alt={text ?? "Image"} />;
  return (
    <>
      <Outside address={address}>{text || undefined}</Outside>{" "}
      <span className="muted">(an image of another place, which is not loaded from here)</span>
    </>
  );
}
