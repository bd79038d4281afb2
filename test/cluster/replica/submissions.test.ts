import { expect, it } from 'vitest';
import type { LocalSender } from '../../../server/chat/context.ts';
import type { Writer } from '../../../server/cluster/replicated-log.ts';
import { Submissions } from '../../../server/cluster/submissions.ts';
import { Opcode } from '../../../shared/protocol/commands.ts';
import { bytes, message } from '../../support/raw-hex.ts';

it('commands that are not carried out hold their senders by their number, too: tiny ones take more than their bytes', () => {
  const held: boolean[] = [];
  const session = {
    ...{ id: 1, commandCount: 2, source: { longSize: 4, network: null } },
    holdForOrder: (isHeld: boolean) => held.push(isHeld),
  } as unknown as LocalSender;
  const lengths: number[] = [];
  const writer = { propose: (record: Uint8Array) => lengths.push(record.length) } as unknown as Writer;
  const submissions = new Submissions({
    sessions: () => [session],
    clients: () => 1,
    checkLogin: (login) => ({ isAllowed: true, key: login }),
    hashNetwork: () => '',
    randomId: () => 0,
  });
  const command = { opcode: Opcode.MESSAGE, login: 'a', msg: '' } as const;
  while (held.length === 0 && lengths.length < 20_000)
    submissions.submit(writer, session, command, bytes(message('a', '')));
  for (const length of lengths) submissions.carriedOut(length);
  submissions.holdAsNeeded();
  expect(held).toEqual([true, false]);
});
