import { describe, expect, it } from 'vitest';
import { byteLength, encode } from '../../shared/protocol/encoder.ts';
import { COMMANDS, MAX_COMMAND_BYTES, Opcode, type Command } from '../../shared/protocol/commands.ts';
import { EXAMPLES, IN_BOTH_DIALECTS } from './examples.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('the table of commands', () => {
  it('§1–§4: has every command at the index of its opcode, and an example for each', () => {
    expect(COMMANDS.map(({ name }) => name)).toEqual(Object.keys(Opcode));
    expect(COMMANDS.map(({ opcode }) => opcode)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(EXAMPLES.map(({ command }) => command.opcode)).toEqual(COMMANDS.map(({ opcode }) => opcode));
  });

  it('D3: the longest legal command has 1097 bytes', () => {
    const longest: Command = {
      opcode: Opcode.MESSAGE_PRIVATE,
      login_sender: 'a'.repeat(30),
      login_target: 'b'.repeat(30),
      msg: 'c'.repeat(1024),
    };
    expect(encode(longest)).toHaveLength(1097);
    expect(MAX_COMMAND_BYTES).toBe(1097);
  });
});

describe('encode', () => {
  it.each(IN_BOTH_DIALECTS)('D1: $title, LONG on $longSize bytes', ({ command, longSize, hex: wanted }) => {
    expect(hex(encode(command, longSize))).toBe(wanted);
  });

  it('D3: an empty msg is a STRING of size 0', () => {
    expect(hex(encode({ opcode: Opcode.MESSAGE, login: 'a', msg: '' }))).toBe('03000000016100000000');
  });

  it.each([
    [2 ** 31 - 1, '7fffffff', '000000007fffffff'],
    [1, '00000001', '0000000000000001'],
    [0, '00000000', '0000000000000000'],
    [-1, 'ffffffff', 'ffffffffffffffff'],
    [-(2 ** 31), '80000000', 'ffffffff80000000'],
  ])('D2: LONG %i is sign-extended on 8 bytes', (connect_id, on4, on8) => {
    const command: Command = { opcode: Opcode.LOGIN_PRIVATE, connect_id };
    expect(hex(encode(command, 4))).toBe(`09${on4}`);
    expect(hex(encode(command, 8))).toBe(`09${on8}`);
  });

  it('D3: limits count bytes of UTF-8, not characters', () => {
    expect(byteLength('é😺')).toBe(6);
    expect(encode({ opcode: Opcode.MESSAGE, login: 'é'.repeat(15), msg: '😺'.repeat(256) })).toHaveLength(
      1063,
    );
    expect(() => encode({ opcode: Opcode.MESSAGE, login: 'é'.repeat(15) + 'e', msg: '' })).toThrow(
      RangeError,
    );
  });

  it('D7: LOGIN may propose up to 1024 bytes, so that the server can refuse them', () => {
    expect(encode({ opcode: Opcode.LOGIN, login: 'a'.repeat(1024) })).toHaveLength(1029);
  });

  const pair = { login_requester: 'a', login_target: 'b' };
  const long = 'x'.repeat(31);
  const full = 'x'.repeat(1025);
  it.each<readonly [where: string, what: string, command: Command]>([
    ['LOGIN login', '1025 bytes', { opcode: Opcode.LOGIN, login: full }],
    ['MESSAGE login', '31 bytes', { opcode: Opcode.MESSAGE, login: long, msg: '' }],
    ['MESSAGE msg', '1025 bytes', { opcode: Opcode.MESSAGE, login: 'a', msg: full }],
    [
      'MESSAGE_PRIVATE login_target',
      '31 bytes',
      { opcode: Opcode.MESSAGE_PRIVATE, login_sender: 'a', login_target: long, msg: '' },
    ],
    ['OK_PRIVATE login_requester', '31 bytes', { opcode: Opcode.OK_PRIVATE, ...pair, login_requester: long }],
    ['MESSAGE msg', 'well-formed', { opcode: Opcode.MESSAGE, login: 'a', msg: 'half a cat \ud83d' }],
    ['LOGIN login', 'well-formed', { opcode: Opcode.LOGIN, login: '\udc3a' }],
    ['LOGIN_PRIVATE connect_id', '32-bit', { opcode: Opcode.LOGIN_PRIVATE, connect_id: 2 ** 31 }],
    ['LOGIN_PRIVATE connect_id', '32-bit', { opcode: Opcode.LOGIN_PRIVATE, connect_id: -(2 ** 31) - 1 }],
    ['ID_PRIVATE connect_id', '32-bit', { opcode: Opcode.ID_PRIVATE, ...pair, connect_id: 0.5 }],
    ['ID_PRIVATE connect_id', '32-bit', { opcode: Opcode.ID_PRIVATE, ...pair, connect_id: NaN }],
  ])('D2–D4: %s that cannot be sent (%s) is a RangeError that names it', (where, what, command) => {
    const attempt = () => encode(command);
    expect(attempt).toThrow(RangeError);
    expect(attempt).toThrow(where);
    expect(attempt).toThrow(what);
  });
});
