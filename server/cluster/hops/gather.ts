/**
 * Gathers what comes over hops in one turn of the event loop. TLS hands on a record at a time, 16 KiB at most; handed on
 * one by one, each would be a write of its own to the client, and wake it.
 */
import { expire } from '../../transport/socket/shared-read-buffer.ts';

/** Bytes that are gathered at most. */
const CAPACITY = 256 * 1024;
/** Bytes from which on a piece is not worth a copy. */
const LARGE = 64 * 1024;

/** Receives what was gathered: valid only during the call. */
export interface Gathering {
  take(bytes: Uint8Array): void;
}

/** Buffer of all hops, since each is read to its end before the next. */
const memory = Buffer.allocUnsafeSlow(CAPACITY);
let length = 0;
let owner: Gathering | null = null;
let isScheduled = false;

/** Hands bytes to their owner, in the same turn of the event loop, in their order, and together with those that follow. */
export function gather(to: Gathering, bytes: Uint8Array): void {
  if (owner !== to || length + bytes.length > CAPACITY) handOnGathered();
  if (bytes.length >= LARGE && length === 0) {
    to.take(bytes);
    return;
  }
  owner = to;
  memory.set(bytes, length);
  length += bytes.length;
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(() => {
    isScheduled = false;
    handOnGathered();
  });
}

/** Hands on at once what was gathered: nothing may overtake it. */
export function handOnGathered(): void {
  const [to, bytes] = [owner, memory.subarray(0, length)];
  owner = null;
  length = 0;
  to?.take(bytes);
  expire(bytes);
}
