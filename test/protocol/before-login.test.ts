import { expect, it } from 'vitest';
import { COMMANDS, isSentBy } from '../../shared/protocol/commands.ts';
import {
  ACCEPTED,
  koPrivate,
  login,
  message,
  okPrivate,
  privateMessage,
  REFUSED,
  requestPrivate,
} from '../support/raw-hex.ts';
import { describeOverEachTransport, expectClosed, leave } from '../support/raw-room.ts';

/** Commands that a client may send and that are ignored before identification (D10). */
const LEFT_OUT: readonly (readonly [name: string, hex: string])[] = [
  ['MESSAGE', message('alice', 'hello')],
  ['MESSAGE under the name of a connected client', message('bob', 'hello')],
  ['MESSAGE under the empty name', message('', 'hello')],
  ['MESSAGE_PRIVATE', privateMessage('alice', 'bob', 'hello')],
  ['REQUEST_PRIVATE', requestPrivate('alice', 'bob')],
  ['OK_PRIVATE', okPrivate('bob', 'alice')],
  ['KO_PRIVATE', koPrivate('bob', 'alice')],
];

describeOverEachTransport('before identification', (room) => {
  it.each(LEFT_OUT)('D10: %s is ignored, and nobody sees it', async (_name, command) => {
    const bob = await room.join('bob');
    const alice = await room.connect();
    alice.send(command + login('alice'));
    await alice.expect(ACCEPTED);
    alice.send(message('alice', 'now'));
    await alice.expect(message('alice', 'now'));
    await bob.expect(message('alice', 'now'));
    await leave(alice, bob);
  });

  it('D10: an ignored command does not count as a refusal', async () => {
    const alice = await room.connect();
    alice.send(message('alice', 'hello').repeat(20) + login('').repeat(9) + login('alice'));
    await alice.expect(REFUSED.repeat(9) + ACCEPTED);
    await leave(alice);
  });

  it('D11: an unidentified connection gets no message', async () => {
    const alice = await room.join('alice');
    const silent = await room.connect();
    const refused = await room.connect();
    refused.send(login('alice'));
    await refused.expect(REFUSED);
    await room.barrier();
    alice.send(message('alice', 'to those who are in'));
    await alice.expect(message('alice', 'to those who are in'));
    silent.send(login('bob'));
    await silent.expect(ACCEPTED);
    alice.send(message('alice', 'welcome'));
    await silent.expect(message('alice', 'welcome'));
    await alice.expect(message('alice', 'welcome'));
    await leave(silent, refused, alice);
  });

  it('D6: 100 ignored commands are borne', async () => {
    const alice = await room.connect();
    alice.send(message('alice', 'x').repeat(100) + login('alice'));
    await alice.expect(ACCEPTED);
    await leave(alice);
  });

  it('D6: the 101st ignored command closes the connection', async () => {
    const alice = await room.connect();
    alice.send(message('alice', 'x').repeat(101) + login('alice'));
    await expectClosed(alice, 1008);
    await room.join('alice');
  });

  it('D6: ignored commands count together, before identification and after it', async () => {
    const alice = await room.connect();
    alice.send(message('alice', 'x').repeat(50) + login('alice') + message('not alice', 'x').repeat(50));
    alice.send(message('alice', 'fine'));
    await alice.expect(ACCEPTED + message('alice', 'fine'));
    alice.send(privateMessage('alice', 'nobody', 'x'));
    await expectClosed(alice, 1008);
  });
});

it('the table above leaves out no command that a client may send but LOGIN and LOGIN_PRIVATE', () => {
  const others = COMMANDS.filter(
    (command) => isSentBy('client', command) && !['LOGIN', 'LOGIN_PRIVATE'].includes(command.name),
  );
  expect([...new Set(LEFT_OUT.map(([, hex]) => parseInt(hex.slice(0, 2), 16)))]).toEqual(
    others.map(({ opcode }) => opcode),
  );
});
