/** The colour of a role, the same everywhere. */
import type { Role } from "@/api/types.ts";

export function colour(role: Role | "charger", power: number | null): string {
  switch (role) {
    case "grid":
      return (power ?? 0) < 0 ? "var(--export)" : "var(--import)";
    case "production":
      return "var(--sun-fill)";
    case "battery":
      return "var(--battery)";
    case "charger":
    case "vehicle":
      return "var(--car)";
    case "circuit":
    case "load":
      return "var(--load)";
  }
}
