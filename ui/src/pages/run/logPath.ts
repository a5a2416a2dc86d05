/** Where all that a flow run logged can be had as text. */
export function logPath(id: string): string {
  return `/api/flow-runs/${id}/logs.txt`;
}
