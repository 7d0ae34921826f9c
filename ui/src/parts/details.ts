/** Details of a meter in the order people look for them: groups of a table per phase and of single facts. */
import type { Details } from "@/api/types.ts";

export type Quantity = keyof Details & string;

export interface Detail {
  quantity: Quantity;
  value: number;
}

export interface Row {
  quantity: Quantity;
  values: Readonly<Record<string, number>>;
}

export interface Fact extends Detail {
  place: string;
}

export interface Group {
  name: "power" | "quality" | "energy" | "dc";
  columns: string[];
  rows: Row[];
  facts: Fact[];
}

const GROUPS: readonly [Group["name"], readonly Quantity[]][] = [
  ["power", ["apparent_power_va", "voltage_v", "current_a", "demand_w", "demand_peak_w"]],
  ["quality", ["thd_voltage_percent", "thd_current_percent", "flicker_pst"]],
  [
    "energy",
    ["energy_import_j", "energy_export_j", "reactive_energy_import_varh", "reactive_energy_export_varh", "apparent_energy_vah"],
  ],
  ["dc", ["dc_power_w", "dc_voltage_v", "dc_current_a", "temperature_c"]],
];
const COLUMNS = ["total", "L1", "L2", "L3", "DC1", "DC2", "DC3", "DC4"];

/** What has a value for several places of a table stands in its row; what has one, or one of no column, is a fact. */
export function grouped(details: Details): Group[] {
  return GROUPS.map(([name, quantities]) => {
    const rows: Row[] = [];
    const facts: Fact[] = [];
    for (const quantity of quantities) {
      const values = (details[quantity] ?? {}) as Record<string, number>;
      const places = Object.keys(values);
      if (places.filter((place) => COLUMNS.includes(place)).length > 1) rows.push({ quantity, values });
      else facts.push(...places.map((place) => ({ quantity, place, value: values[place]! })));
    }
    const columns = COLUMNS.filter((place) => rows.some(({ values }) => place in values));
    return { name, columns, rows, facts };
  }).filter(({ rows, facts }) => rows.length + facts.length > 0);
}
