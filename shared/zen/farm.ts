// Empty farms, services and backends for the parsers to fill. Pure; no other room.
import type { Backend, Farm, Guardian, Interface, Profile, Service } from "../model/snapshot.ts";

/** A backend of which only the address is known. */
export const backend = (fields: Partial<Backend> & { ip: string }): Backend => ({
  id: null,
  port: null,
  weight: null,
  priority: null,
  timeout: null,
  https: false,
  maintenance: false,
  state: null,
  maxConns: null,
  interface: null,
  ...fields,
});

/** A service without any setting; profiles that know no services have one without a name. */
export const service = (name: string | null, backends: Backend[] = []): Service => ({
  name,
  vhost: null,
  url: null,
  redirect: null,
  persistence: null,
  algorithm: null,
  settings: {},
  backends,
  emergency: [],
});

/** A farm without any setting. */
export const farm = (profile: Profile, file: string, fields: Partial<Farm> = {}): Farm => ({
  profile,
  file,
  protocol: "tcp",
  vip: null,
  ports: "",
  boot: "up",
  algorithm: null,
  persistence: null,
  ttl: null,
  nat: null,
  helper: null,
  certs: [],
  settings: {},
  services: [],
  guardian: [],
  zones: {},
  ...fields,
});

/** A health check that is off. */
export const guardian = (fields: Partial<Guardian> & { command: string }): Guardian => ({
  name: null,
  service: null,
  interval: null,
  enabled: false,
  log: false,
  cut: null,
  ...fields,
});

/** An interface without address. */
export const networkInterface = (name: string, file: string, fields: Partial<Interface> = {}): Interface => ({
  name,
  file,
  virtual: name.includes(":"),
  addresses: [],
  status: null,
  dhcp: false,
  mac: null,
  ...fields,
});
