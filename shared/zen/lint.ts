// What is wrong with a box whatever its pair looks like: open doors, vendor's and old certificates. Pure; no other room.
import type { BoxConfig, Certificate, Lint } from "../model/snapshot.ts";
import { count } from "../model/count.ts";
import { everywhere } from "./admin.ts";

const DAY_MS = 86_400_000;

/** A certificate is announced from this many days on. */
export const EXPIRY_DAYS = 21;
const INFO_DAYS = 60;

type Severity = Lint["severity"];

const lint = (
  rule: Lint["rule"],
  severity: Severity,
  subject: string,
  says: string,
  daysLeft: number | null = null,
): Lint => ({ rule, severity, subject, says, daysLeft });

/** Names under which the vendors ship one key to everybody. */
const DEFAULT_FILE = /(?:^|\/)(?:zencert|zenguicert|zencert-c|zevenetcert|noidcert|skudonetcert)\.(?:pem|key|crt)$/;

function doors({ admin }: BoxConfig): Lint[] {
  const found: Lint[] = [];
  for (const { file, address, port } of admin.gui) {
    if (!everywhere(address)) continue;
    const says = `the admin GUI listens on every address${port === null ? "" : `, port ${port}`}: bind it to a management address.`;
    found.push(lint("gui-open", "warning", file, says));
  }
  const { ssh, snmp } = admin;
  if (ssh && (ssh.listen.length === 0 || ssh.listen.some(everywhere))) {
    const says = "sshd listens on every address: give it a ListenAddress in the management network.";
    found.push(lint("ssh-open", "warning", "etc/ssh/sshd_config", says));
  }
  if (ssh?.rootLogin === "yes") {
    const says = "root may log in by SSH with a password: set PermitRootLogin to no, or to prohibit-password.";
    found.push(lint("ssh-root", "warning", "etc/ssh/sshd_config", says));
  }
  if (snmp?.sources.includes(null)) {
    const says = "an SNMP community is good for every address: name the network of your monitoring behind it.";
    found.push(lint("snmp-open", "warning", "etc/snmp/snmpd.conf", says));
  }
  return found;
}

type Use = { farms: string[]; path: string };

/** Certificates on the box by path, and the farms that serve them. */
function usesOf({ farms }: BoxConfig): Use[] {
  const uses = new Map<string, Use>();
  for (const [name, { certs, boot }] of Object.entries(farms)) {
    if (boot === "down") continue;
    for (const path of certs) {
      const use = uses.get(path) ?? { farms: [], path };
      use.farms.push(name);
      uses.set(path, use);
    }
  }
  return [...uses.values()];
}

const ownOf = (path: string, certificates: readonly Certificate[]): Certificate | undefined =>
  certificates.find(({ file }) => path === file || path === `/${file}` || path.endsWith(`/${file}`));

function served(config: BoxConfig): Lint[] {
  const found: Lint[] = [];
  for (const { path, farms } of usesOf(config)) {
    const who = `farm ${farms.join(", ")}`;
    if (DEFAULT_FILE.test(path)) {
      found.push(
        lint(
          "default-certificate",
          "error",
          path,
          `${who} serves the vendor's certificate, whose key everybody has: put in your own.`,
        ),
      );
    }
    const inside = path.startsWith(`${config.config_dir}/`);
    if (inside && !ownOf(path, config.certificates)) {
      found.push(
        lint(
          "certificate-missing",
          "error",
          path,
          `${who} names a certificate that is not there, or cannot be read: put it back, or the farm will not start again.`,
        ),
      );
    }
  }
  for (const { certificate, file } of config.admin.gui) {
    if (certificate === null || !DEFAULT_FILE.test(certificate)) continue;
    found.push(
      lint(
        "default-certificate",
        "info",
        file,
        "the admin GUI uses the vendor's certificate, whose key everybody has: make one of your own.",
      ),
    );
  }
  return found;
}

/**
 * | days left | in use by a farm | severity |
 * | < 0       | yes              | error    |
 * | ≤ 21      | yes              | warning  |
 * | ≤ 60      | yes              | info     |
 * | ≤ 21      | no               | info     |
 */
function expirySeverity(daysLeft: number, used: boolean): Severity | null {
  if (!used) return daysLeft <= EXPIRY_DAYS ? "info" : null;
  if (daysLeft < 0) return "error";
  if (daysLeft <= EXPIRY_DAYS) return "warning";
  return daysLeft <= INFO_DAYS ? "info" : null;
}

/** When a certificate ends, by the whole days that are left: -1 is less than a day ago. */
function endOf(daysLeft: number): string {
  if (daysLeft > 0) return `ends in ${count(daysLeft, "day")}`;
  if (daysLeft === 0) return "ends within a day";
  return daysLeft === -1 ? "ended within the last day" : `ended ${count(-daysLeft - 1, "day")} ago`;
}

function expiries(config: BoxConfig, nowMs: number): Lint[] {
  const uses = usesOf(config);
  return config.certificates.flatMap((certificate) => {
    const { file, expiresMs, names } = certificate;
    const daysLeft = Math.floor((expiresMs - nowMs) / DAY_MS);
    const farms = uses.filter(({ path }) => ownOf(path, [certificate])).flatMap((use) => use.farms);
    const severity = Number.isFinite(daysLeft) ? expirySeverity(daysLeft, farms.length > 0) : null;
    if (!severity) return [];
    const whose = farms.length > 0 ? `farm ${[...new Set(farms)].join(", ")}` : "no farm that is started";
    return [
      lint(
        "certificate-expiry",
        severity,
        file,
        `the certificate of ${names[0] ?? file}, in use by ${whose}, ${endOf(daysLeft)}: renew it.`,
        daysLeft,
      ),
    ];
  });
}

const ORDER: readonly Severity[] = ["error", "warning", "info"];

/** All findings, the worst first; certificates by days left. Finds nothing in what a backup of that release leaves out. */
export function lintOf(config: BoxConfig, nowMs: number): Lint[] {
  const found = [...doors(config), ...served(config), ...expiries(config, nowMs)];
  return found.sort(
    (a, b) =>
      ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) ||
      (a.daysLeft ?? 0) - (b.daysLeft ?? 0) ||
      (a.subject < b.subject ? -1 : 1),
  );
}
