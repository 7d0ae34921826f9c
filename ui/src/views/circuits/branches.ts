/** The circuits of a snapshot as rows: how deep each lies, and how full each of its phases is. */
import type { Circuit } from "@/api/types.ts";

export interface PhaseRow {
  readonly phase: string;
  /** Null where its meter is silent. */
  readonly current_a: number | null;
  /** Parts of the bar, in per cent: what cars take, and what else does. */
  readonly cars: number;
  readonly others: number;
  /** From nine tenths of its limit on a phase is worth a look. */
  readonly full: boolean;
}

export interface Row {
  readonly id: string;
  readonly circuit: Circuit;
  readonly depth: number;
  readonly phases: readonly PhaseRow[];
}

const MUCH = 0.9;

export function branches(circuits: Readonly<Record<string, Circuit>>): Row[] {
  const depth = (circuit: Circuit): number => {
    const parent = circuit.parent == null ? undefined : circuits[circuit.parent];
    return parent ? 1 + depth(parent) : 0;
  };
  return Object.entries(circuits).map(([id, circuit]) => ({ id, circuit, depth: depth(circuit), phases: filled(circuit) }));
}

function filled({ phases, limit_a }: Circuit): PhaseRow[] {
  const rows = Object.entries(phases).flatMap(([phase, one]) => (one ? [{ phase, ...one }] : []));
  const most = Math.max(limit_a ?? 0, 1, ...rows.map(({ current_a, chargers_a }) => Math.max(Math.abs(current_a ?? 0), chargers_a)));
  return rows.map(({ phase, current_a, chargers_a }) => {
    const flowing = Math.abs(current_a ?? chargers_a);
    const cars = Math.min(chargers_a, Math.max(flowing, 0));
    return {
      phase,
      current_a: current_a == null ? null : Math.abs(current_a),
      cars: (100 * cars) / most,
      others: (100 * (flowing - cars)) / most,
      full: limit_a != null && flowing >= MUCH * limit_a,
    };
  });
}
