import { expect, test } from "vitest";
import { address, keyed, typed } from "./cluster.ts";

test("a name becomes a key that is free", () => {
  expect(keyed("Back yard", [])).toBe("back-yard");
  expect(keyed("Città è", ["citta-e"])).toBe("citta-e-2");
  expect(keyed("…", [])).toBe("charger");
});

test("a place becomes the address that the site understands", () => {
  expect(address("tcp", " 192.168.1.31 ", "")).toBe("tcp://192.168.1.31:502");
  expect(address("tcp", "fe80::1", "1502")).toBe("tcp://[fe80::1]:1502");
  expect(address("bus", "/dev/ttyUSB0?baud=19200", "")).toBe("serial:///dev/ttyUSB0?baud=19200");
});

test("numbers are read as people type them", () => {
  expect([typed("6,5"), typed("6.5"), typed(" "), typed("six"), typed(7)]).toEqual([6.5, 6.5, null, null, 7]);
});
