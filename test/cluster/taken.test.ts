import { expect, it } from 'vitest';
import { Taken } from './support/taken.ts';

it('what a test has started is ended, the last first, though one could not be started or ended', async () => {
  const taken = new Taken();
  const ended: string[] = [];
  const start = (name: string, end = Promise.resolve()) =>
    taken.take(Promise.resolve(name), (started) => {
      ended.push(started);
      return end;
    });
  await start('engine');
  await start('gateway', Promise.reject(new Error('does not end')));
  // It is still being started when the other fails.
  const slow = Promise.withResolvers<string>();
  const late = taken.take(slow.promise, (started) => ended.push(started));
  const failing = taken.take(Promise.reject<string>(new Error('no proxy')), (started) => ended.push(started));
  await expect(failing).rejects.toThrow('no proxy');
  const given = taken.giveBack();
  slow.resolve('late');
  await expect(given).rejects.toThrow('does not end');
  expect([await late, ended]).toEqual(['late', ['late', 'gateway', 'engine']]);
});
