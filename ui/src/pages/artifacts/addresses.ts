/** Which addresses of artifacts are followed, and which images are shown. */

const FOLLOWED = new Set(["http:", "https:", "mailto:"]);
const IMAGE = /^data:image\//i;

/** Whether a link may lead there. Anything else, `javascript:` above all, is shown as text. */
export function isFollowed(address: string): boolean {
  // Read as the browser would: blanks, line breaks and capitals hide a scheme from a pattern.
  return URL.canParse(address) && FOLLOWED.has(new URL(address).protocol);
}

/** Whether the policy of the pages loads that image: it stands there itself, or is of this server. */
export function isShown(address: string): boolean {
  if (IMAGE.test(address)) return true;
  // From the root: what is relative to the page of the artifact is nowhere.
  const { origin } = location;
  if (!/^(\/|https?:)/i.test(address) || !URL.canParse(address, origin)) return false;
  return new URL(address, origin).origin === origin;
}
