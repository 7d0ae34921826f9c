/** Asking a charger for a change: carried out at once, told in a word, and undone with one tap. */
import * as api from "@/api/client.ts";
import type { CommandBody } from "@/api/types.ts";
import { leave } from "./house.svelte.ts";
import { tell } from "./toast.svelte.ts";
import { t } from "./words.svelte.ts";

/** Sends `body`; with `back` (the command that restores what was) the message offers to undo it. */
export async function ask(charger: string, body: CommandBody, done: string, back?: CommandBody): Promise<boolean> {
  try {
    await api.command(charger, body);
    tell(done, back ? () => void ask(charger, back, t("ui.undone")) : null);
    return true;
  } catch (failure) {
    tell(failed(failure), null, true);
    return false;
  }
}

/** What went wrong, in words for a person. */
export function failed(failure: unknown): string {
  if (!(failure instanceof api.Refusal)) throw failure;
  if (failure.kind === "login") leave();
  return failure.error?.text ?? t(`ui.refused.${failure.kind}`);
}
