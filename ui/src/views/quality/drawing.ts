/** Figures of the power quality screen as points of drawings: plain numbers in, path data out. */
import type { PowerQuality } from "@/api/types.ts";

export type Signal = PowerQuality["voltages"][number];

export const ORDERS = 25;
const PHASES = ["L1", "L2", "L3"] as const;
export const PHASE_COLOURS: Record<string, string> = { L1: "var(--import)", L2: "var(--sun)", L3: "var(--battery)" };

/** The phase a signal is drawn as: a voltage by its terminal, a current by its code. */
export function phaseOf(signal: Signal): string {
  return signal.phase ?? PHASES[Number(signal.name.slice(1)) - 1] ?? "L1";
}

export function colourOf(signal: Signal): string {
  return PHASE_COLOURS[phaseOf(signal)] ?? "var(--text)";
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

/** The largest value of a waveform, without its sign. */
export const peak = (signal: Signal): number => Math.max(0, ...signal.waveform.map(Math.abs));

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

const SHORTEST_S = 0.01;
const LONGEST_S = 100;
const HIGHEST_PERCENT = 130;

/** Where a disturbance stands in a picture of length (logarithmic, 10 ms to 100 s) against depth (0 to 130 %). */
export function spot(seconds: number, percent: number, width: number, height: number): { x: number; y: number } {
  const inside = Math.min(LONGEST_S, Math.max(SHORTEST_S, seconds));
  const x = (width * Math.log(inside / SHORTEST_S)) / Math.log(LONGEST_S / SHORTEST_S);
  return { x, y: height * (1 - Math.min(HIGHEST_PERCENT, Math.max(0, percent)) / HIGHEST_PERCENT) };
}

/** A length as people read it: milliseconds below one second, minutes above two. */
export function lasting(seconds: number): { value: number; digits: number; unit: string } {
  if (seconds < 1) return { value: 1000 * seconds, digits: 0, unit: "ms" };
  if (seconds < 120) return { value: seconds, digits: seconds < 10 && seconds % 1 ? 1 : 0, unit: "s" };
  return { value: seconds / 60, digits: 0, unit: "min" };
}

/** Values that each hold from one of `starts` to the next as path data; a gap stays a gap. */
export function steps(
  starts: readonly number[],
  values: readonly (number | null)[],
  begin: number,
  length_s: number,
  top: number,
  width: number,
  height: number,
): string {
  const EVERY_S = 300;
  let path = "";
  let before: number | null = null;
  values.forEach((value, n) => {
    const start = starts[n];
    if (value == null || start == null) return;
    const x = (at: number): string => ((width * (at - begin)) / length_s).toFixed(1);
    path += `${before === start ? "L" : "M"}${x(start)} ${(height * (1 - value / top)).toFixed(1)}H${x(start + EVERY_S)}`;
    before = start + EVERY_S;
  });
  return path;
}
