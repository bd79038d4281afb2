/** Decodes bytes, cut anywhere, into commands. */
import {
  COMMANDS,
  MAX_COMMAND_BYTES,
  isSentBy,
  type CommandEntry,
  type CommandFrom,
  type LongSize,
  type Sender,
} from './commands.ts';
import type { UnreadableReason } from './reasons.ts';
import { concat, decodeUtf8, NOTHING } from './bytes.ts';

/** A command that cannot be read: the connection has to be closed (D5). Carries no byte of what was received. */
export class UnreadableError extends Error {
  readonly reason: UnreadableReason;
  constructor(reason: UnreadableReason) {
    super(`cannot read a command: ${reason}`);
    this.reason = reason;
  }
}

type State = 'opcode' | 'size' | 'value';

/**
 * Incremental decoder of one direction of one connection.
 *
 * `push` a chunk, then call `next` until it answers null. What of a command has arrived is kept until the rest comes:
 * at most {@link MAX_COMMAND_BYTES} (D3), allocated when first needed and released when the command is complete.
 * Between two commands it holds nothing but the unread part of the chunk it was last given.
 */
export class Decoder<S extends Sender = Sender> {
  readonly #sender: S;
  readonly #longSize: LongSize;

  // The chunk being read, and how far.
  #chunk: Uint8Array = NOTHING;
  #position = 0;

  // The beginning of a command whose end has not come yet.
  #partial: Uint8Array | null = null;
  #partialLength = 0;

  // Measuring the current command: its first `#measured` bytes are checked, `#state` says what comes next, and that is
  // complete at `#needed` bytes.
  #state: State = 'opcode';
  #entry: CommandEntry = COMMANDS[0];
  #field = 0;
  #measured = 0;
  #needed = 1;

  #raw: Uint8Array = NOTHING;

  /**
   * @param sender whose commands these bytes are; an opcode that only the other side sends is unreadable (D5)
   * @param longSize width of a LONG in this connection's dialect (D2)
   */
  constructor(sender: S, longSize: LongSize = 4) {
    this.#sender = sender;
    this.#longSize = longSize;
  }

  /** The exact bytes of the command that `next` just returned; valid until the next call of `next` or `push`. */
  get raw(): Uint8Array {
    return this.#raw;
  }

  /** True when the bytes given so far end between two commands. */
  get atBoundary(): boolean {
    return this.#partialLength === 0 && this.#position === this.#chunk.length;
  }

  /** Gives the next bytes of the stream. Everything of the chunk before must have been taken by `next`. */
  push(chunk: Uint8Array): void {
    if (this.#position < this.#chunk.length) throw new Error('push before the chunk before was read');
    this.#chunk = chunk;
    this.#position = 0;
  }

  /**
   * The next complete command, or null when more bytes are needed.
   * Throws {@link UnreadableError}: for an opcode or a size as soon as its bytes are there, for a text when its command
   * is complete. The decoder is of no use after that.
   */
  next(): CommandFrom<S> | null {
    const bytes = this.#partialLength > 0 ? this.#completePartial() : this.#findInChunk();
    if (bytes) return this.#take(bytes);
    this.#dropChunk();
    return null;
  }

  /**
   * Takes the bytes received and not decoded: of a stream that is throttled, or that stops being commands, after
   * LOGIN_PRIVATE (§4) or because the other side never spoke in commands (then they begin with what `next` could not
   * read). The decoder is empty afterwards.
   */
  takeRest(): Uint8Array {
    const unread = this.#chunk.subarray(this.#position);
    const partial = this.#partial?.subarray(0, this.#partialLength);
    const rest = partial ? concat(partial, unread) : unread;
    this.#dropChunk();
    this.#restart();
    return rest;
  }

  #dropChunk(): void {
    this.#chunk = NOTHING;
    this.#position = 0;
    this.#raw = NOTHING;
  }

  /** A command that is whole within the chunk: the usual case, and nothing is copied. */
  #findInChunk(): Uint8Array | null {
    const chunk = this.#chunk;
    const start = this.#position;
    if (this.#measure(chunk, start, chunk.length - start)) {
      return chunk.subarray(start, start + this.#measured);
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return null;
  }

  #completePartial(): Uint8Array | null {
    const partial = (this.#partial ??= new Uint8Array(MAX_COMMAND_BYTES));
    const chunk = this.#chunk;
    while (!this.#measure(partial, 0, this.#partialLength)) {
      // It takes no more than is certainly part of this command: what follows it stays in the chunk.
      const missing = this.#needed - this.#partialLength;
      const piece = chunk.subarray(this.#position, this.#position + missing);
      partial.set(piece, this.#partialLength);
      this.#partialLength += piece.length;
      this.#position += piece.length;
      if (piece.length < missing) return null;
    }
    return partial.subarray(0, this.#measured);
  }

  #keep(bytes: Uint8Array): void {
    const partial = (this.#partial ??= new Uint8Array(MAX_COMMAND_BYTES));
    partial.set(bytes);
    this.#partialLength = bytes.length;
  }

  /**
   * Walks the command that begins at `start`, of which `available` bytes are there, from where the last call stopped.
   * True once the whole command is; it then has `#measured` bytes. Each size is checked as soon as its 4 bytes have
   * come, before any of the body (D3).
   */
  #measure(bytes: Uint8Array, start: number, available: number): boolean {
    while (available >= this.#needed) {
      const at = start + this.#measured;
      this.#measured = this.#needed;
      if (this.#state === 'opcode') {
        this.#entry = this.#entryOf(bytes[at]!);
        this.#field = 0;
      } else if (this.#state === 'size') {
        this.#needed += this.#checkSize(readInt(bytes, at));
        this.#state = 'value';
        continue;
      } else {
        this.#field++;
      }
      const field = this.#entry.fields[this.#field];
      if (!field) return true;
      this.#state = field[1].type === 'string' ? 'size' : 'value';
      this.#needed += field[1].type === 'string' ? 4 : this.#longSize;
    }
    return false;
  }

  #entryOf(opcode: number): CommandEntry {
    const entry = COMMANDS[opcode];
    if (!entry) throw new UnreadableError('unknown opcode');
    if (!isSentBy(this.#sender, entry)) throw new UnreadableError('opcode of the other side');
    return entry;
  }

  #checkSize(size: number): number {
    const kind = this.#entry.fields[this.#field]![1];
    if (size < 0) throw new UnreadableError('negative size');
    if (kind.type !== 'string' || size > kind.maxBytes) throw new UnreadableError('size over the limit');
    return size;
  }

  /** Reads the complete command that `bytes` is, and starts on the next one. */
  #take(bytes: Uint8Array): CommandFrom<S> {
    const command: Record<string, string | number> = { opcode: this.#entry.opcode };
    let at = 1;
    for (const [name, kind] of this.#entry.fields) {
      if (kind.type === 'string') {
        const size = readInt(bytes, at);
        command[name] = readString(bytes, at + 4, size);
        at += 4 + size;
      } else {
        command[name] = readLong(bytes, at, this.#longSize);
        at += this.#longSize;
      }
    }
    // The position moves only now: a command that cannot be read is part of the rest.
    if (this.#partialLength === 0) this.#position += bytes.length;
    this.#raw = bytes;
    this.#restart();
    return command as unknown as CommandFrom<S>;
  }

  #restart(): void {
    this.#state = 'opcode';
    this.#measured = 0;
    this.#needed = 1;
    this.#partial = null;
    this.#partialLength = 0;
  }
}

function readInt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** A LONG of 8 bytes that does not fit 32 bits comes out as a number outside their range: no id that exists (D2). */
function readLong(bytes: Uint8Array, at: number, size: LongSize): number {
  if (size === 4) return readInt(bytes, at);
  const high = readInt(bytes, at);
  const low = readInt(bytes, at + 4);
  return high === low >> 31 ? low : high * 2 ** 32 + (low >>> 0);
}

function readString(bytes: Uint8Array, at: number, size: number): string {
  const text = decodeUtf8(bytes.subarray(at, at + size));
  if (text === null) throw new UnreadableError('invalid UTF-8');
  return text;
}
