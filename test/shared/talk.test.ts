import { describe, expect, it } from 'vitest';
import { encodeString, PrivateStreamParser, type PrivateItem } from '../../shared/protocol/private-stream.ts';
import { bytes, message } from '../support/raw-hex.ts';

const show = (heard: readonly PrivateItem[]) =>
  heard.map((utterance) =>
    utterance.kind === 'message'
      ? `${utterance.login}: ${utterance.msg}`
      : utterance.kind === 'string'
        ? `“${utterance.text}”`
        : utterance.kind === 'text'
          ? utterance.text
          : Buffer.from(utterance.bytes).toString('hex'),
  );
/** Items of each chunk, and at the end. */
function listen(...chunks: string[]): string[][] {
  const listening = new PrivateStreamParser();
  return [...chunks.map((hex) => show(listening.push(new Uint8Array(bytes(hex))))), show(listening.end())];
}

const text = Buffer.from('hé 😺\n').toString('hex');

/** Bytes as they are heard raw: text if they are, else hex. */
const rawOf = (hex: string) => {
  const all = Buffer.from(hex, 'hex');
  return Buffer.from(all.toString()).equals(all) ? all.toString() : hex;
};

describe('listening on a private connection', () => {
  it('D29: hears MESSAGE commands, cut anywhere', () => {
    const hex = message('bob', 'hi') + message('bob', 'there');
    expect(listen(hex.slice(0, 30), hex.slice(30))).toEqual([['bob: hi'], ['bob: there'], []]);
  });

  const string = (said: string) => Buffer.from(encodeString(said)).toString('hex');
  /** Everything that is heard when each byte comes by itself. */
  const slowly = (hex: string) => listen(...(hex.match(/../g) ?? [])).flat();

  it('D29: hears bare STRINGs, cut anywhere, and is then to be answered in them', () => {
    expect(string('ok')).toBe('000000026f6b');
    const hex = string('ok') + string('hé 😺') + string('x'.repeat(1024));
    expect(listen(hex)).toEqual([['“ok”', '“hé 😺”', `“${'x'.repeat(1024)}”`], []]);
    expect(slowly(hex)).toEqual(['“ok”', '“hé 😺”', `“${'x'.repeat(1024)}”`]);
    const parser = new PrivateStreamParser();
    expect(parser.speaksStrings).toBe(false);
    parser.push(new Uint8Array(bytes('0000')));
    expect(parser.speaksStrings).toBe(true);
    parser.push(new Uint8Array(bytes('ffff')));
    expect(parser.speaksStrings).toBe(false);
  });

  it('D29: knows a STRING and a MESSAGE by themselves, whichever came before, and is answered as it has spoken last', () => {
    const hex = message('bob', 'hi') + string('ok') + string('yes') + message('bob', '') + string('so');
    const heard = ['bob: hi', '“ok”', '“yes”', 'bob: ', '“so”'];
    expect(listen(hex)).toEqual([heard, []]);
    expect(slowly(hex)).toEqual(heard);
    const parser = new PrivateStreamParser();
    const answered = [message('bob', 'hi'), string('ok'), '00', '0000026f6b', message('bob', 'hi'), 'ff'].map(
      (chunk) => {
        parser.push(new Uint8Array(bytes(chunk)));
        return parser.speaksStrings;
      },
    );
    expect(answered).toEqual([false, true, true, true, false, false]);
  });

  it('D29: what is neither behind a STRING is raw from there on, a STRING among it', () => {
    const raw = `ff${string('no')}`;
    expect(listen(string('ok') + raw, string('raw'))).toEqual([['“ok”', raw], [rawOf(string('raw'))], []]);
  });

  it.each([
    ['an empty STRING, or zeros of a file', '00000000'],
    ['a STRING over 1024 bytes', '00000401'],
    ['a STRING that is not UTF-8', '00000002ff'],
    ['a LOGIN', '0000000005616c696365'],
    ['a MESSAGE_PRIVATE', '04000000'],
    ['a LOGIN_PRIVATE', '0900000007'],
    ['an ID_PRIVATE of the 8-byte port', '0800000001610000000162fffffffffffffffe'],
    ['opcode 11 of a public client', '0bffffffffe1010b03'],
    ['a MESSAGE whose login has no such length', '0341'],
    ['a MESSAGE whose login is longer than 30 bytes', '030000001f'],
    ['a MESSAGE whose login is not UTF-8', '0300000003ff'],
    ['a MESSAGE whose text is longer than 1024 bytes', '03000000016100000500'],
    ['the rest of an 8-byte id, and HTTP', '03000000474554'],
  ])('D29: %s is raw at once', (_title, hex) => {
    expect(listen(hex)).toEqual([[rawOf(hex)], []]);
    // Cut at each byte, nothing is left waiting either.
    for (let at = 2; at < hex.length; at += 2)
      expect(listen(hex.slice(0, at), hex.slice(at)).at(-1), `cut at ${at}`).toEqual([]);
  });

  it('D29: hears two messages, and then raw bytes for good, an 03 among them', () => {
    const raw = `ff${message('bob', 'no')}03`;
    expect(listen(message('bob', 'one') + message('bob', '') + raw, message('bob', 'raw'))).toEqual([
      ['bob: one', 'bob: ', raw],
      [rawOf(message('bob', 'raw'))],
      [],
    ]);
  });

  it('D29: hears HTTP behind messages as text', () => {
    expect(listen(message('bob', 'one') + Buffer.from('GET /a\r\n').toString('hex'))).toEqual([
      ['bob: one', 'GET /a\r\n'],
      [],
    ]);
  });

  it('D29: a message that an end cuts is what it is', () => {
    const cut = message('bob', 'never whole').slice(0, -4);
    expect(listen(cut)).toEqual([[], [rawOf(cut)]]);
  });

  it('D29: hears text from what is no command on, and does not cut its characters', () => {
    for (let at = 2; at < text.length; at += 2)
      expect(listen(text.slice(0, at), text.slice(at)).flat().join(''), `cut at ${at}`).toBe('hé 😺\n');
  });

  it.each(['c1', 'f5', 'f8', 'fe', 'ff', 'e080', 'eda0', 'f4a0', 'f080'])(
    'hears at once what can begin no character: %s (D4)',
    (hex) => {
      expect(listen(`61${hex}`)).toEqual([[`61${hex}`], []]);
    },
  );

  it.each(['c3', 'e282', 'f09f98'])(
    'waits for the rest of a character, and gives up at the end: %s',
    (hex) => {
      expect(listen(`61${hex}`)).toEqual([['a'], [hex]]);
    },
  );
});
