/**
 * The Chaton protocol as data: opcodes, limits, and one ordered field table per command.
 * Encoder, decoder, tests and the page's wire inspector all read this table; nothing else knows the layout.
 */

/** OPCODE, one signed byte, is the first of every command (§ "Commande Client<->Serveur"). */
export const Opcode = {
  LOGIN: 0,
  LOGIN_ACCEPTED: 1,
  LOGIN_REFUSED: 2,
  MESSAGE: 3,
  MESSAGE_PRIVATE: 4,
  REQUEST_PRIVATE: 5,
  OK_PRIVATE: 6,
  KO_PRIVATE: 7,
  ID_PRIVATE: 8,
  LOGIN_PRIVATE: 9,
  ESTABLISHED: 10,
} as const;
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** Longest login, in bytes of UTF-8 (§1, D3). */
export const MAX_LOGIN_BYTES = 30;
/** Longest login that LOGIN may *propose* and still be answered by LOGIN_REFUSED instead of a close (D7). */
const MAX_PROPOSED_LOGIN_BYTES = 1024;
/** Longest msg, in bytes of UTF-8; it may be empty (§2, D3). */
export const MAX_MSG_BYTES = 1024;
/** Longest legal command, in bytes: a full MESSAGE_PRIVATE. No decoder ever holds more than this (D3). */
export const MAX_COMMAND_BYTES = 1 + 4 + MAX_LOGIN_BYTES + 4 + MAX_LOGIN_BYTES + 4 + MAX_MSG_BYTES;

/** Bytes of a LONG: 4 as the specification says, 8 as the `long64` dialect has it (D2). */
export type LongSize = 4 | 8;

/** Side that may send a command on a connection between a client and the server (D5). */
export type Sender = 'client' | 'server';

/** `string` fields carry their limit in bytes; a `long` is as wide as the connection's dialect says. */
export type FieldKind = { readonly type: 'string'; readonly maxBytes: number } | { readonly type: 'long' };

const login = { type: 'string', maxBytes: MAX_LOGIN_BYTES } as const;
const proposedLogin = { type: 'string', maxBytes: MAX_PROPOSED_LOGIN_BYTES } as const;
const msg = { type: 'string', maxBytes: MAX_MSG_BYTES } as const;
const long = { type: 'long' } as const;

interface CommandShape {
  readonly opcode: Opcode;
  readonly name: keyof typeof Opcode;
  readonly senders: readonly Sender[];
  /** Name and kind of each field, in wire order. */
  readonly fields: readonly (readonly [name: string, kind: FieldKind])[];
}

/** Every command, at the index of its opcode (§1–§4). */
export const COMMANDS = [
  { opcode: 0, name: 'LOGIN', senders: ['client'], fields: [['login', proposedLogin]] },
  { opcode: 1, name: 'LOGIN_ACCEPTED', senders: ['server'], fields: [] },
  { opcode: 2, name: 'LOGIN_REFUSED', senders: ['server'], fields: [] },
  {
    opcode: 3,
    name: 'MESSAGE',
    senders: ['client', 'server'],
    fields: [
      ['login', login],
      ['msg', msg],
    ],
  },
  {
    opcode: 4,
    name: 'MESSAGE_PRIVATE',
    senders: ['client', 'server'],
    fields: [
      ['login_sender', login],
      ['login_target', login],
      ['msg', msg],
    ],
  },
  {
    opcode: 5,
    name: 'REQUEST_PRIVATE',
    senders: ['client', 'server'],
    fields: [
      ['login_requester', login],
      ['login_target', login],
    ],
  },
  {
    opcode: 6,
    name: 'OK_PRIVATE',
    senders: ['client'],
    fields: [
      ['login_requester', login],
      ['login_target', login],
    ],
  },
  {
    opcode: 7,
    name: 'KO_PRIVATE',
    senders: ['client', 'server'],
    fields: [
      ['login_requester', login],
      ['login_target', login],
    ],
  },
  {
    opcode: 8,
    name: 'ID_PRIVATE',
    senders: ['server'],
    fields: [
      ['login_requester', login],
      ['login_target', login],
      ['connect_id', long],
    ],
  },
  { opcode: 9, name: 'LOGIN_PRIVATE', senders: ['client'], fields: [['connect_id', long]] },
  { opcode: 10, name: 'ESTABLISHED', senders: ['server'], fields: [] },
] as const satisfies readonly CommandShape[];

export type CommandEntry = (typeof COMMANDS)[number];

type FieldValue<K extends FieldKind> = K extends { type: 'string' } ? string : number;

type CommandOf<C extends CommandShape> = C extends CommandShape
  ? { readonly opcode: C['opcode'] } & {
      readonly [F in C['fields'][number] as F[0]]: FieldValue<F[1]>;
    }
  : never;

/** A decoded command. The union is derived from {@link COMMANDS}: `command.opcode` tells which fields there are. */
export type Command = CommandOf<CommandEntry>;

/** The command of one given opcode. */
export type CommandWith<O extends Opcode> = Extract<Command, { readonly opcode: O }>;

type SentBy<S extends Sender, C extends CommandEntry = CommandEntry> = C extends CommandEntry
  ? S extends C['senders'][number]
    ? C
    : never
  : never;

/** The opcodes that one side may send, as {@link COMMANDS} has it (D5). */
export type OpcodeFrom<S extends Sender> = { [K in Sender]: SentBy<K>['opcode'] }[S];

/** A decoded command of one side. */
export type CommandFrom<S extends Sender> = { [K in Sender]: CommandOf<SentBy<K>> }[S];

/** Tells whether a side may send a command (D5). */
export function isSentBy(sender: Sender, { senders }: CommandShape): boolean {
  return senders.includes(sender);
}
