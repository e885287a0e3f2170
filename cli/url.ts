import { UserError } from "../shared/model/errors.ts";

/** Where the service on this machine listens unless told otherwise. */
export const LOCAL_URL = "http://127.0.0.1:4700";

/**
 * What was given as the address of a service. Throws a UserError:
 *
 * | text                            | outcome                                      |
 * | ------------------------------- | -------------------------------------------- |
 * | a URL of http or https          | that                                         |
 * | one without its beginning       | refused, with http:// (loopback) or https:// |
 * | any other                       | refused, with an example                     |
 */
export function baseOf(text: string, example: string = LOCAL_URL): URL {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol)) return url;
  const meant = text.includes("//") ? null : URL.parse(`http://${text}`);
  const remedy = meant ? `say ${isLoopback(meant) ? "http" : "https"}://${text}` : `it looks like ${example}`;
  throw new UserError(`'${text}' is no URL; ${remedy}`);
}

/** The same for requests that carry a token, which must not cross a network in the clear. */
export function baseForToken(text: string): URL {
  const url = baseOf(text, "https://abc.execute-api.eu-west-1.amazonaws.com");
  if (url.protocol === "https:" || isLoopback(url)) return url;
  throw new UserError(`'${text}' is not https: the token would be sent in the clear.`);
}

/** Whether it is this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/** The body as JSON; undefined where it is none, as a page in HTML. */
export function jsonOf(response: Response): Promise<unknown> {
  return response.json().catch(() => undefined);
}
