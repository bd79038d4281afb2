import { describe, expect, it } from 'vitest';
import { Decoder } from '../../shared/protocol/decoder.ts';
import { encode } from '../../shared/protocol/encoder.ts';
import {
  COMMANDS,
  MAX_COMMAND_BYTES,
  Opcode,
  isSentBy,
  type Command,
} from '../../shared/protocol/commands.ts';
import { bytes } from '../support/raw-hex.ts';
import { collectGarbage, decode, twoPieces } from './decoding.ts';
import { EXAMPLES, IN_BOTH_DIALECTS } from './examples.ts';

describe('decode', () => {
  it.each(IN_BOTH_DIALECTS)('D1: $title, LONG on $longSize bytes', ({ command, sender, longSize, hex }) => {
    expect(decode([bytes(hex)], sender, longSize)).toEqual({ commands: [command], raw: [hex], reason: null });
  });

  it.each(IN_BOTH_DIALECTS)('D3: $title ($longSize) cut in two at every point', (example) => {
    const { command, sender, longSize, hex } = example;
    const whole = { commands: [command], raw: [hex], reason: null };
    for (const pieces of twoPieces(bytes(hex))) expect(decode(pieces, sender, longSize)).toEqual(whole);
  });

  it.each(['client', 'server'] as const)('D3: all commands of a %s in one chunk, whole or cut', (sender) => {
    const commands = COMMANDS.filter((command) => isSentBy(sender, command));
    const sent = commands.map(({ opcode }) => EXAMPLES[opcode]!);
    const stream = Buffer.concat(sent.map(({ command }) => encode(command)));
    const whole = {
      commands: sent.map(({ command }) => command),
      raw: sent.map(({ command }) => Buffer.from(encode(command)).toString('hex')),
      reason: null,
    };
    expect(decode([stream], sender)).toEqual(whole);
    for (const pieces of twoPieces(stream)) expect(decode(pieces, sender)).toEqual(whole);
    expect(
      decode(
        Array.from(stream, (byte) => Uint8Array.of(byte)),
        sender,
      ),
    ).toEqual(whole);
  });

  it.each([
    ['000000007fffffff', 2 ** 31 - 1],
    ['ffffffff80000000', -(2 ** 31)],
    ['0000000080000000', 2 ** 31],
    ['ffffffff7fffffff', -(2 ** 31) - 1],
    ['0000000100000000', 2 ** 32],
    ['fffffffe00000001', -(2 ** 33) + 1],
    ['7fffffffffffffff', 2 ** 63],
    ['8000000000000000', -(2 ** 63)],
  ])('D2: the 8-byte LONG %s is no 32-bit number unless it is one sign-extended', (hex, connect_id) => {
    const { commands } = decode([bytes('09' + hex)], 'client', 8);
    expect(commands).toEqual([{ opcode: Opcode.LOGIN_PRIVATE, connect_id }]);
    const fits = connect_id >= -(2 ** 31) && connect_id < 2 ** 31;
    const reencode = () => Buffer.from(encode(commands[0]!, 8)).toString('hex');
    if (fits) expect(reencode()).toBe('09' + hex);
    else expect(reencode).toThrow(RangeError);
  });

  it('asks that a chunk be read before the next is pushed', () => {
    const decoder = new Decoder('server');
    decoder.push(bytes('01 02'));
    expect(decoder.next()).toEqual({ opcode: Opcode.LOGIN_ACCEPTED });
    expect(decoder.atBoundary).toBe(false);
    expect(() => decoder.push(bytes('01'))).toThrow('before the chunk before was read');
    decoder.next();
    expect(decoder.atBoundary).toBe(true);
  });
});

describe('what a decoder holds (D3)', () => {
  const longest: Command = {
    opcode: Opcode.MESSAGE_PRIVATE,
    login_sender: 'a'.repeat(30),
    login_target: 'b'.repeat(30),
    msg: 'c'.repeat(1024),
  };
  const command = encode(longest);

  it('D3: the longest command cut at every point is held whole, and never more than 1097 bytes of anything', () => {
    for (const [first, second] of twoPieces(command)) {
      const decoder = new Decoder('client');
      decoder.push(first);
      expect(decoder.next()).toBeNull();
      decoder.push(Buffer.concat([second, command, command.subarray(0, -1)]));
      expect([decoder.next(), decoder.next(), decoder.next()]).toEqual([longest, longest, null]);
      const rest = decoder.takeRest();
      expect(rest).toHaveLength(MAX_COMMAND_BYTES - 1);
      expect(rest.buffer.byteLength).toBeLessThanOrEqual(MAX_COMMAND_BYTES);
    }
  });

  it.each([
    ['when it is between two commands', 0],
    ['in the middle of a command that began in the chunk', 40],
    ['in the middle of a command that began in the chunk before', -40],
  ])('D3: it keeps no chunk alive %s', async (_title, extra) => {
    const decoder = new Decoder('client');
    const release = (() => {
      if (extra < 0) {
        decoder.push(command.slice(0, 40));
        expect(decoder.next()).toBeNull();
      }
      const chunk =
        extra < 0 ? command.slice(40, 80) : new Uint8Array([...command, ...command.slice(0, extra)]);
      decoder.push(chunk);
      while (decoder.next());
      return new WeakRef(chunk.buffer);
    })();
    await collectGarbage();
    expect(release.deref()).toBeUndefined();
    expect(decoder.takeRest()).toHaveLength(extra < 0 ? 80 : extra);
  });
});

describe('takeRest (§4, D19)', () => {
  const id = bytes('09 fffffffe');
  // None of these bytes could be read as commands.
  const tail = bytes('ff 00 ffffffff 0a 7f 03 00000001');

  it('§4: hands over what came behind LOGIN_PRIVATE, in whatever two pieces it came', () => {
    for (const [first, second] of twoPieces(Buffer.concat([id, tail]))) {
      const decoder = new Decoder('client');
      decoder.push(first);
      let command = decoder.next();
      const chunks = command ? [second] : [];
      if (!command) {
        decoder.push(second);
        command = decoder.next();
      }
      expect(command).toEqual({ opcode: Opcode.LOGIN_PRIVATE, connect_id: -2 });
      expect(Buffer.concat([decoder.takeRest(), ...chunks]).toString('hex')).toBe(tail.toString('hex'));
      expect(decoder.takeRest()).toHaveLength(0);
    }
  });

  it('hands over a command that had begun, and is empty and at a boundary afterwards', () => {
    const decoder = new Decoder('client');
    decoder.push(bytes('03 000000'));
    expect(decoder.next()).toBeNull();
    decoder.push(bytes('05 61'));
    expect(decoder.atBoundary).toBe(false);
    expect(Buffer.from(decoder.takeRest()).toString('hex')).toBe('030000000561');
    expect(decoder.atBoundary).toBe(true);
    decoder.push(id);
    expect(decoder.next()).toEqual({ opcode: Opcode.LOGIN_PRIVATE, connect_id: -2 });
  });
});
