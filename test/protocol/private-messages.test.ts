import { it } from 'vitest';
import { message, privateMessage, rawStr, str } from '../support/raw-hex.ts';
import { describeOverEachTransport, leave } from '../support/raw-room.ts';

describeOverEachTransport('private messages', (room) => {
  it('§2: a private message goes to its target alone, in the bytes of D1', async () => {
    const a = await room.join('a');
    const b = await room.join('b');
    const c = await room.join('c');
    a.send('04 00000001 61 00000001 62 00000001 78');
    await b.expect('04 00000001 61 00000001 62 00000001 78');
    b.send(privateMessage('b', 'a', 'y'));
    await a.expect(privateMessage('b', 'a', 'y'));
    await leave(a, b, c);
  });

  it.each([
    ['an empty msg', rawStr('')],
    ['a msg of 1024 bytes', str('x'.repeat(1024))],
    ['a msg that begins with a BOM', rawStr('efbbbf6869')],
    ['a msg not in NFC', rawStr('65cc81')],
  ])('D4: %s arrives byte for byte', async (_title, msg) => {
    const alice = await room.join('alice');
    const bob = await room.join('bob');
    const command = '04' + str('alice') + str('bob') + msg;
    alice.send(command);
    await bob.expect(command);
    await leave(alice, bob);
  });

  it('D3: the longest command of all, 1097 bytes, arrives', async () => {
    const [from, to] = ['a'.repeat(30), 'b'.repeat(30)];
    const sender = await room.join(from);
    const target = await room.join(to);
    sender.send(privateMessage(from, to, 'x'.repeat(1024)));
    await target.expect(privateMessage(from, to, 'x'.repeat(1024)));
    await leave(sender, target);
  });

  it.each([
    ['to an unknown login (D13)', privateMessage('alice', 'nobody', 'x')],
    ['to an empty login (D13)', privateMessage('alice', '', 'x')],
    ['to oneself (D13)', privateMessage('alice', 'alice', 'x')],
    ['to a login in another case (D13)', privateMessage('alice', 'Bob', 'x')],
    ['in the name of its target (D12)', privateMessage('bob', 'alice', 'x')],
    ['in the name of a third client (D12)', privateMessage('carol', 'bob', 'x')],
    ['in nobody’s name (D12)', privateMessage('', 'bob', 'x')],
  ])('a private message %s is ignored', async (_title, command) => {
    const alice = await room.join('alice');
    const bob = await room.join('bob');
    const carol = await room.join('carol');
    alice.send(command + privateMessage('alice', 'bob', 'genuine'));
    await bob.expect(privateMessage('alice', 'bob', 'genuine'));
    await leave(alice, bob, carol);
  });

  it('D13: a private message to a client that left is ignored', async () => {
    const alice = await room.join('alice');
    const bob = await room.join('bob');
    await leave(bob);
    alice.send(privateMessage('alice', 'bob', 'x') + message('alice', 'gone'));
    await alice.expect(message('alice', 'gone'));
    await leave(alice);
  });

  it('D8: a target is found by any bytes of its name, and the command arrives unchanged', async () => {
    const alice = await room.join('alice');
    const bob = await room.join('b\u00e9b\u00e9');
    const command = privateMessage('alice', 'be\u0301be\u0301', 'x');
    alice.send(command);
    await bob.expect(command);
    await leave(alice, bob);
  });

  it('D8, D13: oneself under other bytes is still oneself', async () => {
    const nfd = await room.join('e\u0301');
    nfd.send(privateMessage('e\u0301', 'é', 'x') + message('e\u0301', 'after'));
    await nfd.expect(message('e\u0301', 'after'));
    await leave(nfd);
  });
});
