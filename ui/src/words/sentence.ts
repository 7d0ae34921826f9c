/** What happens in the house, as one sentence: flows and cars in, a text key with parameters out. */

export interface Scene {
  grid_w: number | null;
  production_w: number | null;
  battery_w: number | null;
  consumption_w: number | null;
  /** The sum of what the cars draw, and how many draw. */
  cars_w: number;
  cars: number;
}

export interface Sentence {
  key: string;
  params: Record<string, number>;
}

/** Below this, in watts, a flow is idle and not worth a word. */
export const IDLE_W = 25;

/** The house is served before the car, sun before battery before grid. */
export function sentence(scene: Scene): Sentence {
  const { grid_w, consumption_w, cars_w } = scene;
  if (grid_w == null || consumption_w == null) return { key: "ui.sentence.unknown", params: {} };
  const sun = Math.max(0, scene.production_w ?? 0);
  const battery = Math.max(0, scene.battery_w ?? 0);
  const export_w = Math.max(0, -grid_w);
  const house = Math.max(0, consumption_w - cars_w);
  const car = cars_w > IDLE_W;
  const many = scene.cars > 1 ? ".many" : "";
  const who = car ? `all${many}` : "house";

  if (sun < IDLE_W) {
    if (battery > IDLE_W && grid_w < IDLE_W) return { key: `ui.sentence.battery.${who}`, params: { use_w: calm(battery) } };
    return { key: `ui.sentence.grid.${who}`, params: { use_w: calm(Math.max(0, grid_w)) } };
  }
  if (export_w > IDLE_W) return { key: `ui.sentence.export.${who}`, params: { export_w: calm(export_w) } };
  const imported = Math.max(0, grid_w) + battery;
  if (imported < IDLE_W) return { key: `ui.sentence.sun.${who}`, params: {} };
  if (car && sun >= house + IDLE_W) {
    return { key: `ui.sentence.sun.share_car${many}`, params: { share_percent: share(sun - house, cars_w) } };
  }
  if (car) return { key: `ui.sentence.sun.grid_car${many}`, params: { share_percent: share(sun, house) } };
  return { key: "ui.sentence.sun.share_house", params: { share_percent: share(sun, house) } };
}

/** Two significant digits: a sentence that is read should not flicker. */
const calm = (watts: number): number => Number(watts.toPrecision(2));

const share = (part: number, whole: number): number =>
  whole > 0 ? Math.max(1, Math.min(99, Math.round((100 * part) / whole))) : 99;
