// What stands in an account's Route 53 before Lifeboat does: read by import and lint, never written.

/** A hosted zone. The name is canonical. */
export type HostedZone = { id: string; name: string; private: boolean };

/** A Route 53 health check, as much of it as can be said of a load balancer. Times in s. */
export type HealthCheck = {
  id: string;
  /** HTTP, HTTPS, HTTP_STR_MATCH, HTTPS_STR_MATCH, TCP; CALCULATED and others ask nothing themselves. */
  type: string;
  address?: string;
  /** Without an address the endpoint itself, with one the Host header. */
  host?: string;
  port?: number;
  path?: string;
  text?: string;
  intervalS?: number;
  failures?: number;
  inverted: boolean;
  disabled: boolean;
  sni?: boolean;
};
