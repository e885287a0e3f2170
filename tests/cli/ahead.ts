// An AWS endpoint as it looks from a machine whose clock is wrong: it refuses what was signed at another time than its own.
import { request } from "node:http";
import { serve } from "../contract/http-fixture.ts";

const AHEAD_MS = 600_000;
/** AWS takes a signature for five minutes before and after its time (IAM user guide, "Signing AWS API requests"). */
const LEEWAY_MS = 300_000;

/** The address of a front of an endpoint whose clock is ten minutes ahead. `refusal`: the body with which it refuses. */
export function aheadOf(endpoint: string, status: number, refusal: string): Promise<string> {
  const { hostname: host, port } = new URL(endpoint);
  return serve((asked, answer) => {
    const nowMs = Date.now() + AHEAD_MS;
    const date = new Date(nowMs).toUTCString();
    const signed = String(asked.headers["x-amz-date"]).replace(
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
      "$1-$2-$3T$4:$5:$6Z",
    );
    if (Math.abs(nowMs - Date.parse(signed)) > LEEWAY_MS) {
      asked.resume();
      answer.writeHead(status, { date }).end(refusal);
      return;
    }
    const { method, url: path, headers } = asked;
    const passed = request({ host, port, method, path, headers }, (came) => {
      answer.writeHead(came.statusCode ?? 502, { ...came.headers, date });
      came.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    asked.pipe(passed);
  });
}
