/** The structs of the API by their names; `schema.d.ts` is made from the server's own document. */
import type { components } from "./schema";

export type Schemas = components["schemas"];

export type Artifact = Schemas["Artifact"];
export type Backfilled = Schemas["Backfilled"];
export type Block = Schemas["BlockDocument"];
export type BlockActivity = Schemas["BlockActivity"];
export type BlockType = Schemas["BlockType"];
export type BlockUse = Schemas["BlockUse"];
export type Counted = Schemas["Counted"];
export type Deployment = Schemas["Deployment"];
export type FailedRun = Schemas["FailedRun"];
export type FailureGroup = Schemas["FailureGroup"];
export type Flow = Schemas["Flow"];
export type FlowDetail = Schemas["FlowDetail"];
export type Grid = Schemas["Grid"];
export type GridSystem = Schemas["GridSystem"];
export type GridTask = Schemas["GridTask"];
export type History = Schemas["History"];
export type LoggedEvent = Schemas["LoggedEvent"];
export type Map = Schemas["Map"];
export type MapEdge = Schemas["MapEdge"];
export type MapNode = Schemas["MapNode"];
export type Meta = Schemas["Meta"];
export type Overview = Schemas["Overview"];
export type ResourceEntry = Schemas["ResourceEntry"];
export type Run = Schemas["Run"];
export type RunCounts = Schemas["RunCounts"];
export type RunEvents = Schemas["RunEvents"];
export type RunLines = Schemas["RunLines"];
export type RunSummary = Schemas["RunSummary"];
export type Schedule = Schemas["Schedule"];
export type Session = Schemas["Session"];
export type StateType = Schemas["StateType"];
export type Suspect = Schemas["Suspect"];
export type SystemUse = Schemas["SystemUse"];
export type Timeline = Schemas["Timeline"];
export type Variable = Schemas["Variable"];
export type Why = Schemas["Why"];
export type Worker = Schemas["Worker"];
export type WorkPool = Schemas["WorkPool"];
export type WorkQueue = Schemas["WorkQueue"];

/** Flow runs and task runs are asked for at addresses of their own. */
export type RunRef = Pick<Run, "id" | "kind">;

/** Some of many: what every list answers. */
export interface Page<T> {
  items: T[];
  next: string | null;
  partial: boolean;
}
