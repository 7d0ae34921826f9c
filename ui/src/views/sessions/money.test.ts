import { describe, expect, it } from "vitest";
import { byWhom, exactly, money, monthOf, rounded, shifted } from "./money.ts";

describe("money", () => {
  it("is rounded half up from its text, not from a binary number", () => {
    expect(["0.335000", "1.005", "4.860000", "81.9", "-0.005", "3"].map(rounded)).toEqual([0.34, 1.01, 4.86, 81.9, -0.01, 3]);
    expect(rounded(null)).toBeNull();
  });
  it("is written in the manner of the language", () => {
    expect(money("81.900000", "EUR", "en")).toBe("€81.90");
    expect(money("81.900000", "EUR", "it").replace(/\s/, " ")).toBe("81,90 €");
    expect(money(null, "EUR", "en")).toBe("–");
  });
});

describe("months and times", () => {
  it("go over the year", () => {
    expect([shifted("2026-12", 1), shifted("2026-01", -1), shifted("2026-11", 0)]).toEqual(["2027-01", "2025-12", "2026-11"]);
  });
  it("are those of the site", () => {
    expect(monthOf(new Date("2026-03-31T22:30:00Z"), "Europe/Rome")).toBe("2026-04");
  });
  it("show seconds", () => {
    expect([exactly(10967), exactly(59.9)]).toEqual(["3:02:47", "0:00:59"]);
  });
});

describe("authorization", () => {
  it("is by nobody, the app or a card with its name or number", () => {
    expect(byWhom("None", "").key).toBe("ui.sessions.auth.none");
    expect(byWhom("RFID:04A1B2C3", "Anna")).toEqual({ key: "ui.sessions.auth.card", name: "Anna" });
    expect(byWhom("RFID:04A1B2C3", "").name).toBe("04A1B2C3");
    expect(byWhom(null, "").key).toBe("ui.sessions.auth.unknown");
  });
});
