/** Compares Broadcast with a model of it that has no batches. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Broadcast } from '../../server/chat/delivery/broadcast.ts';
import { Outbox } from '../../server/chat/delivery/outbox.ts';
import { ManualTurns } from '../support/manual-time.ts';
import { MemoryStream } from '../support/memory-stream.ts';

const text = (value: string) => new TextEncoder().encode(value);

type Step =
  | { readonly kind: 'publish'; readonly size: number }
  | {
      readonly kind: 'send' | 'flush' | 'join' | 'settle' | 'drop';
      readonly who: number;
      readonly size: number;
    }
  | { readonly kind: 'end of turn' };

const CLIENTS = 4;
const size = fc.constantFrom(1, 2, 40);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('publish' as const), size }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'send' as const,
        'send' as const,
        'flush' as const,
        'join' as const,
        'settle' as const,
        'drop' as const,
      ),
      who: fc.nat({ max: CLIENTS - 1 }),
      size,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('end of turn' as const) }) },
);

/** Model without batches: the bytes that each client is to get, command by command. */
class Model {
  readonly told = Array.from({ length: CLIENTS }, () => '');
  readonly #queued = Array.from({ length: CLIENTS }, () => '');
  readonly #members = new Set<number>();
  /** Clients that have left; they do not come back, since a login makes a new outbox. */
  readonly gone = new Set<number>();

  publish(what: string): void {
    for (const who of this.#members) this.#queued[who]! += what;
  }
  send(who: number, what: string): void {
    this.#queued[who]! += what;
  }
  join(who: number): void {
    this.#members.add(who);
  }
  flush(who: number): void {
    this.told[who]! += this.#queued[who]!;
    this.#queued[who] = '';
  }
  leave(who: number, told: boolean): void {
    this.#members.delete(who);
    this.gone.add(who);
    if (told) this.flush(who);
    this.#queued[who] = '';
  }
  endTurn(): void {
    for (const [who, what] of this.#queued.entries()) this.told[who]! += what;
    this.#queued.fill('');
  }
  isMember(who: number): boolean {
    return this.#members.has(who);
  }
}

function play(steps: readonly Step[], slice: number): { model: Model; heard: string[] } {
  const model = new Model();
  // The slab is so small that it changes after two or three commands, in the middle of most turns.
  const turns = new ManualTurns();
  const broadcast = new Broadcast(turns.atEndOfTurn, () => new Uint8Array(100), undefined, slice);
  const endTurns = () => {
    for (let slices = 0; slices < 2 * CLIENTS; slices++) turns.end();
  };
  const clients = Array.from({ length: CLIENTS }, () => {
    const stream = new MemoryStream();
    return { stream, outbox: new Outbox(stream, Infinity, { onTooSlow: () => expect.unreachable() }) };
  });
  for (const [i, now] of steps.entries()) {
    const what = 'size' in now ? `${i % 10}`.repeat(now.size) : '';
    if (now.kind === 'end of turn') {
      model.endTurn();
      turns.end();
    } else if (now.kind === 'publish') {
      model.publish(what);
      broadcast.publish(text(what), clients[i % CLIENTS]!.outbox);
    } else if (!model.gone.has(now.who)) {
      const { outbox } = clients[now.who]!;
      if (now.kind === 'send') {
        model.send(now.who, what);
        broadcast.send(outbox, text(what));
      } else if (now.kind === 'flush') {
        model.flush(now.who);
        broadcast.flush(outbox);
        expect(Buffer.concat(clients[now.who]!.stream.writes).toString()).toBe(model.told[now.who]);
      } else if (now.kind === 'join') {
        if (!model.isMember(now.who)) broadcast.join(outbox);
        model.join(now.who);
      } else {
        // The model ends the turn before a drop, which cannot take back what a full slab has written in this turn
        // already.
        if (now.kind === 'drop') {
          model.endTurn();
          endTurns();
        }
        model.leave(now.who, now.kind === 'settle');
        broadcast[now.kind === 'drop' ? 'remove' : 'settle'](outbox);
      }
    }
  }
  model.endTurn();
  endTurns();
  return { model, heard: clients.map(({ stream }) => Buffer.from(stream.taken(), 'hex').toString()) };
}

it('D14: whatever is said to whomever in whatever turns and slices, each client hears its commands in their order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (steps, slice) => {
      const { model, heard } = play(steps, slice);
      expect(heard).toEqual(model.told);
    }),
    { numRuns: 1000 },
  );
});
