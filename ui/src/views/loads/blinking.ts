/** Which transformer of a box blinks: one request is answered before the next is made. */

import * as api from "@/api/client.ts";

let last: Promise<unknown> = Promise.resolve();

/** Let `point` of `box` blink, or none with `null`. An end that overtook a beginning would leave all dark. */
export function blink(box: string, point: number | null): Promise<unknown> {
  const answer = last.then(() => api.identify(box, point));
  last = answer.catch(() => null);
  return answer;
}
