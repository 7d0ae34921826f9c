/** One short message at the foot of the screen, with a way back. */

export interface Toast {
  text: string;
  undo: (() => void) | null;
  failed: boolean;
}

const SHOWN_MS = 8_000;

let current = $state.raw<Toast | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

export const toast = {
  get current(): Toast | null {
    return current;
  },
};

export function tell(text: string, undo: (() => void) | null = null, failed = false): void {
  clearTimeout(timer);
  current = { text, undo, failed };
  timer = setTimeout(dismiss, SHOWN_MS);
}

export function dismiss(): void {
  clearTimeout(timer);
  current = null;
}
