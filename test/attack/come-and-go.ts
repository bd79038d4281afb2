/** Those who come and go as fast as they are let in, so that everyone has to be told of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { bytes, login, message } from '../support/raw-hex.ts';
import { connectRaw } from '../support/connect-raw.ts';
import { addressOf, type Attack } from './field.ts';

/** How long, in ms, one waits for its answer before it comes anew. */
const PATIENCE = 500;

/** All from one address; every third says a word, so that it cannot be passed over, and every other comes by WebSocket. */
export const comeAndGo: Attack = ({ gateway, count, note }) =>
  Promise.resolve(() => {
    const one = async (index: number): Promise<void> => {
      for (let turn = 0; ; turn++) {
        const name = `c${index}-${turn}`;
        const client = await connectRaw(gateway, index % 2 === 0 ? 'tcp' : 'websocket', addressOf(0));
        const answered = new Promise<void>((resolve) => client.inbox.divert(() => resolve()));
        client.send(bytes(login(name) + (turn % 3 === 0 ? message(name, 'x') : '')));
        await Promise.race([answered.then(() => note('came and went')), client.over, sleep(PATIENCE)]);
        client.reset();
        await client.over;
      }
    };
    const forever = (index: number): void => {
      one(index).catch(() => {
        note('turned away');
        setTimeout(forever, 20, index);
      });
    };
    for (let index = 0; index < count; index++) forever(index);
  });
