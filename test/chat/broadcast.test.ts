import { beforeEach, describe, expect, it } from 'vitest';
import { Broadcast } from '../../server/chat/delivery/broadcast.ts';
import { Outbox } from '../../server/chat/delivery/outbox.ts';
import { Counters } from '../../server/chat/environment/counters.ts';
import { ManualTurns } from '../support/manual-time.ts';
import { MemoryStream } from '../support/memory-stream.ts';

const text = (value: string) => new TextEncoder().encode(value);
const taken = (stream: MemoryStream) => Buffer.from(stream.taken(), 'hex').toString();

let turns: ManualTurns;
let broadcast: Broadcast;

beforeEach(() => {
  turns = new ManualTurns();
  broadcast = new Broadcast(turns.atEndOfTurn);
});

function client(inRoom = true, limit = Infinity): { stream: MemoryStream; outbox: Outbox } {
  const stream = new MemoryStream();
  const onTooSlow = () => {
    if (limit === Infinity) throw new Error('nobody is slow here');
    broadcast.remove(outbox);
    stream.close('too-slow', '');
  };
  const outbox: Outbox = new Outbox(stream, limit, { onTooSlow });
  if (inRoom) broadcast.join(outbox);
  return { stream, outbox };
}

describe('one turn', () => {
  it('is written once per client, and all who get just the broadcasts get the very same bytes', () => {
    const [a, b, c] = [client(), client(), client()];
    for (const word of ['one ', 'two ', 'three']) broadcast.publish(text(word));
    expect(a.stream.writes).toHaveLength(0);
    turns.end();
    expect([a, b, c].map(({ stream }) => stream.writes.length)).toEqual([1, 1, 1]);
    for (const { stream } of [b, c]) expect(stream.writes[0]).toBe(a.stream.writes[0]);
    expect(taken(a.stream)).toBe('one two three');
  });

  it('who is flushed in a row, and all at its end, get the very same bytes too', () => {
    const [a, b, c] = [client(), client(), client()];
    broadcast.publish(text('one'));
    for (const { outbox } of [a, b]) broadcast.flush(outbox);
    turns.end();
    for (const { stream } of [b, c]) expect(stream.writes).toEqual([a.stream.writes[0]]);
    for (const { stream } of [b, c]) expect(stream.writes[0]).toBe(a.stream.writes[0]);
  });

  it('D11: who said something is written to last, wherever the batch is cut: its echo tells that it was delivered', () => {
    for (const slice of [1, 3, 10]) {
      broadcast = new Broadcast(turns.atEndOfTurn, undefined, undefined, slice);
      const [a, b, c, d] = [client(), client(), client(), client()];
      const others = [b, d];
      broadcast.publish(text('x'), a.outbox);
      broadcast.publish(text('y'), c.outbox);
      for (let left = 10; left > 0 && others.some(({ stream }) => stream.writes.length === 0); left--) {
        turns.end();
        const heard = [a, c].filter(({ stream }) => stream.writes.length > 0);
        if (heard.length > 0) expect(others.map(({ stream }) => stream.writes.length)).toEqual([1, 1]);
      }
      for (let left = 10; left > 0; left--) turns.end();
      for (const { stream } of [a, b, c, d]) expect(taken(stream)).toBe('xy');
      // It is for this batch alone, and nobody who has left meanwhile is written to.
      broadcast.publish(text('z'), b.outbox);
      broadcast.remove(b.outbox);
      for (let left = 10; left > 0; left--) turns.end();
      expect([a, b, c, d].map(({ stream }) => taken(stream))).toEqual(['z', '', 'z', 'z']);
    }
  });

  it('asks for its end once, and only when there is something to write', () => {
    const asked: Array<() => void> = [];
    broadcast = new Broadcast((run) => asked.push(run));
    const { outbox, stream } = client();
    expect(asked).toHaveLength(0);
    broadcast.publish(text('a'));
    broadcast.send(outbox, text('b'));
    broadcast.publish(text('c'));
    expect(asked).toHaveLength(1);
    asked[0]!();
    broadcast.publish(text('d'));
    expect(asked).toHaveLength(2);
    asked[1]!();
    expect(stream.writes).toHaveLength(2);
    expect(taken(stream)).toBe('abcd');
  });

  it('copies what it is given', () => {
    const { outbox, stream } = client();
    const bytes = text('x');
    broadcast.publish(bytes);
    broadcast.send(outbox, bytes);
    bytes.fill(0);
    turns.end();
    expect(taken(stream)).toBe('xx');
  });
});

describe('commands for one client alone', () => {
  it('D14: keep their place among the broadcasts, in one write; the others share theirs', () => {
    const [a, b, c] = [client(), client(), client()];
    broadcast.send(a.outbox, text('<first>'));
    broadcast.publish(text('1'));
    broadcast.send(a.outbox, text('<second>'));
    broadcast.send(a.outbox, text('<third>'));
    broadcast.publish(text('2'));
    broadcast.send(a.outbox, text('<last>'));
    turns.end();
    expect([a, b, c].map(({ stream }) => stream.writes.length)).toEqual([1, 1, 1]);
    expect(b.stream.writes[0]).toBe(c.stream.writes[0]);
    expect([a, b, c].map(({ stream }) => taken(stream))).toEqual([
      '<first>1<second><third>2<last>',
      '12',
      '12',
    ]);
  });

  it('D11: reach a client that is not in the room, which hears no broadcast', () => {
    const { stream, outbox } = client(false);
    broadcast.publish(text('1'));
    broadcast.send(outbox, text('<a>'));
    broadcast.publish(text('2'));
    broadcast.send(outbox, text('<b>'));
    turns.end();
    expect(stream.writes).toHaveLength(1);
    expect(taken(stream)).toBe('<a><b>');
  });

  it('are written before the turn ends once they are 64 KiB, so that one turn cannot make a client slow (D14)', () => {
    const { stream, outbox } = client();
    const kilobyte = new Uint8Array(1024).fill(0x2e);
    broadcast.publish(text('1'));
    for (let i = 0; i < 63; i++) broadcast.send(outbox, kilobyte);
    expect(stream.writes).toHaveLength(0);
    broadcast.send(outbox, kilobyte);
    expect(stream.writes).toHaveLength(1);
    broadcast.publish(text('2'));
    turns.end();
    expect(taken(stream)).toBe(`1${'.'.repeat(64 * 1024)}2`);
  });
});

describe('coming and going in the middle of a turn', () => {
  it('D11: who joins hears what is said from then on, behind its own LOGIN_ACCEPTED', () => {
    const early = client();
    broadcast.publish(text('before '));
    const late = client();
    broadcast.send(late.outbox, text('<accepted> '));
    broadcast.publish(text('after '));
    turns.end();
    expect(taken(early.stream)).toBe('before after ');
    expect(taken(late.stream)).toBe('<accepted> after ');
    broadcast.publish(text('next'));
    turns.end();
    expect(late.stream.writes[0]).toBe(early.stream.writes[0]);
  });

  it('D9: who is settled gets at once what was said until then, and nothing afterwards', () => {
    const [stays, leaves] = [client(), client()];
    broadcast.publish(text('1'));
    broadcast.send(leaves.outbox, text('<own>'));
    broadcast.settle(leaves.outbox);
    expect(taken(leaves.stream)).toBe('1<own>');
    broadcast.publish(text('2'));
    turns.end();
    broadcast.publish(text('3'));
    turns.end();
    expect(leaves.stream.writes).toHaveLength(0);
    expect(taken(stays.stream)).toBe('123');
  });

  it('who is dropped gets nothing of what was queued', () => {
    const { stream, outbox } = client();
    broadcast.publish(text('1'));
    broadcast.send(outbox, text('<own>'));
    broadcast.remove(outbox);
    turns.end();
    expect(stream.writes).toHaveLength(0);
  });
});

describe('a turn larger than the memory of a batch', () => {
  it('D14: reaches all in one order, with private commands in their place, and later turns leave it alone', () => {
    const [a, b] = [client(), client()];
    const said = Array.from({ length: 300 }, (_, i) => `${i}:${'x'.repeat(997)}\n`);
    for (const [i, line] of said.entries()) {
      broadcast.publish(text(line));
      if (i % 50 === 0) broadcast.send(b.outbox, text(`<${i}>`));
    }
    turns.end();
    expect(a.stream.writes.length).toBeGreaterThan(4);
    const untouched = [...a.stream.writes];
    const before = untouched.map((bytes) => Buffer.from(bytes).toString());
    expect(taken(a.stream)).toBe(said.join(''));
    expect(taken(b.stream)).toBe(said.map((line, i) => (i % 50 === 0 ? `${line}<${i}>` : line)).join(''));
    for (let i = 0; i < 300; i++) broadcast.publish(text('y'.repeat(1000)));
    turns.end();
    // The old buffers may still be waiting in the socket of a slow consumer.
    expect(untouched.map((bytes) => Buffer.from(bytes).toString())).toEqual(before);
  });
});

describe('a room of thousands', () => {
  const CLIENTS = 5000;
  /** Makes many clients, in the order of the fan-out, and a way to list those that were written to. */
  const crowd = () => {
    const clients = Array.from({ length: CLIENTS }, () => client());
    return { clients, reached: () => clients.filter(({ stream }) => stream.writes.length > 0).length };
  };

  it('is written to in slices, with a turn of the event loop between them', () => {
    const { clients, reached } = crowd();
    broadcast.publish(text('one'));
    const reachedByTurn = Array.from({ length: 4 }, () => {
      turns.end();
      return reached();
    });
    expect(reachedByTurn[0]).toBeLessThan(CLIENTS / 2);
    expect(reachedByTurn.at(-1)).toBe(CLIENTS);
    expect(new Set(clients.map(({ stream }) => stream.writes[0])).size).toBe(1);
  });

  it('with one batch in a turn: what is said between two slices waits for what comes in the turn of the last', () => {
    broadcast = new Broadcast(turns.atEndOfTurn, undefined, undefined, 2);
    const clients = Array.from({ length: 3 }, () => client());
    for (const word of ['first ', 'early ', 'late']) {
      broadcast.publish(text(word));
      turns.end();
    }
    for (let turn = 0; turn < 2; turn++) turns.end();
    expect(clients.map(({ stream }) => stream.writes.map((bytes) => Buffer.from(bytes).toString()))).toEqual(
      clients.map(() => ['first ', 'early late']),
    );
  });

  it('by fewer, when what is to be written is much', () => {
    const { reached } = crowd();
    broadcast.publish(new Uint8Array(60_000));
    turns.end();
    expect(reached()).toBeGreaterThan(0);
    expect(reached()).toBeLessThan(500);
  });

  it('D14: whose batch is full while the one before is still being written gets both, whole and in order', () => {
    broadcast = new Broadcast(turns.atEndOfTurn, undefined, undefined, 2);
    const clients = Array.from({ length: 7 }, () => client());
    const reached = () => clients.filter(({ stream }) => stream.writes.length > 0).length;
    broadcast.publish(text('first\n'));
    turns.end();
    expect(reached()).toBe(2);
    // The text fills three slabs: each is full when the one before has reached two of the seven clients.
    const said = Array.from({ length: 200 }, (_, i) => `${i}:${'x'.repeat(1000)}\n`);
    for (const line of said) broadcast.publish(text(line));
    for (let turn = 0; turn < 20; turn++) turns.end();
    for (const { stream } of clients) expect(taken(stream)).toBe(`first\n${said.join('')}`);
  });

  it('D14: who is addressed, or leaves, between slices gets its share before that; who joins, only what comes after', () => {
    const { clients } = crowd();
    broadcast.publish(text('1'));
    turns.end();
    const [early, late, leaver] = [clients[0]!, clients[CLIENTS - 1]!, clients[CLIENTS - 2]!];
    broadcast.publish(text('2'));
    broadcast.send(late.outbox, text('<late>'));
    broadcast.send(early.outbox, text('<early>'));
    broadcast.settle(leaver.outbox);
    broadcast.remove(clients[CLIENTS - 3]!.outbox);
    const joiner = client();
    broadcast.publish(text('3'));
    for (let turn = 0; turn < 6; turn++) turns.end();
    expect([early, late, leaver, joiner].map(({ stream }) => taken(stream))).toEqual([
      '12<early>3',
      '12<late>3',
      '12',
      '3',
    ]);
    expect(clients[CLIENTS - 3]!.stream.writes).toHaveLength(0);
    expect(taken(clients[CLIENTS - 4]!.stream)).toBe('123');
  });

  it('who is cut while it catches up gets nothing more, and nothing more is counted as sent to it', () => {
    const tally = new Counters();
    broadcast = new Broadcast(turns.atEndOfTurn, undefined, tally, 1);
    const [first, slow] = [client(), client(true, 10)];
    slow.stream.stall();
    broadcast.publish(text('for both'));
    for (let turn = 0; turn < 2; turn++) turns.end();
    broadcast.publish(text(' and on'));
    turns.end();
    broadcast.send(slow.outbox, text('!'));
    for (let turn = 0; turn < 3; turn++) turns.end();
    expect([first, slow].map(({ stream }) => taken(stream))).toEqual(['for both and on', 'for both']);
    expect(tally.bytesOut).toBe('for both and on'.length + 'for both'.length);
  });

  it('tells when all have got what was said until then, and not what was said since', () => {
    const { clients } = crowd();
    broadcast.publish(text('1'));
    let toldAt = '';
    broadcast.whenDelivered(() => (toldAt = taken(clients[CLIENTS - 1]!.stream)));
    turns.end();
    broadcast.publish(text('2'));
    for (let turn = 0; turn < 6; turn++) turns.end();
    expect(toldAt).toBe('1');
    expect(taken(clients[CLIENTS - 1]!.stream)).toBe('2');
  });
});

it('counts what it sends: commands by opcode and by who gets them, their bytes, and batches by size', () => {
  const tally = new Counters();
  broadcast = new Broadcast(turns.atEndOfTurn, undefined, tally);
  const [a] = [client(), client(), client()];
  const fanOut = [
    broadcast.publish(Uint8Array.of(3, 0, 0, 0)),
    broadcast.send(a.outbox, Uint8Array.of(4, 0)),
  ];
  turns.end();
  expect([tally.commandsOut[3], tally.commandsOut[4]]).toEqual([3, 1]);
  expect(fanOut).toEqual([3 * 4, 2]);
  expect(tally.bytesOut).toBe(3 * 4 + 2);
  // A turn in which one client gets something alone is no batch.
  broadcast.send(a.outbox, Uint8Array.of(4, 0));
  turns.end();
  expect(tally.batchBytes).toBe(4);
  expect(tally.batches).toEqual([1, ...tally.batches.slice(1).fill(0)]);
});

/** Stream whose queue is known to be empty, as a real socket's is: the batch goes to it without its outbox. */
class FreeStream extends MemoryStream {
  readonly directWriter = { canWriteDirectly: true, write: (bytes: Uint8Array) => this.write(bytes) };
}

describe('clients whose streams are free', () => {
  it('D11, D14: get just what is theirs, in order, whether they were there, come in the middle, or are addressed', () => {
    const join = () => {
      const stream = new FreeStream();
      const outbox = new Outbox(stream, Infinity, { onTooSlow() {} });
      broadcast.join(outbox);
      return { stream, outbox };
    };
    const [early, addressed] = [join(), join()];
    broadcast.publish(text('before '));
    const late = join();
    broadcast.send(addressed.outbox, text('<alone> '));
    broadcast.publish(text('after'));
    turns.end();
    expect([early, addressed, late].map(({ stream }) => taken(stream))).toEqual([
      'before after',
      'before <alone> after',
      'after',
    ]);
  });
});
