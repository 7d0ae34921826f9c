import { describe, expect, it } from "vitest";
import { colourOf, phaseOf, place, shares, tip, wave, type Signal } from "./drawing.ts";

const signal = (more: Partial<Signal> = {}): Signal => ({
  name: "U2",
  phase: null,
  unit: "V",
  rms: 231,
  thd_percent: 11,
  harmonics: [0, 200, 0, 20],
  angle_deg: 90,
  fundamental: 200,
  waveform: [1, 0, -2],
  ...more,
});

describe("drawings of power quality", () => {
  it("takes a voltage by its terminal and a current by its code", () => {
    expect(phaseOf(signal())).toBe("L2");
    expect(phaseOf(signal({ name: "7", phase: "L3" }))).toBe("L3");
    expect(colourOf(signal())).toBe("var(--sun)");
  });

  it("shows harmonics as parts of the fundamental, and none where nothing flows", () => {
    expect(shares(signal())).toEqual([
      { order: 2, percent: 0 },
      { order: 3, percent: 10 },
    ]);
    expect(shares(signal({ thd_percent: null }))).toEqual([]);
  });

  it("fits a waveform into its box", () => {
    expect(wave([1, 0, -2], "A", 100, 40)).toBe("M0.0 11.0L50.0 20.0L100.0 38.0");
    expect(wave([0.01, -0.01], "A", 100, 40)).toBe("M0.0 19.6L100.0 20.4");
    expect(wave([], "V", 100, 40)).toBe("");
  });

  it("turns phasors against the clock, and draws none without an angle", () => {
    const up = tip(signal(), 200, 50)!;
    expect(up.x).toBeCloseTo(0);
    expect(up.y).toBeCloseTo(-50);
    expect(tip(signal({ angle_deg: null }), 200, 50)).toBeNull();
  });

  it("places a voltage in the strip and holds it there", () => {
    expect([place(230, 230), place(207, 230), place(10, 230), place(400, 230)]).toEqual([
      expect.closeTo(0.5),
      expect.closeTo(0.25),
      0,
      1,
    ]);
  });
});
