import { describe, expect, it } from 'vitest';
import {
  ACCEPTED,
  login,
  loginPrivate,
  message,
  privateMessage,
  rawStr,
  REFUSED,
} from '../support/raw-hex.ts';
import { connectRaw } from '../support/connect-raw.ts';
import { type RawConnection, TRANSPORTS } from '../support/raw-connection.ts';
import { leave, useRoom } from '../support/raw-room.ts';

const RACERS_EACH = 100;

/** Bytes that one connection sends, and all that comes back before it ends. */
const TRANSCRIPTS: readonly (readonly [title: string, sent: string, answers: string])[] = [
  ['nothing', '', ''],
  ['a login', login('alice'), ACCEPTED],
  ['a login refused, then accepted', login(' ') + login('é'), REFUSED + ACCEPTED],
  [
    'messages, kept and ignored',
    message('alice', 'early') + login('alice') + message('bob', 'spoofed') + message('alice', 'hé 😺'),
    ACCEPTED + message('alice', 'hé 😺'),
  ],
  ['private messages to nobody', login('alice') + privateMessage('alice', 'bob', 'x'), ACCEPTED],
  [
    'a second login',
    login('alice') + login('bob') + message('alice', ''),
    ACCEPTED + REFUSED + message('alice', ''),
  ],
  ['an unknown opcode', login('alice') + message('alice', 'x') + 'ff', ACCEPTED + message('alice', 'x')],
  ['a 2 GB size', login('alice') + '037fffffff', ACCEPTED],
  ['bytes that are not UTF-8', login('alice') + '03' + rawStr('616c696365') + rawStr('ff'), ACCEPTED],
  ['ten refusals', login('').repeat(11), REFUSED.repeat(10)],
  ['LOGIN_PRIVATE once identified', login('alice') + loginPrivate(1), ACCEPTED],
  ['half a command', login('alice') + '0300', ACCEPTED],
];

describe('both transports', () => {
  const room = useRoom();

  it.each(TRANSCRIPTS)('D24: the same transcript gives the same bytes: %s', async (_title, sent, answers) => {
    for (const transport of TRANSPORTS) {
      const peer = await room.connect(transport);
      if (sent !== '') peer.send(sent);
      peer.end();
      expect(await peer.readToEnd(), transport).toBe(answers);
    }
  });

  it('§2: clients of both transports share one room', async () => {
    const native = await room.join('native', 'tcp');
    const browser = await room.join('browser', 'websocket');
    for (const [from, name] of [[native, 'native'] as const, [browser, 'browser'] as const]) {
      from.send(message(name, 'hé 😺'));
      await native.expect(message(name, 'hé 😺'));
      await browser.expect(message(name, 'hé 😺'));
    }
    native.send(privateMessage('native', 'browser', 'x'));
    await browser.expect(privateMessage('native', 'browser', 'x'));
    browser.send(privateMessage('browser', 'native', 'y'));
    await native.expect(privateMessage('browser', 'native', 'y'));
    await leave(native, browser);
  });

  it('§1: a login is unique across both transports', async () => {
    const native = await room.join('alice', 'tcp');
    const browser = await room.connect('websocket');
    browser.send(login('alice'));
    await browser.expect(REFUSED);
    await leave(native);
    browser.send(login('alice'));
    await browser.expect(ACCEPTED);
    const late = await room.connect('tcp');
    late.send(login('alice'));
    await late.expect(REFUSED);
    await leave(browser, late);
  });

  it('D9: of 200 connections racing for one login, exactly one wins, and it is free when that one leaves', async () => {
    const racers = await Promise.all(
      Array.from({ length: RACERS_EACH }, () =>
        TRANSPORTS.map((transport) => room.connect(transport)),
      ).flat(),
    );
    for (const racer of racers) racer.send(login('winner'));
    const answers = await Promise.all(racers.map((racer) => racer.read(1)));
    const losers: RawConnection[] = racers.filter((_, i) => answers[i] === REFUSED);
    const winners: RawConnection[] = racers.filter((_, i) => answers[i] === ACCEPTED);
    expect([winners.length, losers.length]).toEqual([1, 2 * RACERS_EACH - 1]);

    await leave(...winners);
    for (const loser of losers) loser.send(login('winner'));
    const again = await Promise.all(losers.map((loser) => loser.read(1)));
    expect(again.filter((answer) => answer === ACCEPTED)).toHaveLength(1);
    expect(again.filter((answer) => answer === REFUSED)).toHaveLength(losers.length - 1);
    await leave(...losers);
  });

  it('§1: a fresh gateway knows nobody', async () => {
    const peer = await connectRaw(room.gateway, 'tcp');
    peer.send(login('winner') + message('winner', 'hello'));
    await peer.expect(ACCEPTED + message('winner', 'hello'));
    await leave(peer);
  });
});
