/** What comes over hops in one turn: nothing is lost, mixed or overtaken, however hops take turns. */
import { expect, it } from 'vitest';
import { gather, handOnGathered, type Gathering } from '../../server/cluster/hops/gather.ts';

/** Notes all that is handed on, by name, in the order in which that happens. */
function hops(...names: string[]): {
  readonly taken: [string, Buffer][];
  readonly hop: readonly Gathering[];
} {
  const taken: [string, Buffer][] = [];
  const hop = names.map((name) => ({
    take: (bytes: Uint8Array) => void taken.push([name, Buffer.from(bytes)]),
  }));
  return { taken, hop };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

it('is handed on in the order in which it came when two hops are read by turns, from memory that is used again', async () => {
  const { taken, hop } = hops('a', 'b');
  const memory = Buffer.alloc(4);
  for (const [index, letters] of ['1111', '2222', '3333', '4444', '5555'].entries()) {
    memory.write(letters);
    gather(hop[index === 1 || index === 4 ? 1 : 0]!, memory);
    memory.fill(0xfe);
  }
  await turn();
  expect(taken.map(([name, bytes]) => `${name}${String(bytes)}`)).toEqual([
    'a1111',
    'b2222',
    'a33334444',
    'b5555',
  ]);
});

it('is whole at every size, also where it is more than is gathered', async () => {
  for (const sizes of [
    [0, 1],
    [1, 65_536],
    [65_536, 1],
    [262_143, 1, 1],
    [262_144],
    [262_145],
    [1, 300_000, 2],
    [16_384, 262_000],
  ]) {
    const { taken, hop } = hops('a');
    const pieces = sizes.map((size, index) => Buffer.alloc(size, index + 1));
    for (const piece of pieces) gather(hop[0]!, piece);
    await turn();
    expect(Buffer.concat(taken.map(([, bytes]) => bytes)).equals(Buffer.concat(pieces))).toBe(true);
  }
});

it('of one hop does not suffer from another that fails to take its own', async () => {
  const { taken, hop } = hops('a');
  const failing = {
    take() {
      throw new Error('it fails');
    },
  };
  gather(failing, Buffer.from('lost'));
  expect(() => handOnGathered()).toThrow('it fails');
  gather(hop[0]!, Buffer.from('kept'));
  await turn();
  expect(taken.map(([, bytes]) => String(bytes))).toEqual(['kept']);
});
