import { bytes } from './raw-hex.ts';

/** End of a connection: a WebSocket's close code and reason; for TCP, neither. */
export interface Closing {
  readonly code?: number;
  readonly reason?: string;
}

/**
 * Longest wait, in ms, for anything the specification promises; where all that comes is passed on, since the last of it.
 * Only a failing test uses it up.
 */
const PATIENCE_MS = 10_000;

/** Inbox of one connection, in order: bytes, then the gateway's end of writing, then the close. */
export class RawInbox {
  readonly #name: string;
  /** Bytes that were not taken, as they came: what comes in many small pieces is joined once. */
  #pieces: Uint8Array[] = [];
  #unreadLength = 0;
  #ended = false;
  #closing: Closing | undefined;
  #failure: Error | undefined;
  #wake: () => void = () => {};
  #sink: ((data: Uint8Array) => void) | undefined;
  #onEnd: () => void = () => {};
  #deadline = 0;

  constructor(name: string) {
    this.#name = name;
  }

  get ended(): boolean {
    return this.#ended;
  }

  push(data: Uint8Array): void {
    if (this.#ended) this.fail(new Error('bytes after the end of writing'));
    if (this.#sink) {
      this.#deadline = Date.now() + PATIENCE_MS;
      return this.#sink(data);
    }
    this.#pieces.push(Buffer.from(data));
    this.#unreadLength += data.length;
    this.#wake();
  }

  /**
   * Passes every byte from now on to `sink`, the unread ones included, and keeps none.
   * @param onEnd called at the end of writing, unless that was before
   */
  divert(sink: (data: Uint8Array) => void, onEnd: () => void = () => {}): void {
    this.#onEnd = onEnd;
    const unread = this.#unread;
    this.#unread = Buffer.alloc(0);
    this.#sink = sink;
    if (unread.length > 0) sink(unread);
  }

  end(): void {
    if (this.#ended) this.fail(new Error('a second end of writing'));
    this.#ended = true;
    this.#onEnd();
    this.#wake();
  }

  close(closing: Closing): void {
    this.#closing ??= closing;
    this.#wake();
  }

  /** Notes a fault of the server, which every later expectation reports. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  /** Waits for exactly these bytes; a first wrong byte fails at once. */
  async expect(hex: string): Promise<void> {
    const wanted = bytes(hex);
    const agreed = (): number => commonLength(this.#unread, wanted);
    await this.#until(
      () => agreed() === wanted.length || agreed() < this.#unreadLength || this.#over(),
      () => `waiting for ${wanted.length} bytes\n${difference(wanted, this.#unread)}`,
    );
    if (agreed() < wanted.length)
      throw this.#error(difference(wanted, this.#unread.subarray(0, wanted.length + 32)));
    this.#unread = this.#unread.subarray(wanted.length);
  }

  /** Reads the next `count` bytes, as hex. */
  async read(count: number): Promise<string> {
    await this.#until(
      () => this.#unreadLength >= count || this.#over(),
      () => `waiting for ${count} bytes, ${this.#unreadLength} came`,
    );
    if (this.#unreadLength < count) throw this.#error(`only ${this.#unreadLength} of ${count} bytes came`);
    const taken = this.#unread.subarray(0, count).toString('hex');
    this.#unread = this.#unread.subarray(count);
    return taken;
  }

  /** Waits for the end of writing, or a close, and gives the bytes before it, as hex. */
  async readToEnd(): Promise<string> {
    await this.#until(
      () => this.#over(),
      () => 'waiting for the end',
    );
    return this.read(this.#unreadLength);
  }

  /** Waits for the end of writing; no byte may come before. */
  async expectEnd(): Promise<void> {
    await this.#until(
      () => this.#over() || this.#unreadLength > 0,
      () => 'waiting for the end of writing',
    );
    this.#expectNothingUnread();
    if (!this.#ended) throw this.#error('closed without an end of writing');
  }

  /** Waits for the close; no byte may come before. */
  async expectClose(): Promise<Closing> {
    await this.#until(
      () => this.#closing !== undefined || this.#unreadLength > 0,
      () => 'waiting for the close',
    );
    this.#expectNothingUnread();
    return this.#closing ?? {};
  }

  get #unread(): Buffer {
    const joined = Buffer.concat(this.#pieces);
    this.#pieces = [joined];
    return joined;
  }

  set #unread(bytes: Buffer) {
    this.#pieces = [bytes];
    this.#unreadLength = bytes.length;
  }

  #over(): boolean {
    return this.#ended || this.#closing !== undefined;
  }

  #expectNothingUnread(): void {
    if (this.#unreadLength > 0) throw this.#error(`unexpected bytes: ${this.#unread.toString('hex')}`);
  }

  #error(text: string): Error {
    const closing = this.#closing;
    const state = closing
      ? `closed ${closing.code ?? ''} ${closing.reason ?? ''}`
      : this.#ended
        ? 'ended'
        : 'open';
    return new Error(`${this.#name} (${state.trim()}): ${text}`);
  }

  async #until(met: () => boolean, what: () => string): Promise<void> {
    this.#deadline = Date.now() + PATIENCE_MS;
    while (this.#failure === undefined && !met()) {
      const woken = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(resolve, Math.max(0, this.#deadline - Date.now()), false);
        this.#wake = () => {
          clearTimeout(timer);
          resolve(true);
        };
      });
      if (!woken && Date.now() >= this.#deadline) throw this.#error(`still ${what()}`);
    }
    if (this.#failure) throw this.#error(this.#failure.message);
  }
}

function commonLength(a: Uint8Array, b: Uint8Array): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

/** Shows two byte strings around the place where they part, one above the other. */
function difference(wanted: Buffer, got: Buffer): string {
  const at = commonLength(wanted, got);
  const from = Math.max(0, at - 16);
  const show = (buffer: Buffer): string =>
    (from > 0 ? '… ' : '') +
    (buffer
      .subarray(from, at + 32)
      .toString('hex')
      .match(/../g)
      ?.join(' ') ?? '(nothing)');
  return `they part at byte ${at}\n  wanted ${show(wanted)}\n  got    ${show(got)}`;
}
