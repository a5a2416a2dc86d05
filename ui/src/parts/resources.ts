/** What resources are called, and where their pages are. */
import { visible } from "../browser/visible";

const UUID = /^[0-9a-f-]{36}$/;
const RUN = /^peninsula\.(flow-run|task-run)\.([0-9a-f-]{36})$/;
const BLOCK = /^peninsula\.block-document\.([0-9a-f-]{36})$/;
const DEPLOYMENT = /^peninsula\.deployment\.([0-9a-f-]{36})$/;
const OWN = /^peninsula\.([a-z-]+)\.(.+)$/;
const TAIL = 8;

/** Whether it looks like the uuid of something: what is typed into an address may not. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The uuid of a run's resource, null for any other. */
export function runOf(id: string): string | null {
  return RUN.exec(id)?.[2] ?? null;
}

/** The uuid of a block's resource, null for any other. */
export function blockOf(id: string): string | null {
  return BLOCK.exec(id)?.[1] ?? null;
}

/** The uuid of a deployment's resource, null for any other. */
export function deploymentOf(id: string): string | null {
  return DEPLOYMENT.exec(id)?.[1] ?? null;
}

/** The resource of a block. */
export function resourceOfBlock(block: string): string {
  return `peninsula.block-document.${block}`;
}

/** Its name, else its id, of ours a short one: `task-run …046d1954`. */
export function labelOf({ id, name }: { id: string; name?: string | null | undefined }): string {
  if (name) return visible(name);
  const own = OWN.exec(id);
  if (own === null) return visible(id);
  const [, kind = "", rest = ""] = own;
  return rest.length > TAIL ? `${kind} …${rest.slice(-TAIL)}` : `${kind} ${rest}`;
}

/** Whether it is outside: an address of anything, and not of ours. */
export function isExternal(id: string): boolean {
  return !id.startsWith("peninsula.");
}
