import { afterEach, expect, test, vi } from "vitest";
import { blink } from "./blinking.ts";

const sent: (number | null)[] = [];
const answers: (() => void)[] = [];

vi.mock("@/api/client.ts", () => ({
  identify: (_box: string, point: number | null) => {
    sent.push(point);
    return new Promise((resolve, reject) => answers.push(() => (point === 9 ? reject(new Error("silent")) : resolve(null))));
  },
}));

afterEach(() => void sent.splice(0));

test("the next is asked only when the one before is answered, so that an end cannot overtake a beginning", async () => {
  void blink("box", 4);
  void blink("box", null);
  const last = blink("box", 5);
  await vi.waitFor(() => expect(sent).toEqual([4]));
  answers.shift()?.();
  await vi.waitFor(() => expect(sent).toEqual([4, null]));
  answers.shift()?.();
  await vi.waitFor(() => expect(sent).toEqual([4, null, 5]));
  answers.shift()?.();
  await last;
});

test("a box that refuses stops nobody after it", async () => {
  const refused = blink("box", 9);
  const next = blink("box", 5);
  await vi.waitFor(() => expect(sent).toEqual([9]));
  answers.shift()?.();
  await expect(refused).rejects.toThrow("silent");
  await vi.waitFor(() => expect(sent).toEqual([9, 5]));
  answers.shift()?.();
  await next;
});
