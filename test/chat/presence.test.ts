import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ControlMessage } from '../../shared/protocol/control.ts';
import { Decoder } from '../../shared/protocol/decoder.ts';
import { Opcode } from '../../shared/protocol/commands.ts';
import { SECOND } from '../support/manual-time.ts';
import { MemoryRoom } from '../support/memory-room.ts';
import { MemoryStream } from '../support/memory-stream.ts';
import { bytes, login, message, privateMessage, requestPrivate } from '../support/raw-hex.ts';

const UNLIMITED = {
  presenceRate: 1e9,
  commandRate: 1e9,
  commandBurst: 1e9,
  maxFanOut: 2 ** 40,
  maxIgnored: 1e6,
};
/** Messages below which the next are sent at once, and those a second (see `server/chat/presence/presence.ts`). */
const BURST = 256;
const RATE = 1_500;
/** Changes above which words come before a telling. */
const MANY = 250;
/** Longest time, in ms, that a telling waits for a batch in a large room. */
const BATCH_WAIT = 100;

/** Has pages told of comings and goings until nothing more is told at once; the page is one of them. */
function tire(room: MemoryRoom, page: Page, turns = () => room.turn()): void {
  const name = `tires at ${room.clock.now()}`;
  for (let before = -1; page.heard.length > before;) {
    before = page.heard.length;
    if (before > 2 * BURST) throw new Error('everything is told at once, however much it is');
    room.join(name).lose();
    turns();
  }
  page.read();
  // Its leave may not be told any more: with this it never is.
  if (page.online.has(name)) room.join(name);
  turns();
  page.heard.length = page.at = 0;
}

/** A page that is told of presence, and finds out what is told twice, never, or in the wrong place. */
class Page {
  readonly stream: MemoryStream;
  readonly heard: Array<string | ControlMessage>;
  readonly online = new Set<string>();
  /** True where many may come or go at once: whoever speaks before that is told may be told again then. */
  hasMany = false;
  /** Those of whom it was told beside few others. */
  readonly introduced = new Set<string>();
  readonly faults: string[] = [];
  isSynced = false;
  lists = 0;
  at = 0;
  readonly #decoder = new Decoder('server');
  readonly #own: string;

  constructor(room: MemoryRoom, own: string) {
    const { stream, heard } = room.connectPage();
    this.#own = own;
    this.stream = stream;
    this.heard = heard;
    stream.send(login(own));
  }

  /** Its connection is resumed: its list is that of another time until there is a new one. */
  resume(): void {
    this.read();
    this.isSynced = false;
  }

  /** Takes in what was heard since. */
  read(): void {
    for (; this.at < this.heard.length; this.at++) {
      const told = this.heard[this.at]!;
      if (typeof told === 'string') this.#readWords(told);
      else this.#readControl(told);
    }
  }

  #readWords(hex: string): void {
    this.#decoder.push(bytes(hex));
    for (let frame = this.#decoder.next(); frame; frame = this.#decoder.next()) {
      if (frame.opcode === Opcode.MESSAGE) this.#hear(frame.login);
      if (frame.opcode === Opcode.MESSAGE_PRIVATE) this.#hear(frame.login_sender);
      if (frame.opcode === Opcode.REQUEST_PRIVATE) this.#hear(frame.login_requester);
    }
  }

  #hear(who: string): void {
    if (this.isSynced && !this.online.has(who)) this.faults.push(`${who} was heard, and is not here`);
  }

  #readControl(told: ControlMessage): void {
    if (told.type === 'online') {
      this.lists++;
      this.online.clear();
    }
    if (told.type === 'online' || told.type === 'also-online') {
      for (const who of told.logins) {
        if (this.online.has(who) && who !== this.#own) this.faults.push(`${who} is listed twice`);
        this.online.add(who);
      }
      this.isSynced = !told.more;
    }
    if (told.type !== 'presence') return;
    if (!this.isSynced) this.faults.push('a change within the list');
    for (const who of told.left) if (!this.online.delete(who)) this.faults.push(`${who} left twice`);
    for (const who of told.joined) {
      const isAgain = this.hasMany && this.introduced.delete(who);
      if (this.online.has(who) && who !== this.#own && !isAgain) this.faults.push(`${who} joined twice`);
      if (told.joined.length <= LOGINS.length) this.introduced.add(who);
      this.online.add(who);
    }
  }
}

const LOGINS = ['a', 'b', 'c', 'd', 'e', 'f'];
const who = fc.nat({ max: LOGINS.length - 1 });
const step = fc.oneof(
  fc.record({ kind: fc.constantFrom('native', 'page', 'leave', 'say', 'resync', 'stall', 'drain'), who }),
  fc.record({ kind: fc.constantFrom('whisper', 'ask'), who, to: who }),
  fc.record({ kind: fc.constantFrom('turn', 'turns') }),
  fc.record({ kind: fc.constantFrom('rush', 'speak', 'newcomer', 'go'), of: fc.nat({ max: MANY }) }),
  fc.record({ kind: fc.constant('wait'), ms: fc.integer({ min: 1, max: 400 }) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Has a crowd come, one of it or somebody new speak, or all but one of it leave. */
function rush(
  room: MemoryRoom,
  crowd: Map<string, MemoryStream>,
  kind: 'rush' | 'speak' | 'newcomer' | 'go',
  of: number,
): void {
  const [name, stream] = [...crowd][of] ?? [];
  if (kind === 'speak' && name !== undefined) stream?.send(message(name, 'hello'));
  if (kind === 'go')
    for (const [other, one] of crowd) if (other !== name && crowd.delete(other)) one.sendEnd();
  if (kind === 'newcomer' && crowd.size < 2 * MANY) {
    const own = `new${crowd.size}`;
    if (crowd.has(own)) return;
    crowd.set(own, room.connect());
    crowd.get(own)!.send(login(own) + message(own, 'hello'));
  }
  for (let i = 0; kind === 'rush' && i < MANY + LOGINS.length; i++) {
    const own = `rush${i}`;
    if (crowd.has(own)) continue;
    crowd.set(own, room.connect());
    crowd.get(own)!.send(login(own));
  }
}

/** Plays the steps in a room with a crowd and a few pages beside; returns all pages that are there in the end. */
function play(steps: readonly Step[], slice: number, crowd: number, isTired: boolean) {
  const room = new MemoryRoom(UNLIMITED, { slice });
  for (let i = 0; i < crowd; i++) room.connect().send(login(`crowd${i}`));
  const rushed = new Map<string, MemoryStream>();
  const turns = (count = 8 * (3 + Math.ceil((crowd + rushed.size) / slice))) => {
    for (let turn = 0; turn < count; turn++) room.turn();
  };
  turns();
  const pages = new Map<string, Page>();
  const hasMany = steps.some(({ kind }) => kind === 'rush');
  for (const own of ['w', 'x', 'y', 'z']) pages.set(own, Object.assign(new Page(room, own), { hasMany }));
  turns();
  if (isTired) tire(room, pages.get('w')!, () => turns(3));
  const streams = new Map<string, MemoryStream>([...pages].map(([own, { stream }]) => [own, stream]));
  const act = (now: Step): void => {
    if (now.kind === 'turn') return room.turn();
    if (now.kind === 'turns') return turns();
    if ('ms' in now) return room.clock.advance(now.ms);
    if ('of' in now) return rush(room, rushed, now.kind, now.of);
    if (!('who' in now)) return;
    const name = LOGINS[now.who]!;
    const stream = streams.get(name);
    const other = [...pages.keys()][now.who % pages.size]!;
    if ('to' in now) {
      const to = [...streams.keys()][now.to % streams.size]!;
      stream?.send(now.kind === 'ask' ? requestPrivate(name, to) : privateMessage(name, to, 'psst'));
    } else if (now.kind === 'say') stream?.send(message(name, 'hello'));
    else if (now.kind === 'stall') streams.get(other)!.stall();
    else if (now.kind === 'drain') streams.get(other)!.drain();
    else if (now.kind === 'resync') {
      pages.get(other)!.resume();
      const session = [...room.chat.connections.sessions].find(({ login }) => login === other);
      session?.onResumed(session.source);
    } else if (now.kind === 'leave') {
      stream?.sendEnd();
      streams.delete(name);
      pages.delete(name);
    } else if (!stream && now.kind === 'native') {
      streams.set(name, room.connect());
      streams.get(name)!.send(login(name));
    } else if (!stream && now.kind === 'page') {
      pages.set(name, Object.assign(new Page(room, name), { hasMany }));
      streams.set(name, pages.get(name)!.stream);
    }
  };
  for (const now of steps) act(now);
  for (const { stream } of pages.values()) stream.drain();
  for (let i = 0; i < 10; i++) {
    room.clock.advance(SECOND);
    turns();
  }
  const everyone = [...room.chat.connections.sessions].flatMap((session) => session.login ?? []).sort();
  for (const page of pages.values()) page.read();
  return { pages, everyone };
}

function check(steps: readonly Step[], slice: number, crowd: number, isTired: boolean): void {
  const { pages, everyone } = play(steps, slice, crowd, isTired);
  for (const [own, page] of pages) {
    expect([own, page.faults]).toEqual([own, []]);
    expect([own, page.isSynced, [...page.online].sort()]).toEqual([own, true, everyone]);
  }
}

describe('whatever happens, and whenever it is told (D28)', () => {
  const steps = fc.array(step, { minLength: 5, maxLength: 60 });

  it('each page knows everyone in the end, was told nobody twice, and knew whom it heard', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), fc.boolean(), (all, slice, isTired) =>
        check(all, slice, 0, isTired),
      ),
      { numRuns: 1000 },
    );
  });

  it('so it is with lists of several parts', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (all, isTired) => check(all, 1024, 2_100, isTired)),
      { numRuns: 10 },
    );
  });
});

/** Pages that count what they are sent, and which texts of that are the very same for all; `onText` is called for each. */
function counting(room: MemoryRoom, onText = () => {}) {
  const counts = { presence: 0, lists: 0, logins: 0 };
  const shared = new Set<string>();
  const add = (name: string): MemoryStream => {
    const stream = new MemoryStream();
    const source = {
      transport: 'websocket',
      address: '192.0.2.1',
      network: '192.0.2.1',
      longSize: 4,
    } as const;
    const sendText = (text: string, isShared?: boolean): void => {
      onText();
      const told = JSON.parse(text) as ControlMessage;
      if (told.type === 'presence') {
        counts.presence++;
        counts.logins += told.left.length + told.joined.length;
      }
      if ((told.type === 'online' && told.more === undefined) || told.type === 'also-online') {
        counts.lists++;
        counts.logins += told.logins.length;
      }
      if (told.type === 'presence' || told.type === 'also-online') if (isShared) shared.add(text);
    };
    room.chat.accept(stream, source, { hasTransport: true, sendText, makeResumable() {} });
    stream.send(login(name));
    return stream;
  };
  return { counts, shared, add };
}

describe('very many who come or go at once (D28)', () => {
  it('cost a bounded number of messages a second, encoded once for all; each page gets the list once', () => {
    const room = new MemoryRoom(UNLIMITED);
    const { counts, shared, add } = counting(room);
    const PAGES = 900;
    for (let i = 0; i < PAGES; i++) {
      add(`page${i}`);
      room.turn();
      room.clock.advance(1);
    }
    for (let i = 0; i < 20; i++) {
      room.clock.advance(100);
      for (let turn = 0; turn < 5; turn++) room.turn();
    }
    expect(counts.lists).toBe(PAGES);
    expect(counts.presence).toBeLessThan(BURST + RATE * 1.1 + 2 * PAGES);
    // Every page hears once of everyone.
    expect(counts.logins).toBe(PAGES * PAGES);
    expect(shared.size).toBeLessThan(100);
  });

  it('are told of in one message when they leave together, and only those who stay are told', () => {
    const room = new MemoryRoom(UNLIMITED);
    const { counts, add } = counting(room);
    const streams = Array.from({ length: 900 }, (_, i) => add(`page${i}`));
    room.turn();
    counts.presence = counts.logins = 0;
    for (const stream of streams.slice(0, 800)) stream.lose();
    room.turn();
    room.clock.advance(BATCH_WAIT);
    room.turn();
    expect(counts).toMatchObject({ presence: 100, logins: 100 * 800 });
  });

  it('have nothing told of whoever comes and goes in between, and said nothing', () => {
    const room = new MemoryRoom(UNLIMITED);
    const page = new Page(room, 'page');
    tire(room, page);
    for (let i = 0; i < 500; i++) {
      room.join('restless').lose();
      room.turn();
    }
    room.clock.advance(SECOND);
    room.turn();
    expect(page.heard).toEqual([]);
  });

  it('do not delay the list of a page that comes: it is online itself, with those whom the others know', () => {
    const room = new MemoryRoom(UNLIMITED);
    const others = ['w', 'x', 'y'].map((own) => new Page(room, own));
    room.turn();
    tire(room, others[0]!);
    const everyone = [...others[0]!.online];
    room.join('native');
    const { heard } = new Page(room, 'page');
    room.turn();
    const own = () => heard.filter((told) => typeof told === 'object' && told.type !== 'ack');
    const list = [
      { type: 'online', server: 'test', logins: ['page'], more: true },
      { type: 'also-online', logins: everyone },
    ];
    expect(own()).toEqual(list);
    room.clock.advance(SECOND);
    room.turn();
    expect(own()).toEqual([...list, { type: 'presence', left: [], joined: ['native', 'page'] }]);
    expect(others[0]!.heard).toEqual([{ type: 'presence', left: [], joined: ['native', 'page'] }]);
  });

  it('do not put off what is told to all because their words had to be told before', () => {
    const room = new MemoryRoom(UNLIMITED);
    const pages = Array.from({ length: 100 }, (_, i) => new Page(room, `page${i}`));
    room.turn();
    tire(room, pages[0]!);
    for (let i = 0; i < 100; i++) {
      const stream = room.join(`speaker${i}`);
      stream.send(message(`speaker${i}`, 'hi'));
      room.turn();
      stream.lose();
    }
    room.clock.advance(SECOND);
    room.turn();
    room.clock.advance(BATCH_WAIT);
    room.turn();
    pages[0]!.read();
    expect(pages[0]!.online.size).toBe([...room.chat.connections.sessions].length);
  });
});

describe('comings and goings while there is no page (D28)', () => {
  it('cost nothing, and a page that comes then hears of all who are there', () => {
    const room = new MemoryRoom(UNLIMITED);
    const first = new Page(room, 'first');
    room.turn();
    first.stream.sendEnd();
    const cat = room.join('cat');
    room.join('dog');
    cat.lose();
    room.turn();
    let isRead = false;
    const { presence } = room.chat.controlChannels;
    const toJSON = () => (isRead = true);
    presence.joined({ toJSON, normalize: () => 'never told' } as unknown as string, null);
    room.turn();
    expect(isRead).toBe(false);
    const page = new Page(room, 'page');
    room.turn();
    page.read();
    expect([[...page.online].sort(), page.faults]).toEqual([['dog', 'page'], []]);
  });
});

describe('comings and goings in a large room (D28)', () => {
  /** A room of 100 pages beside one of which each write is known: what is within brackets goes out in one. */
  function largeRoom() {
    const room = new MemoryRoom(UNLIMITED);
    const { add } = counting(room);
    for (let i = 0; i < 100; i++) add(`page${i}`);
    const { stream, heard } = room.connectPage();
    Object.assign(stream, { cork: () => heard.push('['), uncork: () => heard.push(']') });
    stream.send(login('page'));
    const speaker = room.join('speaker');
    const restless = room.join('restless');
    room.clock.advance(SECOND);
    for (let turn = 0; turn < 5; turn++) room.turn();
    heard.length = 0;
    return { room, heard, speaker, restless };
  }
  const left = { type: 'presence', left: ['restless'], joined: [] };

  it('are told of in one write with the next words, behind the last of whoever left', () => {
    const { room, heard, speaker, restless } = largeRoom();
    restless.send(message('restless', 'bye'));
    restless.sendEnd();
    room.turn();
    room.clock.advance(BATCH_WAIT - 1);
    room.turn();
    expect(heard).toEqual([message('restless', 'bye')]);
    speaker.send(message('speaker', 'hi'));
    room.turn();
    expect(heard.slice(1)).toEqual(['[', left, message('speaker', 'hi'), ']']);
    room.clock.advance(BATCH_WAIT);
    room.turn();
    expect(heard).toHaveLength(5);
  });

  it('are told of soon when nobody says a word', () => {
    const { room, heard, restless } = largeRoom();
    restless.lose();
    room.turn();
    expect(heard).toEqual([]);
    room.clock.advance(BATCH_WAIT);
    room.turn();
    expect(heard).toEqual(['[', left, ']']);
  });

  it('are told of in one write when they are too many for one message', () => {
    const { room, heard } = largeRoom();
    for (let i = 0; i < 2_500; i++) room.join(`native${i}`);
    for (const wait of [BATCH_WAIT, SECOND, BATCH_WAIT]) {
      room.turn();
      room.clock.advance(wait);
    }
    room.turn();
    const told = heard.map((one) => (typeof one === 'object' && 'joined' in one ? one.joined.length : one));
    // The first who came are told of before, alone.
    const last = told.at(-2);
    expect(told.slice(-5)).toEqual(['[', 1_000, 1_000, last, ']']);
    expect(told.reduce<number>((sum, one) => sum + (typeof one === 'number' ? one : 0), 0)).toBe(2_500);
  });

  it('are told of behind words where they are many, but for those who speak', () => {
    const room = new MemoryRoom(UNLIMITED, { slice: 10 });
    const turns = (count: number) => {
      for (let turn = 0; turn < count; turn++) room.turn();
    };
    const { counts, add } = counting(room);
    for (let i = 0; i < 100; i++) add(`page${i}`);
    const { stream, heard } = room.connectPage();
    stream.send(login('page'));
    const speaker = room.join('speaker');
    turns(100);
    room.clock.advance(SECOND);
    heard.length = counts.presence = 0;
    const crowd = Array.from({ length: MANY + 1 }, (_, i) => [`native${i}`, room.connect()] as const);
    for (const [name, one] of crowd) one.send(login(name));
    // All are in the room, and the first page is told of them.
    for (let turn = 0; counts.presence === 0 && turn < 1_000; turn++) room.turn();
    speaker.send(message('speaker', 'hi'));
    turns(15);
    const [name, native] = crowd[7]!;
    native.send(message(name, 'hello'));
    turns(100);
    const told = heard.map((one) => (typeof one === 'object' && 'joined' in one ? one.joined.length : one));
    expect(told).toEqual([message('speaker', 'hi'), 1, message(name, 'hello'), MANY + 1]);
  });

  it('are told of within ten seconds, however many were told of before', () => {
    const room = new MemoryRoom(UNLIMITED);
    const page = new Page(room, 'page');
    const { add } = counting(room);
    for (let i = 0; i < 900; i++) add(`page${i}`);
    const seconds = (count: number) => {
      for (let i = 0; i < 10 * count; i++) {
        room.clock.advance(100);
        for (let turn = 0; turn < 20; turn++) room.turn();
      }
    };
    seconds(2);
    for (let i = 0; i < 20_000; i++) room.connect().send(login(`native${i}`));
    seconds(1);
    room.join('late');
    page.read();
    expect([page.online.size, page.online.has('late')]).toEqual([20_901, false]);
    seconds(10);
    page.read();
    expect(page.online.has('late')).toBe(true);
  });

  it('are told to a few pages in a row, so that words need not wait for long', () => {
    const room = new MemoryRoom(UNLIMITED);
    const { counts, add } = counting(room, () => room.clock.advance(0.1));
    for (let i = 0; i < 500; i++) add(`page${i}`);
    const native = room.join('native');
    for (let turn = 0; turn < 100; turn++) room.turn();
    native.lose();
    room.turn();
    room.clock.advance(BATCH_WAIT);
    const perTurn: number[] = [];
    for (let turn = 0; turn < 20; turn++) {
      counts.presence = 0;
      room.turn();
      perTurn.push(counts.presence);
    }
    expect(perTurn.reduce((sum, told) => sum + told)).toBe(500);
    // Three milliseconds, and what is sent until the clock is read again.
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(30 + 32);
  });
});

describe('whoever is heard before all are told (D28)', () => {
  /** A room in which nothing is told at once, with a page that is told of it. */
  function tiredRoom() {
    const room = new MemoryRoom(UNLIMITED);
    const page = new Page(room, 'page');
    tire(room, page);
    return { room, page };
  }
  const joined = (name: string) => ({ type: 'presence', left: [], joined: [name] });

  it('is told of before the first words to all, with all who came until then', () => {
    const { room, page } = tiredRoom();
    const cat = room.join('cat');
    room.join('dog');
    expect(page.heard).toEqual([]);
    cat.send(message('cat', 'hi'));
    room.turn();
    expect(page.heard).toEqual([
      { type: 'presence', left: [], joined: ['cat', 'dog'] },
      message('cat', 'hi'),
    ]);
    room.clock.advance(SECOND);
    room.turn();
    expect(page.heard).toHaveLength(2);
  });

  it('is told of to the one it whispers to, and to others in time', () => {
    const { room, page } = tiredRoom();
    const other = new Page(room, 'other');
    room.clock.advance(SECOND);
    room.turn();
    tire(room, page);
    other.heard.length = 0;
    const cat = room.join('cat');
    cat.send(privateMessage('cat', 'page', 'psst'));
    room.turn();
    room.clock.advance(SECOND);
    room.turn();
    expect(page.heard).toEqual([joined('cat'), privateMessage('cat', 'page', 'psst')]);
    expect(other.heard).toEqual([joined('cat')]);
  });

  it('is told of as gone, behind its words, to whoever heard it', () => {
    const { room, page } = tiredRoom();
    const [cat, dog] = [room.join('cat'), room.join('dog')];
    cat.send(privateMessage('cat', 'page', 'psst'));
    cat.lose();
    dog.send(message('dog', 'bye'));
    dog.sendEnd();
    room.clock.advance(SECOND);
    room.turn();
    room.clock.advance(SECOND);
    room.turn();
    expect(page.heard).toEqual([
      joined('cat'),
      joined('dog'),
      privateMessage('cat', 'page', 'psst') + message('dog', 'bye'),
      { type: 'presence', left: ['dog', 'cat'], joined: [] },
    ]);
  });
});
