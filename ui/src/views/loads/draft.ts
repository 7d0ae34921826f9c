/** What an installer is changing: the configuration that holds and the one that is wanted in, what differs out. */
import type { Box, GatewayKind, Load, LoadBody, LoadConfiguration, LoadPoint } from "@/api/types.ts";

export type Draft = Pick<LoadBody, "loads" | "gateways" | "boxes" | "max_current_a">;

const MOST_POINTS = 28;
const POINTS = { hub: 4, core: 3 } as const;

/** A draft that changes nothing yet. */
export function drafted(held: LoadConfiguration): Draft {
  const { loads, gateways, boxes, max_current_a } = held;
  return { loads, gateways, boxes, max_current_a };
}

export const body = (held: LoadConfiguration, draft: Draft): LoadBody => ({ based_on: held.version.number, ...draft });

/** How many loads, boxes and other things are otherwise than they are. */
export function changes(held: LoadConfiguration, draft: Draft): number {
  const parts = ["loads", "gateways", "boxes"] as const;
  const differing = parts.map((part) => {
    const before: Record<string, unknown> = held[part];
    const after: Record<string, unknown> = draft[part] ?? {};
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !same(before[key], after[key])).length;
  });
  return differing.reduce((sum, each) => sum + each, 0) + (held.max_current_a === draft.max_current_a ? 0 : 1);
}

export const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

export function withLoad(draft: Draft, key: string, load: Load | null): Draft {
  const loads = { ...draft.loads };
  if (load) loads[key] = load;
  else delete loads[key];
  return { ...draft, loads };
}

export function withBox(draft: Draft, key: string, box: Box): Draft {
  return { ...draft, boxes: { ...draft.boxes, [key]: box } };
}

/** The gateway of a box is a matter of that box alone here. */
export function withGateway(draft: Draft, box: string, kind: GatewayKind | null): Draft {
  const before = draft.boxes?.[box];
  if (!before) return draft;
  const name = before.gateway ?? free(`gateway-${box}`, Object.keys(draft.gateways ?? {}));
  const gateways = { ...draft.gateways };
  if (kind) gateways[name] = { ...(gateways[name] ?? {}), kind };
  else delete gateways[name];
  return withBox({ ...draft, gateways }, box, { ...before, gateway: kind ? name : null });
}

/** How many points a box has: those of its hubs and cores, or all that one can have. */
export function capacity(box: Box): number {
  const parts = box.parts ?? [];
  return parts.length ? Math.min(MOST_POINTS, counted(box)) : MOST_POINTS;
}

/** How many points its hubs and cores count on the bus, used or not. */
export const counted = (box: Box): number => (box.parts ?? []).reduce((sum, { kind }) => sum + POINTS[kind], 0);

/** Which load has each point of a box. */
export function owners(draft: Draft, box: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const [key, load] of Object.entries(draft.loads)) {
    if (load.box === box) for (const { number } of load.points) if (!found.has(number)) found.set(number, key);
  }
  return found;
}

/** The first point of a box that nobody has. */
export function freePoint(draft: Draft, box: string): number {
  const taken = owners(draft, box);
  const most = draft.boxes?.[box] ? capacity(draft.boxes[box]) : MOST_POINTS;
  for (let number = 1; number <= most; number += 1) if (!taken.has(number)) return number;
  return most + 1;
}

/** One point more, on the next phase in order (EM-095). */
export function morePoints(draft: Draft, load: Load, phases: readonly NonNullable<LoadPoint["phase"]>[]): LoadPoint[] {
  const used = new Set(load.points.map(({ phase }) => phase));
  const phase = phases.find((each) => !used.has(each)) ?? phases[0] ?? null;
  const last = load.points.at(-1);
  return [
    ...load.points,
    { ...(last ?? {}), number: freePoint(draft, load.box), phase, reversed: false } as LoadPoint,
  ];
}

/** `name` as a key that no load, device or charger has. */
export function freeKey(name: string, taken: readonly string[]): string {
  const plain = name.toLowerCase().normalize("NFD").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  return free(plain.slice(0, 60) || "load", taken);
}

function free(key: string, taken: readonly string[]): string {
  if (!taken.includes(key)) return key;
  for (let number = 2; ; number += 1) if (!taken.includes(`${key}-${number}`)) return `${key}-${number}`;
}
