/** What the parts of the screen share: asking for a change, what goes wrong with it, and how a link is set now. */
import type { NetworkLink, Networks, StaticIp } from "@/api/types.ts";

/** Resolves to what was refused, in words, or null. */
export type Change = (work: () => Promise<Networks>, told: string) => Promise<string | null>;

/** The address that was set by hand, or null for DHCP. */
export function asSet(link: NetworkLink): StaticIp | null {
  if (!link.fixed || !link.address) return null;
  const [address = "", prefix = "24"] = link.address.split("/");
  return { address, prefix: Number(prefix), gateway: link.gateway ?? "", dns: [...link.dns] };
}
