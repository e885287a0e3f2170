import { Problem } from "../model/errors.ts";
import { allows, hashToken, type Need, readToken, type Token } from "../model/token.ts";
import type { Clock, Log, Tokens } from "../ports.ts";

export type AuthorizePorts = { clock: Clock; tokens: Tokens; tokenKey: Uint8Array; log: Log };

/** One sentence for all: who guesses learns nothing of which part was wrong. */
const REFUSED = "The token is not known, or was revoked; make another with `lifeboat token create`.";

/**
 * Lets a request in by its Authorization header, or throws a Problem.
 *
 * | header                     | token   | scope       | answer |
 * | -------------------------- | ------- | ----------- | ------ |
 * | none, or no Bearer         |         |             | 401    |
 * | Bearer                     | unknown, wrong or revoked | | 401 |
 * | Bearer                     | good    | not enough  | 403    |
 * | Bearer                     | good    | enough      | the token |
 */
export async function authorize(header: string | undefined, need: Need, ports: AuthorizePorts): Promise<Token> {
  const { clock, tokens, tokenKey, log } = ports;
  const [, given] = /^Bearer +(\S+)$/i.exec(header?.trim() ?? "") ?? [];
  if (given === undefined) throw new Problem(401, "Send a token: the header `Authorization: Bearer lifeboat_…`.");
  const read = readToken(given);
  const found = read && (await tokens.token(read.id));
  if (!read || !found || hashToken(tokenKey, read.secret) !== found.token.hash) throw new Problem(401, REFUSED);
  if (found.revoked) {
    log.warn("a revoked token was used", { token: found.token.id, name: found.token.name });
    throw new Problem(401, REFUSED);
  }
  const { token } = found;
  if (!allows(token.scope, need)) throw new Problem(403, refusal(token.scope, need));
  await tokens.putUse(token.id, clock.nowMs()).catch((error: unknown) => {
    log.warn("the use of a token could not be noted", { token: token.id, error });
  });
  return token;
}

function refusal(scope: string, need: Need): string {
  const wants = need.kind === "read" ? "read" : `snapshot:${need.box}`;
  return `This token has the scope '${scope}', and '${wants}' is needed; make one with \`lifeboat token create\`.`;
}
