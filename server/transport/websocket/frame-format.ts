/**
 * Format of a client's WebSocket frames (RFC 6455 §5.2, §7.4): limits of messages, words of faults, close codes, lengths of heads.
 * `FrameReader` checks the rules (`#begin`, `#beginData`), and has the limits of fragments and of control frames.
 */
import { MAX_PAGE_MESSAGE, SUBPROTOCOL } from '../../../shared/protocol/control.ts';
import { LENGTH_16, LENGTH_64 } from './frame-writer.ts';

export const MASKED = 0x80;

/**
 * Bytes of the longest message, a longer one being closed with 1009 (D26), and of the longest text, since a character of the
 * control channel has up to 3 bytes.
 */
export const FRAME_LIMITS = { maxMessage: 64 * 1024, maxText: 3 * MAX_PAGE_MESSAGE };

/** Reasons of the closes for a break of the rules (D26). */
export const FAULTS = {
  1002: 'the WebSocket protocol was violated',
  1003: `text messages are not part of ${SUBPROTOCOL}`,
  1007: 'the message is not valid text',
  1008: 'too many fragments without a byte',
  1009: 'the message is over 64 KiB',
} as const;

/** Codes of a close that no frame carries: of a frame without a code, and of a connection that broke without a frame (§7.1.5). */
export const NO_CODE = 1005;
export const BROKEN = 1006;

/** Tells whether a close frame may carry that code (§7.4). */
export function isCloseCode(code: number): boolean {
  const isOurs = code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
  return isOurs || (code >= 3000 && code <= 4999);
}

/** Length of the head that begins at `from`; more bytes than there are while too few have come to tell. */
export function headLength(bytes: Buffer, from: number): number {
  if (bytes.length - from < 2) return 2;
  const second = bytes[from + 1]!;
  const code = second & 0x7f;
  const size = code < LENGTH_16 ? 0 : code === LENGTH_16 ? 2 : 8;
  return 2 + size + ((second & MASKED) === 0 ? 0 : 4);
}

export function payloadLength(bytes: Buffer, from: number): number {
  const code = bytes[from + 1]! & 0x7f;
  if (code < LENGTH_16) return code;
  if (code < LENGTH_64) return bytes.readUInt16BE(from + 2);
  return bytes.readUInt32BE(from + 2) * 2 ** 32 + bytes.readUInt32BE(from + 6);
}
