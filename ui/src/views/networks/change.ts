/** What the parts of the screen share: asking for a change, and what goes wrong with it. */
import type { Networks } from "@/api/types.ts";

/** Resolves to what was refused, in words, or null. */
export type Change = (work: () => Promise<Networks>, told: string) => Promise<string | null>;
