/** Where things have their pages. Whoever adds a page for a kind of thing says it here. */
import { writeAddress } from "../browser/address";
import { blockOf, deploymentOf } from "./resources";

interface InRun {
  /** The run below it that is selected. */
  sel?: string;
  /** What its rows are narrowed to. */
  q?: string;
}

export function runPath(id: string, within: InRun = {}): string {
  return `/runs/${id}${writeAddress({ ...within })}`;
}

export function flowPath(name: string): string {
  // Of a path, browsers take dots as a way up, and proxies may decode a slash.
  if (/^\.{1,2}$|[/\\]/.test(name)) return `/flow${writeAddress({ name })}`;
  return `/flows/${encodeURIComponent(name)}`;
}

export function resourcePath(id: string): string {
  const [block, deployment] = [blockOf(id), deploymentOf(id)];
  if (block !== null) return blockPath(block);
  return deployment === null ? `/resource${writeAddress({ id })}` : deploymentPath(deployment);
}

export function deploymentPath(id: string): string {
  return `/deployments/${id}`;
}

export function blockPath(id: string): string {
  return `/blocks/${id}`;
}

export function poolPath(name: string): string {
  return `/work-pools/${encodeURIComponent(name)}`;
}

export function artifactPath(id: string): string {
  return `/artifacts/${id}`;
}

export function eventPath(id: string): string {
  return `/events${writeAddress({ open: id })}`;
}

export function variablePath(name: string): string {
  return `/variables${writeAddress({ q: name })}`;
}
