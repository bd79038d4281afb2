import { afterEach, expect, it } from 'vitest';
import { handleCommand } from '../../server/chat/commands.ts';
import type { LocalSender } from '../../server/chat/context.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { bytes } from '../support/raw-hex.ts';
import { upgradeByHand } from '../support/raw-upgrade.ts';

let gateway: TestGateway;
afterEach(() => gateway.stop());

it.each([
  ['a close frame', '88 82 00000000 03e8', false],
  ['a close frame and its FIN', '88 82 00000000 03e8', true],
  ['a FIN alone', '', true],
])(
  'D9: a WebSocket that ends by %s hears of it in its turn, when its login is free',
  async (_by, raw, isEnded) => {
    gateway = await startTestGateway();
    const { chat } = gateway;
    let leaving: LocalSender | undefined;
    chat.orderBy({
      checkedLogin: null,
      accepted() {},
      submit: (session, command, of) => handleCommand(chat, session, command.opcode, command, of),
      endInTurn: (session) => (leaving ? session.finish() : (leaving = session)),
      present() {},
    });
    const socket = await upgradeByHand(gateway);
    const events: string[] = [];
    socket.on('data', () => events.push('answered')).on('end', () => events.push('ended'));
    socket.write(bytes(raw));
    if (isEnded) socket.end();
    await expect.poll(() => leaving, { interval: 1 }).toBeDefined();
    // An answer at once would have come by then.
    (await upgradeByHand(gateway)).destroy();
    events.push('in its turn');
    leaving!.finish();
    await expect.poll(() => events.at(-1), { interval: 1 }).toBe('ended');
    expect(events).toEqual(['in its turn', ...(raw === '' ? [] : ['answered']), 'ended']);
  },
);
