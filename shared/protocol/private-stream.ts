/** Parses what the other user sends on a private connection: MESSAGEs or STRINGs if they are, else text or bytes (D29). */
import { concat, decodeUtf8, NOTHING } from './bytes.ts';
import { MAX_LOGIN_BYTES, MAX_MSG_BYTES, Opcode } from './commands.ts';

/** One thing that came over a private connection. */
export type PrivateItem = TextItem | RawItem;

type TextItem =
  /** A MESSAGE, as clients that speak in commands send it (§ "Commande Client<->Serveur"). `login` is untrusted. */
  | { readonly kind: 'message'; readonly login: string; readonly msg: string }
  /** A STRING without an opcode, as one public client sends its texts. */
  | { readonly kind: 'string'; readonly text: string };

export type RawItem =
  /** Bytes that are neither, but text. */
  | { readonly kind: 'text'; readonly text: string }
  /** Bytes that are not even that. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

/** Form of an item, which its first bytes decide. */
type Form = 'undecided' | 'message' | 'string' | 'raw';

interface Found {
  readonly item: PrivateItem;
  readonly length: number;
}

/** A character of UTF-8 has at most 4 bytes, so at most 3 of one are waiting for the rest. */
const LONGEST_UNFINISHED = 3;
/**
 * Reads the incoming direction of a private connection. Each item is what it begins with, a MESSAGE (`03`) or a STRING
 * (`00 00`); from the first byte that can be neither, the direction is raw for good. Nothing is ever dropped, and at most
 * one item waits for its end: `unfinished` shows it, and `end` gives it out.
 */
export class PrivateStreamParser {
  #isRaw = false;
  #speaksStrings = false;
  /** The beginning of an item, or of a character in raw mode: at most 1062 bytes, a MESSAGE less one. */
  #rest: Uint8Array = NOTHING;

  /** True when what the other side has said last, or begins to say, is a STRING: only so does it understand an answer. */
  get speaksStrings(): boolean {
    return this.#speaksStrings;
  }

  /** True from the first byte that can begin no item: nothing is read as a MESSAGE any more. */
  get isRaw(): boolean {
    return this.#isRaw;
  }

  /** The beginning of an item whose end has not come yet, as what it is by itself; null when there is none. */
  get unfinished(): RawItem | null {
    return this.#rest.length > 0 ? rawItem(this.#rest) : null;
  }

  /** Another one that goes on from here: it reads what comes next as this one does. */
  copy(): PrivateStreamParser {
    const copy = new PrivateStreamParser();
    copy.#isRaw = this.#isRaw;
    copy.#speaksStrings = this.#speaksStrings;
    copy.#rest = this.#rest;
    return copy;
  }

  /** Takes the next bytes, cut anywhere, and returns the items that they complete. */
  push(bytes: Uint8Array): PrivateItem[] {
    let all = this.#rest.length > 0 ? concat(this.#rest, bytes) : bytes;
    const items: PrivateItem[] = [];
    while (all.length > 0 && !this.#isRaw) {
      const form = formOf(all);
      const found = readItem(form, all);
      this.#isRaw = found === null;
      // A zero by itself is not known to begin one.
      if (form !== 'undecided') this.#speaksStrings = form === 'string' && !this.#isRaw;
      if (found === 'more' || found === null) break;
      items.push(found.item);
      all = all.subarray(found.length);
    }
    const whole = this.#isRaw ? all.length - unfinishedLength(all) : 0;
    if (whole > 0) items.push(rawItem(all.subarray(0, whole)));
    this.#rest = all.slice(whole);
    return items;
  }

  /** Returns what was still waiting for its end: the other side has ended its writing, or is gone. */
  end(): PrivateItem[] {
    const { unfinished } = this;
    this.#rest = NOTHING;
    return unfinished ? [unfinished] : [];
  }
}

/** One STRING, as a client that speaks in STRINGs reads it: its size and the text, of at most 1024 bytes. */
export function encodeString(text: string): Uint8Array<ArrayBuffer> {
  const encoded = new TextEncoder().encode(text);
  const bytes = new Uint8Array(4 + encoded.length);
  new DataView(bytes.buffer).setInt32(0, encoded.length);
  bytes.set(encoded, 4);
  return bytes;
}

function formOf(bytes: Uint8Array): Form {
  if (bytes[0] === Opcode.MESSAGE) return 'message';
  if (bytes[0] !== 0) return 'raw';
  return bytes.length === 1 ? 'undecided' : bytes[1] === 0 ? 'string' : 'raw';
}

/** Reads the item at the beginning: `more` when its end has not come, null for bytes that no such item can begin with. */
function readItem(form: Form, bytes: Uint8Array): Found | 'more' | null {
  if (form === 'undecided') return 'more';
  if (form === 'string') {
    // An empty one would show as nothing, and zeros are what many a binary file begins with.
    const text = readString(bytes, 0, 1, MAX_MSG_BYTES);
    return text && (text === 'more' ? text : { item: { kind: 'string', text: text.text }, length: text.end });
  }
  if (form === 'raw') return null;
  const login = readString(bytes, 1, 0, MAX_LOGIN_BYTES);
  if (!login || login === 'more') return login;
  const msg = readString(bytes, login.end, 0, MAX_MSG_BYTES);
  if (!msg || msg === 'more') return msg;
  return { item: { kind: 'message', login: login.text, msg: msg.text }, length: msg.end };
}

/** Reads a STRING of `least` to `most` bytes; what cannot become one is known as soon as its bytes are there. */
function readString(
  bytes: Uint8Array,
  at: number,
  least: number,
  most: number,
): { readonly text: string; readonly end: number } | 'more' | null {
  const head = new Uint8Array(4);
  head.set(bytes.subarray(at, at + 4));
  // Bytes of the size that have not come yet can only make it greater.
  const size = new DataView(head.buffer).getInt32(0);
  if (size < 0 || size > most) return null;
  const start = at + 4;
  if (bytes.length < start) return 'more';
  if (size < least) return null;
  const end = start + size;
  if (bytes.length < end) return beginningOf(bytes.subarray(start)) === null ? null : 'more';
  const text = decodeUtf8(bytes.subarray(start, end));
  return text === null ? null : { text, end };
}

function rawItem(bytes: Uint8Array): RawItem {
  const text = decodeUtf8(bytes);
  return text === null ? { kind: 'bytes', bytes: bytes.slice() } : { kind: 'text', text };
}

/** Bytes at the end that may be the beginning of a character. */
function unfinishedLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(LONGEST_UNFINISHED, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return beginningOf(bytes.subarray(-back)) === '' ? back : 0;
  }
  return 0;
}

/** The whole characters of bytes that may be cut within one; null when no rest could make them text. */
function beginningOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return null;
  }
}
