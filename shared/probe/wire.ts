import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Phase } from "../model/finding.ts";
import type { CertificateRule } from "./certificate.ts";
import { hangUp, open } from "./connect.ts";
import type { Connection } from "./exchange.ts";
import { closed, timeout, troubleOf } from "./fault.ts";
import type { Outcome, Trouble } from "./findings.ts";
import type { Stop } from "./probe.ts";
import { type Parser, REPLY_BYTES } from "./reply.ts";
import { judgePeer, secure } from "./secure.ts";

/** How a connection came to its end before the verdict. */
type End = "aborted" | "closed" | { error: unknown };

/**
 * One connection for a dialogue. Every method resolves with trouble instead of rejecting, and soon after `stop`
 * calls. What has come but was not asked for waits, up to a reply's length and one chunk.
 */
export class Wire {
  readonly #raw: Socket;
  #stream: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  /** So many of them were there before we last sent something, so they are no answer to it: the rest of a greeting. */
  #earlier = 0;
  #end: End | undefined;
  #happened: () => void = () => {};

  constructor(address: string, port: number, stop: Stop) {
    this.#raw = open(address, port);
    this.#stream = this.#raw;
    this.#listen(this.#raw);
    this.#raw.on("connect", () => this.#happened());
    stop.onStop(() => this.#stop("aborted"));
  }

  /** Empty once the connection stands. */
  connected(): Promise<Outcome> {
    return this.#until(() => (this.#raw.connecting || this.#end ? undefined : {}), "connect");
  }

  send(bytes: string | Buffer): void {
    this.#earlier = this.#bytes.length;
    this.#stream.write(bytes);
  }

  /** Empty once the parser has what it wants; `orEnd`: that the other side hangs up instead will do. */
  read(parser: Parser, phase: Phase, orEnd: boolean = false): Promise<Outcome> {
    return this.#until(() => {
      const taken = parser(this.#bytes);
      if (taken === undefined) return orEnd && this.#end ? {} : this.#overlong(phase);
      if ("bad" in taken)
        return { reason: taken.reason ?? (phase === "banner" ? "banner" : "answer"), phase, detail: taken.bad };
      this.#bytes = this.#bytes.subarray(taken.used);
      this.#earlier = Math.max(0, this.#earlier - taken.used);
      return {};
    }, phase);
  }

  /** Speaks TLS from here on. Bytes that came before it are somebody's who wants to be taken for the server. */
  async secure(rule: CertificateRule, address: string, wallMs: () => number, alpn?: string[]): Promise<Outcome> {
    if (this.#bytes.length > 0)
      return { reason: "tls", phase: "tls", detail: "bytes came between STARTTLS and the handshake" };
    this.#unlisten();
    this.#raw.pause();
    const stream: TLSSocket = secure(this.#raw, rule, address, alpn);
    this.#stream = stream;
    let done = false;
    stream.on("secureConnect", () => {
      done = true;
      this.#happened();
    });
    this.#listen(stream);
    return this.#until(() => (done ? judgePeer(stream, rule, address, wallMs()) : undefined), "tls");
  }

  /** Hands the connection over to somebody who listens for himself at once; only `hangUp` is left to be called. */
  release(): Connection {
    this.#unlisten();
    return { raw: this.#raw, socket: this.#stream };
  }

  hangUp(): void {
    this.#happened = () => {};
    hangUp(this.#stream);
    this.#bytes = Buffer.alloc(0);
  }

  #listen(stream: Socket): void {
    stream.on("data", this.#onData).on("error", this.#onError).on("end", this.#onEnd).on("close", this.#onEnd);
  }

  #unlisten(): void {
    this.#stream
      .off("data", this.#onData)
      .off("error", this.#onError)
      .off("end", this.#onEnd)
      .off("close", this.#onEnd);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    this.#happened();
  };
  readonly #onError = (error: unknown): void => this.#stop({ error });
  readonly #onEnd = (): void => this.#stop("closed");

  /** The first end counts: a close follows every error. */
  #stop(end: End): void {
    this.#end ??= end;
    this.#happened();
  }

  /** Resolves with what `look` sees, which is asked anew whenever something happens, or with the connection's end. */
  #until(look: () => Outcome | undefined, phase: Phase): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#happened = () => {
        const seen = (this.#end === "aborted" ? undefined : look()) ?? this.#ended(phase);
        if (seen === undefined) return;
        this.#happened = () => {};
        resolve(seen);
      };
      this.#happened();
    });
  }

  #ended(phase: Phase): Trouble | undefined {
    const said = this.#bytes.subarray(this.#earlier);
    const hasBegun = phase === "tls" ? this.#raw.bytesRead > 0 : said.length > 0;
    if (this.#end === undefined) return undefined;
    if (this.#end === "aborted") return timeout(phase, hasBegun, said);
    if (this.#end === "closed") return closed(phase, hasBegun, said);
    return troubleOf(this.#end.error, phase, this.#raw.bytesRead > 0);
  }

  #overlong(phase: Phase): Trouble | undefined {
    if (this.#bytes.length <= REPLY_BYTES) return undefined;
    return { reason: "answer", phase, detail: `more than ${REPLY_BYTES} bytes, and no end of the answer` };
  }
}
