// Route 53's health checks as checks of ours. Pure; needs model.
import { type CheckInput, checkSchema } from "../model/check.ts";
import type { HealthCheck } from "../model/survey.ts";

/** Route 53 takes any 2xx and 3xx for healthy; these are the ones that are met. */
const HEALTHY = [200, 201, 202, 203, 204, 206, 301, 302, 303, 304, 307, 308];

/** A check, and what about the health check it could not say; or only why there is none. */
export type Converted = { check: CheckInput; remarks: string[] } | { note: string };

/**
 * A Route 53 health check as a check of ours. `fallbackHost` stands in the Host header where the health check has none
 * (Route 53 puts the address there).
 *
 * | health check                              | becomes                                                         |
 * | ----------------------------------------- | --------------------------------------------------------------- |
 * | HTTP, HTTPS                               | the same, healthy at 2xx and 3xx; no certificate is looked at   |
 * | HTTP_STR_MATCH, HTTPS_STR_MATCH           | the same with `contains`                                        |
 * | TCP                                       | tcp                                                             |
 * | another type, inverted or disabled        | a note                                                          |
 * | what our schema does not take             | a note                                                          |
 *
 * Source: Route 53 API reference, HealthCheckConfig.
 */
export function convertCheck(found: HealthCheck, fallbackHost: string): Converted {
  const { id, type } = found;
  const cannot = (why: string): Converted => ({ note: `health check ${id} (${type}) ${why}` });
  if (found.disabled) return cannot("is disabled, so Route 53 takes it for healthy; it is left out");
  if (found.inverted) return cannot("is inverted, which no check of Lifeboat's can be; it is left out");
  if (type === "TCP") return taken(found, { protocol: "tcp", port: found.port ?? 0 }, []);
  if (!/^HTTPS?(_STR_MATCH)?$/.test(type)) return cannot("asks no load balancer itself; it is left out");
  const protocol = type.startsWith("HTTPS") ? "https" : "http";
  const usual = protocol === "https" ? 443 : 80;
  const port = found.port ?? usual;
  const given = found.host?.replace(/\.$/, "");
  const host = given === undefined ? fallbackHost : port === usual ? given : `${given}:${port}`;
  const path = found.path === undefined || found.path === "" ? "/" : found.path.replace(/^(?!\/)/, "/");
  const contains = type.endsWith("_STR_MATCH") && found.text !== undefined ? { contains: found.text } : {};
  const remarks = [
    ...(found.address === undefined && given !== undefined
      ? [`Route 53 asks for ${given} by name; here each load balancer's own address is asked`]
      : []),
    ...(protocol === "https" && found.sni === false ? ["Route 53 sends no SNI, here it is sent"] : []),
  ];
  const web = { port, host, path, statuses: HEALTHY, ...contains };
  // Route 53 looks at no certificate.
  if (protocol === "https") return taken(found, { protocol, ...web, certificate: "ignore" }, remarks);
  return taken(found, { protocol, ...web }, remarks);
}

function taken({ id, type }: HealthCheck, check: CheckInput, remarks: string[]): Converted {
  const parsed = checkSchema.safeParse(check);
  if (parsed.success) return { check, remarks };
  const [issue] = parsed.error.issues;
  return {
    note: `health check ${id} (${type}) has a ${String(issue?.path[0])} that ${issue?.message}; it is left out`,
  };
}

/** Asked where no health check is found: what Lifeboat asks by itself. */
export function usualCheck(host: string): CheckInput {
  return { protocol: "http", port: 80, host, path: "/test.txt" };
}

/** `http`, `https-8443`, `tcp-25`: the protocol, and the port unless it is the usual one. */
export function checkName({ protocol, port }: CheckInput): string {
  const usual = { http: 80, https: 443 } as const;
  const known: number | undefined = protocol === "http" || protocol === "https" ? usual[protocol] : undefined;
  return port === undefined || port === known ? protocol : `${protocol}-${port}`;
}
