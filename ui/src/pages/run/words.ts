/** `put-failed` of `s3.put-failed`: what happened. */
export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
