/** What is shown as a file: values for a spreadsheet, or the picture with its legend. */
import type { Recorded } from "./decode.ts";

/** One row per interval of [from, to) and channel, for spreadsheets; what is missing is empty. */
export function csv({ tracks }: Recorded, [from, to]: readonly [number, number] = [-Infinity, Infinity]): string {
  const rows = ["start,channel,power_mean_w,power_min_w,power_max_w,energy_import_j,energy_export_j"];
  for (const [id, { start, mean_w, least_w, most_w, taken_j, given_j }] of tracks) {
    const name = quoted(id);
    for (let i = 0; i < start.length; i++) {
      if (start[i]! < from || start[i]! >= to) continue;
      const values = [mean_w, least_w, most_w, taken_j, given_j].map((column) => (Number.isNaN(column[i]) ? "" : column[i]));
      rows.push([new Date(start[i]! * 1000).toISOString(), name, ...values].join(","));
    }
  }
  return file(rows);
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
