/** The body is searched within this many first bytes, as Route 53's string matching does (health-checks-creating-values). */
export const BODY_BYTES = 5120;

/** The first bytes of a body as they come. Bounded: what is beyond the window is neither kept nor searched. */
export class BodyWindow {
  readonly #bytes: Buffer;
  readonly #needle: Buffer | undefined;
  #length = 0;
  #found: boolean;

  /** `contains`: text to look for on the way. */
  constructor(sizeBytes: number, contains: string | undefined) {
    this.#bytes = Buffer.alloc(sizeBytes);
    this.#needle = contains === undefined ? undefined : Buffer.from(contains);
    this.#found = contains === undefined;
  }

  take(chunk: Uint8Array): void {
    const before = this.#length;
    const room = this.#bytes.length - before;
    this.#bytes.set(chunk.length > room ? chunk.subarray(0, room) : chunk, before);
    this.#length = Math.min(this.#bytes.length, before + chunk.length);
    if (this.#found || !this.#needle) return;
    // The text may have begun in what came before.
    this.#found = this.seen.includes(this.#needle, Math.max(0, before - this.#needle.length + 1));
  }

  /** The text was there, or none is wanted. */
  get found(): boolean {
    return this.#found;
  }

  get full(): boolean {
    return this.#length === this.#bytes.length;
  }

  /** What came so far, at most the window. */
  get seen(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}
