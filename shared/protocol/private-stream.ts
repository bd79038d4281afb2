/** Parses what the other user sends on a private connection: commands if they are, and otherwise text or bytes (D29). */
import { Decoder, UnreadableError } from './decoder.ts';
import { Opcode } from './commands.ts';

/** One thing that came over a private connection. */
export type PrivateItem =
  /** A MESSAGE, as clients that speak in commands send it (§ "Commande Client<->Serveur"). `login` is untrusted. */
  | { readonly kind: 'message'; readonly login: string; readonly msg: string }
  /** Bytes that are no MESSAGE, but text. */
  | { readonly kind: 'text'; readonly text: string }
  /** Bytes that are neither. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

/** A character of UTF-8 has at most 4 bytes, so at most 3 of one are waiting for the rest. */
const LONGEST_UNFINISHED = 3;
const STRICT = { fatal: true, ignoreBOM: true };
const utf8 = new TextDecoder('utf-8', STRICT);

/**
 * Reads the incoming direction of a private connection. It is MESSAGE commands for as long as it can be read as
 * commands; from the first byte that cannot, it is raw for good. Nothing is ever dropped: what is still waiting for
 * its end comes out of `end`.
 */
export class PrivateStreamParser {
  readonly #decoder = new Decoder('client');
  #raw = false;
  /** The beginning of a character whose end has not come yet, in raw mode. */
  #unfinished = new Uint8Array(0);

  push(bytes: Uint8Array): PrivateItem[] {
    if (this.#raw) return this.#readRaw(bytes);
    const items: PrivateItem[] = [];
    this.#decoder.push(bytes);
    try {
      for (let frame = this.#decoder.next(); frame; frame = this.#decoder.next())
        if (frame.opcode === Opcode.MESSAGE)
          items.push({ kind: 'message', login: frame.login, msg: frame.msg });
        else items.push({ kind: 'bytes', bytes: new Uint8Array(this.#decoder.raw) });
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      this.#raw = true;
      items.push(...this.#readRaw(this.#decoder.takeRest()));
    }
    return items;
  }

  /** Returns what was still waiting for its end: the other side has ended its writing, or is gone. */
  end(): PrivateItem[] {
    const rest = this.#raw ? this.#unfinished : this.#decoder.takeRest();
    this.#unfinished = new Uint8Array(0);
    if (rest.length === 0) return [];
    const text = decodeText(rest);
    return [text === null ? { kind: 'bytes', bytes: new Uint8Array(rest) } : { kind: 'text', text }];
  }

  #readRaw(bytes: Uint8Array): PrivateItem[] {
    const all = new Uint8Array(this.#unfinished.length + bytes.length);
    all.set(this.#unfinished);
    all.set(bytes, this.#unfinished.length);
    const whole = all.length - unfinishedLength(all);
    this.#unfinished = all.slice(whole);
    if (whole === 0) return [];
    const text = decodeText(all.subarray(0, whole));
    return [text === null ? { kind: 'bytes', bytes: all.subarray(0, whole) } : { kind: 'text', text }];
  }
}

function decodeText(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

/** Bytes at the end that may be the beginning of a character. */
function unfinishedLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(LONGEST_UNFINISHED, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return isBeginning(bytes.subarray(-back)) ? back : 0;
  }
  return 0;
}

/** True when a rest could follow that makes these bytes a character. */
function isBeginning(bytes: Uint8Array): boolean {
  try {
    return new TextDecoder('utf-8', STRICT).decode(bytes, { stream: true }) === '';
  } catch {
    return false;
  }
}
