import { isTrouble, type Outcome } from "./findings.ts";
import { quote } from "./quote.ts";

/** A shorter beginning of a secret gives nothing away, and may be an everyday word. */
const SHOWN_CHARS = 4;

/** The outcome without our secret, which a server that echoes requests would otherwise have us quote. */
export function hideSecret(outcome: Outcome, secret: string | undefined): Outcome {
  if (secret === undefined || !isTrouble(outcome) || "ours" in outcome) return outcome;
  return { ...outcome, detail: without(outcome.detail, quote(secret).replace(/^"|…?"$/g, "")) };
}

/** A quote may end in the middle of it: the longest beginning that stands there goes. */
function without(detail: string, secret: string): string {
  for (let length = secret.length; length > SHOWN_CHARS; length--) {
    const beginning = secret.slice(0, length);
    if (detail.includes(beginning)) return detail.replaceAll(beginning, "[secret]");
  }
  return detail;
}
