/** Normative examples of D1–D4, and one command of each kind beside them. */
import { Opcode, type Command, type LongSize, type Sender } from '../../shared/protocol/commands.ts';

export interface Example {
  readonly title: string;
  readonly command: Command;
  readonly sender: Sender;
  /** Bytes as PROTOCOL.md writes them. */
  readonly hex: string;
  /** Bytes where a LONG of 8 bytes makes them differ (D2). */
  readonly hexLong64?: string;
}

const PAIR = { login_requester: 'a', login_target: 'b' } as const;

export const EXAMPLES: readonly Example[] = [
  {
    title: 'LOGIN "alice"',
    command: { opcode: Opcode.LOGIN, login: 'alice' },
    sender: 'client',
    hex: '00 00000005 616c696365',
  },
  { title: 'LOGIN_ACCEPTED', command: { opcode: Opcode.LOGIN_ACCEPTED }, sender: 'server', hex: '01' },
  { title: 'LOGIN_REFUSED', command: { opcode: Opcode.LOGIN_REFUSED }, sender: 'server', hex: '02' },
  {
    title: 'MESSAGE "alice" "hé 😺"',
    command: { opcode: Opcode.MESSAGE, login: 'alice', msg: 'hé 😺' },
    sender: 'client',
    hex: '03 00000005 616c696365 00000008 68c3a920f09f98ba',
  },
  {
    title: 'MESSAGE_PRIVATE a→b "x"',
    command: { opcode: Opcode.MESSAGE_PRIVATE, login_sender: 'a', login_target: 'b', msg: 'x' },
    sender: 'client',
    hex: '04 00000001 61 00000001 62 00000001 78',
  },
  {
    title: 'REQUEST_PRIVATE a→b',
    command: { opcode: Opcode.REQUEST_PRIVATE, ...PAIR },
    sender: 'client',
    hex: '05 00000001 61 00000001 62',
  },
  {
    title: 'OK_PRIVATE a→b',
    command: { opcode: Opcode.OK_PRIVATE, ...PAIR },
    sender: 'client',
    hex: '06 00000001 61 00000001 62',
  },
  {
    title: 'KO_PRIVATE a→b',
    command: { opcode: Opcode.KO_PRIVATE, ...PAIR },
    sender: 'client',
    hex: '07 00000001 61 00000001 62',
  },
  {
    title: 'ID_PRIVATE a→b id -2',
    command: { opcode: Opcode.ID_PRIVATE, ...PAIR, connect_id: -2 },
    sender: 'server',
    hex: '08 00000001 61 00000001 62 fffffffe',
    hexLong64: '08 00000001 61 00000001 62 fffffffffffffffe',
  },
  {
    title: 'LOGIN_PRIVATE id -2',
    command: { opcode: Opcode.LOGIN_PRIVATE, connect_id: -2 },
    sender: 'client',
    hex: '09 fffffffe',
    hexLong64: '09 fffffffffffffffe',
  },
  { title: 'ESTABLISHED', command: { opcode: Opcode.ESTABLISHED }, sender: 'server', hex: '0a' },
];

/** Bytes of an example in one width of LONG (D2). */
export function hexOf(example: Example, longSize: LongSize): string {
  const hex = longSize === 8 ? (example.hexLong64 ?? example.hex) : example.hex;
  return hex.replaceAll(' ', '');
}

/** Every example in both widths of LONG. */
export const IN_BOTH_DIALECTS = ([4, 8] as const).flatMap((longSize) =>
  EXAMPLES.map((example) => ({ ...example, longSize, hex: hexOf(example, longSize) })),
);
