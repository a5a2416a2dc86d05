/** What a page says of itself to the navigation: `staticData: { entry: … }` of its route. */
export interface Entry {
  label: string;
  /** After `g`. */
  key: string;
  /** Entries stand in this order. */
  order: number;
  /** Of `/api/meta`; without it there is no such page. */
  capability?: string;
}

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    entry?: Entry;
  }
}
