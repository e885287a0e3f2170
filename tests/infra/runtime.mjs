// Lambda's runtime, as far as a handler can tell: loads the bundle from the function's folder, answers events that come
// as messages.
import { pathToFileURL } from "node:url";

const { handler } = await import(pathToFileURL("bundle.mjs").href);

async function answer({ id, event, timeoutMs }) {
  const endMs = Date.now() + timeoutMs;
  const context = { awsRequestId: `request-${id}`, getRemainingTimeInMillis: () => endMs - Date.now() };
  try {
    process.send({ id, result: await handler(event, context) });
  } catch (error) {
    process.send({ id, error: error?.stack ?? String(error) });
  }
}

process.on("message", (message) => void answer(message));
process.send({ ready: true });
