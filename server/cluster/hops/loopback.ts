/**
 * Hops between two nodes of one machine: they are not encrypted, but both sides prove that they have the key, and that nobody
 * stands between them, before anything else is believed. What is sent over loopback is not seen outside of the machine.
 *
 *     dialler: hello = magic(8) nonce(32) hop(33) place(32)
 *     dialled: nonce(32) mac(32)          mac = HMAC-SHA256(key, role(1) hello nonce)
 *     dialler: mac(32), and then the frames of the hop
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import type { Socket } from 'node:net';
import { isLoopback, plainAddress } from '../../addresses/address.ts';
import type { Hop } from '../mesh.ts';
import { decodeHop, encodeHop, HOP_BYTES } from './hop-header.ts';

/** Beginning of a hello, which no TLS record has (0x16), and of which the last byte is the version. */
const MAGIC = Buffer.from('chaton\0\x01', 'latin1');
const NONCE_BYTES = 32;
const HASH_BYTES = 32;
const HOP_AT = MAGIC.length + NONCE_BYTES;
const PLACE_AT = HOP_AT + HOP_BYTES;
const HELLO_BYTES = PLACE_AT + HASH_BYTES;
/** Roles of those who make a MAC: nobody can be answered with one of its own. */
const DIALLER = Uint8Array.of(1);
const DIALLED = Uint8Array.of(2);

/** Identity of this machine since it was started, and of the network of this process; null where the system has none. */
const machine = ((): string | null => {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')} ${readlinkSync('/proc/self/ns/net')}`;
  } catch {
    return null;
  }
})();

/**
 * Place of a connection: the machine and both ends. Its two ends agree on it only when nothing that passes connections on,
 * such as a port map, a tunnel or somebody at a port that was left, is between them. Null when an end is not at loopback.
 */
function placeOf(socket: Socket, isDialler: boolean): Buffer | null {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  const [local, remote] = [plainAddress(localAddress ?? ''), plainAddress(remoteAddress ?? '')];
  if (machine === null || !isLoopback(local) || !isLoopback(remote)) return null;
  const ends = [`${local} ${localPort}`, `${remote} ${remotePort}`];
  if (!isDialler) ends.reverse();
  return createHash('sha256')
    .update([machine, ...ends].join('\n'))
    .digest();
}

/** Proves this side to the node that was dialled, and has it prove itself; false when it did not, for whatever reason. */
export async function proveAsDialler(socket: Socket, key: Buffer, hop: Hop): Promise<boolean> {
  await new Promise<void>((resolve) => socket.once('connect', resolve).once('close', resolve));
  const place = placeOf(socket, true);
  if (place === null) return false;
  const hello = Buffer.concat([MAGIC, randomBytes(NONCE_BYTES), encodeHop(hop), place]);
  socket.write(hello);
  const answer = await readExactly(socket, NONCE_BYTES + HASH_BYTES);
  if (answer === null) return false;
  const nonce = answer.subarray(0, NONCE_BYTES);
  if (!timingSafeEqual(answer.subarray(NONCE_BYTES), mac(key, DIALLED, hello, nonce))) return false;
  socket.write(mac(key, DIALLER, hello, nonce));
  return !socket.destroyed;
}

/**
 * Proves this side to a node that has dialled, and has it prove itself. `TLS` when that is what it speaks (nothing was read
 * then); `not local` when it has to; `unwanted` for what is no hop, such as the look of somebody whether the port is open.
 */
export async function proveAsDialled(
  socket: Socket,
  key: Buffer,
): Promise<Hop | 'TLS' | 'not local' | 'wrong secret' | 'unwanted'> {
  const first = await readExactly(socket, 1);
  if (first === null) return 'unwanted';
  socket.unshift(first);
  if (first[0] !== MAGIC[0]) return 'TLS';
  const hello = await readExactly(socket, HELLO_BYTES);
  const hop = hello && decodeHop(hello.subarray(HOP_AT, PLACE_AT));
  if (!hop || !hello.subarray(0, MAGIC.length).equals(MAGIC)) return 'unwanted';
  if (placeOf(socket, false)?.equals(hello.subarray(PLACE_AT)) !== true) return 'not local';
  const nonce = randomBytes(NONCE_BYTES);
  socket.write(Buffer.concat([nonce, mac(key, DIALLED, hello, nonce)]));
  const proof = await readExactly(socket, HASH_BYTES);
  return proof && timingSafeEqual(proof, mac(key, DIALLER, hello, nonce)) ? hop : 'wrong secret';
}

function mac(key: Buffer, role: Uint8Array, hello: Buffer, nonce: Buffer): Buffer {
  return createHmac('sha256', key).update(role).update(hello).update(nonce).digest();
}

/** Reads so many bytes, in however many pieces they come, and leaves what is behind them; null when it ends before. */
function readExactly(socket: Socket, length: number): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const settle = (bytes: Buffer | null) => {
      socket.off('readable', onReadable).off('end', onOver).off('close', onOver);
      resolve(bytes);
    };
    const onOver = () => settle(null);
    const onReadable = () => {
      const bytes = socket.read(length) as Buffer | null;
      if (bytes !== null) settle(bytes.length === length ? bytes : null);
    };
    if (socket.destroyed || socket.readableEnded) resolve(null);
    else socket.on('readable', onReadable).on('end', onOver).on('close', onOver);
  });
}
