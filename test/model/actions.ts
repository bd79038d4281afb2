/**
 * Generates the actions of up to six clients and their private connections at random; an action is described in words,
 * and resolved when done.
 */
import fc from 'fast-check';

/** Number of connections at a time: clients, and behind them the sides of their private connections. */
export const CLIENTS = 6;
export const SLOTS = 12;
/** Logins by number: those of the six clients first. The sixth is the fifth in another spelling (D8). */
export const NAMES = [
  'alice',
  'bob',
  '名前の長い利用者は',
  'x'.repeat(30),
  'Zo\u00e9',
  'Zoe\u0301',
  '',
  'y'.repeat(31),
  ' edge',
  'un\u200bseen',
  'tab\t',
  'z'.repeat(1024),
  '\ufeffbom',
  'inner\u3000space',
  'blank\u2800',
  'none\uffff',
] as const;

/** A login: one's own, that of some other client, or any of the above. */
export type Who =
  | { readonly is: 'own' }
  | { readonly is: 'other'; readonly pick: number }
  | { readonly is: 'named'; readonly index: number };

export type Saying =
  | { readonly say: 'login'; readonly who: Who }
  | { readonly say: 'message'; readonly who: Who; readonly text: string }
  | { readonly say: 'private'; readonly who: Who; readonly to: Who; readonly text: string }
  | { readonly say: 'request'; readonly who: Who; readonly to: Who }
  /** OK or KO: to the `pick`th requester, if there is one; else, when it is a `stray`, about anyone. */
  | {
      readonly say: 'answer';
      readonly ok: boolean;
      readonly pick: number;
      readonly stray: boolean;
      readonly about: Who;
      readonly who: Who;
    }
  /** LOGIN_PRIVATE: the `pick`th valid id, if there is one; or a guess. */
  | { readonly say: 'enter'; readonly pick: number; readonly guess: boolean; readonly high: number }
  | { readonly say: 'bytes'; readonly bytes: Uint8Array };

export type Action =
  | {
      readonly act: 'connect';
      readonly slot: number;
      readonly wide: boolean;
      readonly network: number;
      readonly first: readonly Saying[];
    }
  | {
      readonly act: 'send';
      readonly slot: number;
      readonly sayings: readonly Saying[];
      /** Offsets at which the bytes are cut, and how much of their end is kept for later. */
      readonly cuts: readonly number[];
      readonly keep: number;
      /** Offset of the byte that is changed on the way, and how. */
      readonly damage: { readonly at: number; readonly xor: number } | null;
    }
  | { readonly act: 'end' | 'reset' | 'stall' | 'drain'; readonly slot: number }
  | { readonly act: 'step'; readonly ms: number };

const name: fc.Arbitrary<Who> = fc.record({
  is: fc.constant('named' as const),
  index: fc.nat(NAMES.length - 1),
});
const other: fc.Arbitrary<Who> = fc.record({ is: fc.constant('other' as const), pick: fc.nat(CLIENTS - 1) });
const rarely = fc.oneof(
  { weight: 9, arbitrary: fc.constant(false) },
  { weight: 1, arbitrary: fc.constant(true) },
);
const mostlyOwn = fc.oneof(
  { weight: 30, arbitrary: fc.constant<Who>({ is: 'own' }) },
  { weight: 1, arbitrary: other },
  { weight: 1, arbitrary: name },
);
const someone = fc.oneof({ weight: 12, arbitrary: other }, { weight: 1, arbitrary: name });
const text = fc.oneof(
  { weight: 8, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  { weight: 1, arbitrary: fc.constantFrom('w'.repeat(1024), 'w'.repeat(1025), 'é'.repeat(512)) },
);

const login: fc.Arbitrary<Saying> = fc.record({ say: fc.constant('login' as const), who: mostlyOwn });

const saying: fc.Arbitrary<Saying> = fc.oneof(
  { weight: 2, arbitrary: login },
  { weight: 6, arbitrary: fc.record({ say: fc.constant('message' as const), who: mostlyOwn, text }) },
  {
    weight: 6,
    arbitrary: fc.record({ say: fc.constant('private' as const), who: mostlyOwn, to: someone, text }),
  },
  { weight: 7, arbitrary: fc.record({ say: fc.constant('request' as const), who: mostlyOwn, to: someone }) },
  {
    weight: 7,
    arbitrary: fc.record({
      say: fc.constant('answer' as const),
      ok: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
      pick: fc.nat(5),
      stray: rarely,
      about: someone,
      who: mostlyOwn,
    }),
  },
);

const enter = (guesses: number): fc.Arbitrary<Saying> =>
  fc.record({
    say: fc.constant('enter' as const),
    pick: fc.nat(3),
    guess: fc.oneof(
      { weight: 100, arbitrary: fc.constant(false) },
      { weight: guesses, arbitrary: fc.constant(true) },
    ),
    high: fc.oneof({ weight: 100, arbitrary: fc.constant(0) }, { weight: guesses, arbitrary: fc.integer() }),
  });

/** Bytes that no client may send: opcodes, and sizes. */
const UNREADABLE = [
  '01',
  '02',
  '08',
  '0a',
  '0b',
  'ff',
  '00ffffffff',
  '0380000000',
  '0000000401',
  '030000001f',
];

const bytes: fc.Arbitrary<Saying> = fc.record({
  say: fc.constant('bytes' as const),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 40 }),
    fc.constantFrom(...UNREADABLE).map((hex) => Buffer.from(hex, 'hex')),
  ),
});

const clientSays = fc.array(
  fc.oneof({ weight: 60, arbitrary: saying }, { weight: 1, arbitrary: fc.oneof(enter(10), bytes) }),
  { minLength: 1, maxLength: 5 },
);
const endpointSays = fc.array(fc.oneof({ weight: 3, arbitrary: bytes }, { weight: 1, arbitrary: saying }), {
  minLength: 1,
  maxLength: 3,
});

const sending = (who: fc.Arbitrary<number>, sayings: fc.Arbitrary<readonly Saying[]>): fc.Arbitrary<Action> =>
  fc.record({
    act: fc.constant('send' as const),
    slot: who,
    sayings,
    cuts: fc.array(fc.nat(), { maxLength: 4 }),
    keep: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(20) }),
    damage: fc.oneof(
      { weight: 30, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.record({ at: fc.nat(), xor: fc.integer({ min: 1, max: 255 }) }) },
    ),
  });

/** Opens a fresh connection, if the slot is free, and sends what it says first. */
const coming = (who: fc.Arbitrary<number>, first: fc.Arbitrary<readonly Saying[]>): fc.Arbitrary<Action> =>
  fc.record({
    act: fc.constant('connect' as const),
    slot: who,
    wide: fc.boolean(),
    network: fc.nat(3),
    first,
  });

const act = (
  who: fc.Arbitrary<number>,
  ...acts: readonly ('end' | 'reset' | 'stall' | 'drain')[]
): fc.Arbitrary<Action> => fc.record({ act: fc.constantFrom(...acts), slot: who });

const step: fc.Arbitrary<Action> = fc.record({
  act: fc.constant('step' as const),
  ms: fc.constantFrom(1, 1000, 29_999, 60_000, 150_000, 299_999, 600_000),
});

/**
 * First commands of a private connection: mostly LOGIN_PRIVATE and nothing else; but it may come behind other commands,
 * and before anything.
 */
const entrance = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(enter(15)) },
  { weight: 1, arbitrary: fc.tuple(login, enter(0)) },
  { weight: 1, arbitrary: fc.tuple(enter(0), bytes) },
);

const client = fc.nat(CLIENTS - 1);
const endpoint = fc.integer({ min: CLIENTS, max: SLOTS - 1 });

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 30, arbitrary: sending(client, clientSays) },
  { weight: 12, arbitrary: sending(endpoint, endpointSays) },
  { weight: 10, arbitrary: coming(client, fc.array(login, { minLength: 0, maxLength: 2 })) },
  { weight: 14, arbitrary: coming(endpoint, entrance) },
  { weight: 1, arbitrary: act(client, 'end', 'reset') },
  { weight: 3, arbitrary: act(endpoint, 'end', 'end', 'reset') },
  { weight: 4, arbitrary: act(endpoint, 'stall', 'drain') },
  { weight: 2, arbitrary: step },
);

/** Turns of the event loop, and the actions in each. */
export const turns = fc.array(fc.array(action, { minLength: 1, maxLength: 8 }), {
  minLength: 60,
  maxLength: 60,
});
