/** What is shown as a file: values for a spreadsheet, or the picture with its legend. */
import type { Recorded, Track } from "./decode.ts";
import type { Gauge } from "./quantities.ts";

/** One row per interval of [from, to) and channel, for spreadsheets; what is missing is empty. */
export function csv({ tracks }: Recorded, [from, to]: Stretch = ALL): string {
  const rows = ["start,channel,power_mean_w,power_min_w,power_max_w,energy_import_j,energy_export_j"];
  for (const [id, track] of tracks) put(rows, track, [quoted(id)], [track.mean, track.least, track.most, track.taken_j, track.given_j], [from, to]);
  return file(rows);
}

/** The same of another quantity: one row per interval, channel and phase. */
export function gaugesCsv({ tracks }: Recorded, gauge: Gauge, [from, to]: Stretch = ALL): string {
  const rows = ["start,channel,phase,quantity,mean,min,max"];
  for (const [id, track] of tracks) {
    for (const [name, { mean, least, most }] of track.gauges) {
      const [quantity, phase] = name.split(" ") as [string, string];
      if (quantity === gauge) put(rows, track, [quoted(id), phase, quantity], [mean, least, most], [from, to]);
    }
  }
  return file(rows);
}

type Stretch = readonly [number, number];
const ALL: Stretch = [-Infinity, Infinity];

function put(rows: string[], { start }: Track, names: readonly string[], columns: readonly Float64Array[], [from, to]: Stretch): void {
  for (let i = 0; i < start.length; i++) {
    if (start[i]! < from || start[i]! >= to) continue;
    const values = columns.map((column) => (Number.isNaN(column[i]) ? "" : column[i]));
    rows.push([new Date(start[i]! * 1000).toISOString(), ...names, ...values].join(","));
  }
}

export const file = (rows: readonly string[]): string => `${rows.join("\r\n")}\r\n`;

export const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export const text = (content: string): Blob => new Blob([content], { type: "text/csv" });

export interface Caption {
  title: string;
  entries: readonly { name: string; value: string; colour: string; dash: readonly number[] }[];
  text: string;
  background: string;
  font: string;
}

/** The chart's canvas with a title above and its legend below, as PNG. */
export async function picture(chart: HTMLCanvasElement, { title, entries, text: ink, background, font }: Caption): Promise<Blob | null> {
  const scale = chart.width / Math.max(1, chart.clientWidth);
  const [margin, line, width] = [16, 24, chart.clientWidth + 32];
  const columns = Math.max(1, Math.floor(chart.clientWidth / 260));
  const canvas = document.createElement("canvas");
  const height = margin * 3 + line + chart.clientHeight + line * Math.ceil(entries.length / columns);
  [canvas.width, canvas.height] = [width * scale, height * scale];
  const pen = canvas.getContext("2d")!;
  pen.scale(scale, scale);
  pen.fillStyle = background;
  pen.fillRect(0, 0, width, height);
  pen.drawImage(chart, margin, margin + line, chart.clientWidth, chart.clientHeight);
  pen.fillStyle = ink;
  pen.font = `600 16px ${font}`;
  pen.fillText(title, margin, margin + 14);
  pen.font = `13px ${font}`;
  entries.forEach(({ name, value, colour, dash }, i) => {
    const x = margin + (i % columns) * (chart.clientWidth / columns);
    const y = margin * 2 + line + chart.clientHeight + line * Math.floor(i / columns);
    pen.strokeStyle = colour;
    pen.lineWidth = 3;
    pen.setLineDash([...dash]);
    pen.beginPath();
    pen.moveTo(x, y + 8);
    pen.lineTo(x + 24, y + 8);
    pen.stroke();
    pen.fillText([name, value].filter(Boolean).join("  "), x + 32, y + 13, chart.clientWidth / columns - 40);
  });
  return new Promise((done) => canvas.toBlob(done));
}
