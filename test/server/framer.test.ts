import { expect, it } from 'vitest';
import { Framer } from '../../server/transport/websocket/frame-writer.ts';

it('a text for many is framed once, though others are sent by turns; no more than a few are kept', () => {
  const framer = new Framer();
  const texts = Array.from({ length: 16 }, (_, i) => `${i}`.padStart(200, 'é'));
  const frames = texts.map((text) => framer.sharedText(text));
  expect(texts.map((text) => framer.sharedText(text)).every((frame, i) => frame === frames[i])).toBe(true);
  framer.text('for one');
  expect(framer.sharedText(texts[0]!)).toBe(frames[0]);
  framer.sharedText('one more');
  expect(framer.sharedText(texts[1]!)).toBe(frames[1]);
  expect(framer.sharedText(texts[0]!)).not.toBe(frames[0]);
  expect(framer.sharedText(texts[0]!)).toEqual(frames[0]);
});

it('a text for one is framed as one for many', () => {
  const framer = new Framer();
  expect(framer.text('hé').toString('hex')).toBe('810368c3a9');
  expect(framer.sharedText('hé')).toEqual(framer.text('hé'));
});
