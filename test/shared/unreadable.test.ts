import { describe, expect, it } from 'vitest';
import { UnreadableError } from '../../shared/protocol/decoder.ts';
import { encode } from '../../shared/protocol/encoder.ts';
import { COMMANDS, Opcode } from '../../shared/protocol/commands.ts';
import { bytes, int, rawStr, str } from '../support/raw-hex.ts';
import { decode, twoPieces } from './decoding.ts';

describe('what cannot be read (D5)', () => {
  it('D5: an opcode that is none is unknown, -128 to -1 included', () => {
    for (let opcode = 11; opcode < 256; opcode++) {
      expect(decode([Uint8Array.of(opcode)], 'client').reason).toBe('unknown opcode');
      expect(decode([Uint8Array.of(opcode)], 'server').reason).toBe('unknown opcode');
    }
  });

  it('D5: each side only sends its own opcodes, and the first byte proves it', () => {
    const refusedFrom = (sender: 'client' | 'server') =>
      COMMANDS.map(({ opcode }) => opcode).filter(
        (opcode) => decode([Uint8Array.of(opcode)], sender).reason === 'opcode of the other side',
      );
    expect(refusedFrom('client')).toEqual([1, 2, 8, 10]);
    expect(refusedFrom('server')).toEqual([0, 6, 9]);
  });

  const SIZES = COMMANDS.flatMap(({ opcode, name, senders, fields }) =>
    fields.flatMap(([field, kind], i) =>
      kind.type === 'string'
        ? [
            {
              name,
              field,
              limit: kind.maxBytes,
              sender: senders[0],
              before: bytes(int(opcode).slice(6) + str('a').repeat(i)),
            },
          ]
        : [],
    ),
  );

  it('D3, D7: the limits are 30 for a login, 1024 for a msg and for what LOGIN proposes', () => {
    expect(SIZES.map(({ name, field, limit }) => [name, field, limit])).toEqual([
      ['LOGIN', 'login', 1024],
      ['MESSAGE', 'login', 30],
      ['MESSAGE', 'msg', 1024],
      ['MESSAGE_PRIVATE', 'login_sender', 30],
      ['MESSAGE_PRIVATE', 'login_target', 30],
      ['MESSAGE_PRIVATE', 'msg', 1024],
      ...['REQUEST_PRIVATE', 'OK_PRIVATE', 'KO_PRIVATE', 'ID_PRIVATE'].flatMap((name) => [
        [name, 'login_requester', 30],
        [name, 'login_target', 30],
      ]),
    ]);
  });

  it.each(SIZES)(
    'D3: the size of $name $field is judged with its 4th byte, before any of the body',
    (size) => {
      const { before, limit, sender } = size;
      for (const [value, reason] of [
        [limit, null],
        [limit + 1, 'size over the limit'],
        [2 ** 31 - 1, 'size over the limit'],
        [-1, 'negative size'],
        [-(2 ** 31), 'negative size'],
      ] as const) {
        const head = Buffer.concat([before, bytes(int(value))]);
        expect(decode([head.subarray(0, -1)], sender).reason).toBeNull();
        expect(decode([head], sender).reason).toBe(reason);
        for (const pieces of twoPieces(head)) expect(decode(pieces, sender).reason).toBe(reason);
      }
    },
  );

  const good = [
    ['the highest of 1 byte', '7f'],
    ['the lowest of 2 bytes', 'c280'],
    ['the highest of 2 bytes', 'dfbf'],
    ['the lowest of 3 bytes', 'e0a080'],
    ['the last before the surrogates', 'ed9fbf'],
    ['the first behind the surrogates', 'ee8080'],
    ['a noncharacter', 'efbfbf'],
    ['the lowest of 4 bytes', 'f0908080'],
    ['U+10FFFF', 'f48fbfbf'],
    ['NUL', '00'],
    ['a leading BOM, which is data', 'efbbbf61'],
    ['a BOM alone', 'efbbbf'],
  ] as const;
  it.each(good)('D4: UTF-8 may hold %s, and gives the same bytes again', (_title, hex) => {
    const { commands, reason } = decode([bytes('03' + str('a') + rawStr(hex))], 'client');
    expect(reason).toBeNull();
    expect(commands).toEqual([
      { opcode: Opcode.MESSAGE, login: 'a', msg: Buffer.from(hex, 'hex').toString('utf8') },
    ]);
    expect(Buffer.from(encode(commands[0]!)).toString('hex')).toBe('03' + str('a') + rawStr(hex));
  });

  const bad = [
    ['an overlong /', 'c0af'],
    ['an overlong DEL', 'c1bf'],
    ['an overlong NUL of 3 bytes', 'e08080'],
    ['an overlong U+07FF', 'e09fbf'],
    ['an overlong U+FFFF of 4 bytes', 'f08fbfbf'],
    ['the first surrogate', 'eda080'],
    ['the last surrogate', 'edbfbf'],
    ['a surrogate pair (CESU-8)', 'eda0bdedb8ba'],
    ['U+110000', 'f4908080'],
    ['a 5-byte form', 'f888808080'],
    ['FE', 'fe'],
    ['FF', 'ff'],
    ['a continuation byte alone', '80'],
    ['2 bytes cut short', 'c3'],
    ['3 bytes cut short', 'e282'],
    ['4 bytes cut short', 'f09f98'],
    ['a sequence cut by another character', 'c361'],
    ['a good text with one bad byte behind', '6162ff'],
  ] as const;
  it.each(bad)('D4: UTF-8 may not hold %s, in a login or in a msg', (_title, hex) => {
    for (const command of ['00' + rawStr(hex), '03' + rawStr(hex) + str(''), '03' + str('a') + rawStr(hex)])
      for (const pieces of twoPieces(bytes(command)))
        expect(decode(pieces, 'client')).toEqual({ commands: [], raw: [], reason: 'invalid UTF-8' });
  });

  it('D4: a character may not begin in one STRING and end in the next', () => {
    expect(decode([bytes('03' + rawStr('c3') + rawStr('a9'))], 'client').reason).toBe('invalid UTF-8');
  });

  it('D5: what came correctly before is yielded, and the error tells nothing of what was received', () => {
    const { commands, reason } = decode(
      [bytes('00' + str('bob') + '03' + str('bob') + str('hi') + '0b')],
      'client',
    );
    expect(commands.map(({ opcode }) => opcode)).toEqual([Opcode.LOGIN, Opcode.MESSAGE]);
    expect(reason).toBe('unknown opcode');
    expect(new UnreadableError('unknown opcode').message).toBe('cannot read a command: unknown opcode');
  });
});
