// What to probe of a configuration: its VIPs, and the real servers behind them. Pure; names resolve (which addresses the
// Internet can reach).
import type { Backend, BoxConfig, Farm, Proposal, Service, ZenProbe } from "../model/snapshot.ts";
import { judgeAddress } from "../resolve/address.ts";
import { type Covered, coveredBy } from "./coverage.ts";
import { hostsOf } from "./hosts.ts";
import { portsOf } from "./ports.ts";

type Proto = ZenProbe["proto"];

/** The ports of a helper's protocol, where the farm takes every port. */
const HELPER_PORTS: Readonly<Record<string, number>> = { sip: 5060, ftp: 21, tftp: 69 };

/**
 * What a layer 4 farm's protocol means on the wire; sctp cannot be probed.
 *
 * | protocol, helper | probes    |
 * | tcp              | tcp       |
 * | udp              | udp       |
 * | all              | tcp, udp  |
 * | sip              | udp, tcp (a protocol of old files; as a helper: the farm's protocol) |
 * | ftp, tftp        | tcp, udp  |
 * | sctp, any other  | none      |
 */
const WIRE: Readonly<Record<string, readonly Proto[]>> = {
  tcp: ["tcp"],
  udp: ["udp"],
  all: ["tcp", "udp"],
  sip: ["udp", "tcp"],
  ftp: ["tcp"],
  tftp: ["udp"],
};

/** Protocols and ports of a farm's VIP. */
function listening(farm: Farm): { protos: readonly Proto[]; ports: number[] } {
  const { profile } = farm;
  if (profile === "datalink") return { protos: [], ports: [] };
  const ports = portsOf(farm.ports);
  if (profile === "http" || profile === "https") return { protos: [profile], ports };
  if (profile === "gslb") return { protos: ["udp", "tcp"], ports };
  if (profile === "tcp" || profile === "udp") return { protos: [profile], ports };
  const protocol = farm.protocol ?? "tcp";
  const usual = HELPER_PORTS[farm.helper ?? protocol];
  const own = ports.length === 0 && usual !== undefined ? [usual] : ports;
  return { protos: Object.hasOwn(WIRE, protocol) ? (WIRE[protocol] ?? []) : [], ports: own };
}

const ANY_ADDRESS = new Set(["0.0.0.0", "*", "::"]);

/** A listener on every address is asked at the box's virtual ones, or at its first. */
function vipsOf(farm: Farm, config: BoxConfig): string[] {
  if (farm.vip === null) return [];
  if (!ANY_ADDRESS.has(farm.vip)) return [farm.vip];
  const up = config.interfaces.filter(({ status }) => status !== "down");
  const virtual = up.filter((device) => device.virtual).flatMap(({ addresses }) => addresses.map(({ ip }) => ip));
  const first = up.flatMap(({ addresses }) => addresses.map(({ ip }) => ip)).slice(0, 1);
  return virtual.length > 0 ? virtual : first;
}

const target = (ip: string, port: number): string => `${ip.includes(":") ? `[${ip}]` : ip}:${port}`;

/** A check that an island's config could have. UDP can only be asked DNS. */
function proposal(probe: ZenProbe): Proposal | null {
  const { proto, ip, port, role, hosts, dns } = probe;
  if (proto === "udp" && !dns) return null;
  const reachable = judgeAddress(ip, { allowLocal: false, examples: true }) === undefined;
  if (role === "backend" && !reachable) return null;
  return {
    protocol: proto === "udp" ? "dns" : proto,
    address: ip,
    port,
    host: hosts[0] ?? null,
    votes: role === "vip",
  };
}

type Draft = Pick<ZenProbe, "box" | "farm" | "role" | "proto" | "ip" | "port" | "skip"> & {
  services: string[];
  hosts: string[];
};

function finish(draft: Draft, covered: Covered | undefined): ZenProbe {
  const { role, proto, ip, port, skip } = draft;
  const probe: ZenProbe = {
    ...draft,
    target: target(ip, port),
    dns: port === 53 && (proto === "udp" || proto === "tcp"),
    expect: role === "vip" && skip === null ? "open" : null,
    coveredBy: [],
    proposal: null,
  };
  const full = { ...probe, proposal: skip === null ? proposal(probe) : null };
  return { ...full, coveredBy: covered ? coveredBy(full, covered) : [] };
}

/**
 * Why a backend is not to be asked.
 *
 * | farm    | maintenance           | skip               |
 * | stopped | any                   | farm down          |
 * | started | yes                   | maintenance        |
 * | started | yes or dead (Zen 2.0) | maintenance or dead|
 * | started | no                    | none               |
 */
function skipOf(farm: Farm, server: Backend): string | null {
  if (farm.boot === "down") return "farm down";
  if (server.maintenance === null) return "maintenance or dead";
  return server.maintenance ? "maintenance" : null;
}

function behind(farm: Farm, service: Service, server: Backend): { protos: readonly Proto[]; ports: number[] } {
  const front = listening(farm);
  const ports = server.port === null ? front.ports : portsOf(server.port);
  if (farm.profile === "http" || farm.profile === "https") {
    const secure = server.https || service.settings["https-backend"] === "true";
    return { protos: [secure ? "https" : "http"], ports };
  }
  if (farm.profile === "gslb") return { protos: ["tcp"], ports: server.port === null ? [] : ports };
  return { protos: front.protos, ports };
}

function draftsOf(box: string, name: string, farm: Farm, config: BoxConfig): Draft[] {
  const drafts: Draft[] = [];
  const front = listening(farm);
  const services = farm.services.flatMap((service) => service.name ?? []);
  const hosts = [...new Set(farm.services.flatMap(({ vhost }) => hostsOf(vhost)))];
  const common = { box, farm: name };
  const skip = farm.boot === "down" ? "farm down" : null;
  for (const ip of vipsOf(farm, config))
    for (const port of front.ports)
      for (const proto of front.protos) drafts.push({ ...common, role: "vip", proto, ip, port, services, hosts, skip });
  for (const service of farm.services) {
    const own = { services: service.name === null ? [] : [service.name], hosts: hostsOf(service.vhost) };
    for (const server of [...service.backends, ...service.emergency]) {
      const { protos, ports } = behind(farm, service, server);
      const at = { ...common, ...own, role: "backend" as const, ip: server.ip, skip: skipOf(farm, server) };
      if (server.ip !== "") for (const port of ports) for (const proto of protos) drafts.push({ ...at, proto, port });
    }
  }
  return drafts;
}

/** One server in several services is one probe, as long as all agree whether it is to be asked. */
function merge(drafts: readonly Draft[]): Draft[] {
  const merged = new Map<string, Draft>();
  for (const draft of drafts) {
    const key = JSON.stringify([draft.role, draft.proto, draft.ip, draft.port, draft.skip]);
    const other = merged.get(key);
    if (!other) merged.set(key, { ...draft, services: [...draft.services], hosts: [...draft.hosts] });
    else {
      other.services = [...new Set([...other.services, ...draft.services])];
      other.hosts = [...new Set([...other.hosts, ...draft.hosts])];
    }
  }
  return [...merged.values()];
}

/**
 * The probes that follow from a box's configuration, by farm, VIPs first. `covered` says which of them somebody does
 * already. Uplinks and farms of every port have none.
 */
export function checksOf(box: string, config: BoxConfig, covered?: Covered): ZenProbe[] {
  return Object.entries(config.farms).flatMap(([name, farm]) =>
    merge(draftsOf(box, name, farm, config)).map((draft) => finish(draft, covered)),
  );
}
