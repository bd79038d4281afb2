// The few web-standard things that every JavaScript host has and that the language's own library does not declare.
// Declared here by the little that is used, so that `shared/` type-checks with neither Node's types nor the DOM's.

declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label: 'utf-8', options: { fatal: boolean; ignoreBOM: boolean });
  /** Throws a TypeError when `fatal` and the bytes are not valid UTF-8. */
  decode(bytes: Uint8Array, options?: { stream: boolean }): string;
}

declare function queueMicrotask(run: () => void): void;
