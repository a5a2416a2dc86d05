/** The id that a path says, whether or not a proxy has joined the slashes of `s3://lake`. */
export function resourceOf(first: string, rest: string): string {
  return rest === "" ? first : `${first}//${rest.replace(/^\/+/, "")}`;
}
