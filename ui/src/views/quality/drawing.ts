/** Figures of the power quality screen as points of drawings: plain numbers in, path data out. */
import type { PowerQuality } from "@/api/types.ts";

export type Signal = PowerQuality["voltages"][number];

export const ORDERS = 25;
const PHASES = ["L1", "L2", "L3"] as const;
const COLOURS: Record<string, string> = { L1: "var(--import)", L2: "var(--sun)", L3: "var(--battery)" };

/** The phase a signal is drawn as: a voltage by its terminal, a current by its code. */
export function phaseOf(signal: Signal): string {
  return signal.phase ?? PHASES[Number(signal.name.slice(1)) - 1] ?? "L1";
}

export function colourOf(signal: Signal): string {
  return COLOURS[phaseOf(signal)] ?? "var(--text)";
}

/** Harmonics 2 to 25 as parts of the fundamental, in percent; empty where nothing flows. */
export function shares(signal: Signal): { order: number; percent: number }[] {
  const fundamental = signal.harmonics[1] ?? 0;
  if (signal.thd_percent == null || fundamental <= 0) return [];
  return signal.harmonics
    .slice(2, ORDERS + 1)
    .map((rms, index) => ({ order: index + 2, percent: (100 * rms) / fundamental }));
}

/** What is smaller is noise, and is not drawn as if it were large. */
const LEAST = { V: 10, A: 0.5 };

/** A waveform over a box of `width` by `height`, its largest value at nine tenths of the half height. */
export function wave(samples: readonly number[], unit: Signal["unit"], width: number, height: number): string {
  const most = Math.max(...samples.map(Math.abs), LEAST[unit]);
  const step = width / Math.max(1, samples.length - 1);
  const points = samples.map((value, n) => `${(n * step).toFixed(1)} ${(height / 2 - (0.45 * height * value) / most).toFixed(1)}`);
  return points.length ? `M${points.join("L")}` : "";
}

/** Where an arrow of a phasor diagram ends; angles turn against the clock from the right. */
export function tip(signal: Signal, most: number, radius: number): { x: number; y: number } | null {
  if (signal.angle_deg == null || most <= 0) return null;
  const angle = (signal.angle_deg * Math.PI) / 180;
  const length = (radius * signal.fundamental) / most;
  return { x: length * Math.cos(angle), y: -length * Math.sin(angle) };
}

/** Where a voltage stands in a strip from 80 to 120 % of nominal, from 0 to 1. */
export function place(volts: number, nominal: number): number {
  return Math.min(1, Math.max(0, (volts / nominal - 0.8) / 0.4));
}
