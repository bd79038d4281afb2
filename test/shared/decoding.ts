/** Runs a decoder over chunks; other parts that its tests share. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Decoder, UnreadableError } from '../../shared/protocol/decoder.ts';
import type { Command, LongSize, Sender } from '../../shared/protocol/commands.ts';
import type { UnreadableReason } from '../../shared/protocol/reasons.ts';

export interface Decoded {
  readonly commands: readonly Command[];
  /** Bytes of each frame, in hex. */
  readonly raw: readonly string[];
  readonly reason: UnreadableReason | null;
}

/** Decodes these chunks, and collects all that comes out. */
export function decode(chunks: Iterable<Uint8Array>, sender: Sender, longSize: LongSize = 4): Decoded {
  const decoder = new Decoder(sender, longSize);
  const commands: Command[] = [];
  const raw: string[] = [];
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let command = decoder.next(); command; command = decoder.next()) {
        commands.push(command);
        raw.push(Buffer.from(decoder.raw).toString('hex'));
      }
    }
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    return { commands, raw, reason: error.reason };
  }
  return { commands, raw, reason: null };
}

/** Lists the ways to cut bytes in two, neither piece empty. */
export function twoPieces(bytes: Uint8Array): Array<[Uint8Array, Uint8Array]> {
  return Array.from({ length: bytes.length - 1 }, (_, i) => [
    bytes.subarray(0, i + 1),
    bytes.subarray(i + 1),
  ]);
}

/** Collects all garbage. */
export async function collectGarbage(): Promise<void> {
  // The target of a WeakRef stays until the job ends that made or read the reference.
  await new Promise((resolve) => setImmediate(resolve));
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
