// For every protocol a check and a server that satisfies it: what the tests of hostile servers start from.
import { decode, type DecodedPacket, encode } from "dns-packet";
import type { CheckInput, Protocol } from "../../shared/model/check.ts";
import { answering, listen, type Listening, listenUdp, LOOPBACK } from "./servers.ts";
import { CA, dialogue, listenTls } from "./tls-servers.ts";

type Options = { timeoutMs?: number };

/** A way of asking over a stream: `ask` makes the check, `serve` its well-behaved server. */
export type Way = {
  protocol: Protocol;
  /** The phases that a conversation goes through, as it is cut later and later. */
  phases: RegExp;
  ask: (port: number, options?: Options) => CheckInput;
  serve: (host?: string) => Promise<Listening>;
};

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const rule = { host: "lb.example.test", ca: CA };

const way = (protocol: Protocol, phases: RegExp, given: object, serve: Way["serve"]): Way => ({
  protocol,
  phases,
  // `given` is what the schema of this protocol takes; runProbe's tests parse it.
  ask: (port, options) => ({ protocol, port, ...given, ...options }) as CheckInput,
  serve,
});

const smtpAnswers: Record<string, string | { thenTls: string }> = {
  "EHLO lifeboat.invalid": "250-lb.example.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n",
  STARTTLS: { thenTls: "220 go on\r\n" },
  QUIT: "221 bye\r\n",
};
const capability = (tag: string) => `* CAPABILITY IMAP4rev1 STARTTLS\r\n${tag} OK done\r\n`;
const imapAnswers: Record<string, string | { thenTls: string }> = {
  "a1 CAPABILITY": capability("a1"),
  "a2 STARTTLS": { thenTls: "a2 OK go on\r\n" },
  "a3 CAPABILITY": capability("a3"),
  "a4 LOGOUT": "* BYE\r\na4 OK done\r\n",
};
const pop3Answers: Record<string, string | { thenTls: string }> = {
  CAPA: "+OK\r\nTOP\r\nSTLS\r\n.\r\n",
  STLS: { thenTls: "+OK go on\r\n" },
  QUIT: "+OK bye\r\n",
};

const talk =
  (greeting: string, answers: Record<string, string | { thenTls: string }>) =>
  (host?: string): Promise<Listening> =>
    dialogue(greeting, (line) => answers[line] ?? "what?\r\n", "good", host);

const overTls =
  (greeting: string, answers: Record<string, string | { thenTls: string }>) =>
  (host?: string): Promise<Listening> =>
    listenTls(
      "good",
      (socket) => {
        socket.write(greeting);
        socket.on("data", (line: Buffer) => {
          const said = answers[line.toString().trimEnd()] ?? "what?\r\n";
          socket.write(typeof said === "string" ? said : said.thenTls);
        });
      },
      {},
      host,
    );

const smtp = ["220 lb.example.test ESMTP\r\n", smtpAnswers] as const;
const imap = ["* OK IMAP4rev1 ready\r\n", imapAnswers] as const;
const pop3 = ["+OK ready\r\n", pop3Answers] as const;
const secure = (host?: string) => listenTls("good", (socket) => socket.on("data", () => socket.write(OK)), {}, host);

export function dnsAnswer({ id, questions }: DecodedPacket): Buffer {
  const answers = [{ type: "A" as const, name: "lb.example.test", ttl: 60, data: "192.0.2.1" }];
  return encode({ type: "response", id, questions, answers });
}

const dnsOverTcp = (host?: string): Promise<Listening> =>
  listen(
    (socket) =>
      socket.on("data", (bytes: Buffer) => {
        const answer = dnsAnswer(decode(bytes.subarray(2)));
        socket.write(Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 0xff]), answer]));
      }),
    host,
  );

const PLAIN = /^banner response$/;
const SECURE = /^tls banner response$/;
const UPGRADED = /^banner response tls response$/;

/** Every way over a stream; dns by udp is asked apart. */
export const ways: Record<string, Way> = {
  http: way("http", /^response$/, {}, (host) => answering(OK, host)),
  "http with a body": way("http", /^response$/, { contains: "hello" }, (host) => answering(OK, host)),
  https: way("https", /^tls response$/, { ...rule, contains: "hello" }, secure),
  tls: way("tls", /^tls$/, rule, secure),
  "tcp with a script": way(
    "tcp",
    UPGRADED,
    {
      script: [
        { expect: "ready\r\n" },
        { send: "x\r\n" },
        { expect: "go" },
        { starttls: rule },
        { send: "y\r\n" },
        { expect: "heard" },
      ],
    },
    (host) =>
      dialogue("ready\r\n", (_line, isSecure) => (isSecure ? "heard\r\n" : { thenTls: "go\r\n" }), "good", host),
  ),
  smtp: way("smtp", PLAIN, {}, talk(...smtp)),
  "smtp with STARTTLS": way("smtp", UPGRADED, { tls: "starttls", ...rule }, talk(...smtp)),
  "smtp over TLS": way("smtp", SECURE, { tls: "implicit", ...rule }, overTls(...smtp)),
  imap: way("imap", PLAIN, {}, talk(...imap)),
  "imap with STARTTLS": way("imap", UPGRADED, { tls: "starttls", ...rule }, talk(...imap)),
  "imap over TLS": way("imap", SECURE, { tls: "implicit", ...rule }, overTls(...imap)),
  pop3: way("pop3", PLAIN, {}, talk(...pop3)),
  "pop3 with STLS": way("pop3", UPGRADED, { tls: "starttls", ...rule }, talk(...pop3)),
  "pop3 over TLS": way("pop3", SECURE, { tls: "implicit", ...rule }, overTls(...pop3)),
  "dns over tcp": way("dns", /^response$/, { name: "lb.example.test", transport: "tcp" }, dnsOverTcp),
};

/** A DNS server by udp that answers with whatever `reply` makes of the query. */
export function dnsOverUdp(reply: (query: Buffer) => Buffer, host: string = LOOPBACK) {
  return listenUdp((bytes, _from, send) => send(reply(bytes)), host);
}
