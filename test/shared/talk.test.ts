import { describe, expect, it } from 'vitest';
import { PrivateStreamParser, type PrivateItem } from '../../shared/protocol/private-stream.ts';
import { bytes, message } from '../support/raw-hex.ts';

const show = (heard: readonly PrivateItem[]) =>
  heard.map((utterance) =>
    utterance.kind === 'message'
      ? `${utterance.login}: ${utterance.msg}`
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

describe('listening on a private connection', () => {
  it('D29: hears MESSAGE commands, cut anywhere', () => {
    const hex = message('bob', 'hi') + message('bob', 'there');
    expect(listen(hex.slice(0, 30), hex.slice(30))).toEqual([['bob: hi'], ['bob: there'], []]);
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
