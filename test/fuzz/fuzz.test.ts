import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UNLIMITED } from '../support/unlimited.ts';
import { KINDS, SECURE_WAYS, type TestGateway } from '../support/raw-connection.ts';
import { held } from '../support/relay-room.ts';
import { startSecureGateway } from '../support/secure-gateway.ts';
import { fuzzDecoder } from './decoder.ts';
import { fuzzOperator } from './operator.ts';
import { readCommands } from './reference.ts';
import { fuzzResumed } from './resumed.ts';
import { fuzzServer } from './server/run.ts';

describe('the decoder, given what nobody would send', () => {
  it.each([1, 2])('D1–D5: reads what a second reader reads, however it is cut (seed %i)', (seed) => {
    const { commands, unreadable } = fuzzDecoder(10_000, seed);
    expect(commands).toBeGreaterThan(10_000);
    expect(unreadable).toBeGreaterThan(3_000);
  });

  it('D5: the second reader knows what it does, on the examples of D1', () => {
    const said = Buffer.from('0000000005616c696365' + '09fffffffe' + '03000000ff', 'hex');
    expect(readCommands(said, 'client', 4)).toEqual({
      commands: [
        { opcode: 0, values: ['alice'], from: 0, to: 10 },
        { opcode: 9, values: [-2n], from: 10, to: 15 },
      ],
      fault: 'size over the limit',
    });
  });
});

describe('the operator’s listener, given what nobody would send', { timeout: 180_000 }, () => {
  it('takes what it can keep, refuses the rest, and fails at nothing', async () => {
    const { taken, bansKept } = await fuzzOperator(1_000, 1);
    expect(taken).toBeGreaterThan(100);
    expect(bansKept).toBeGreaterThan(30);
  });
});

describe('a whole gateway, given what nobody would send', { timeout: 180_000 }, () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startSecureGateway(UNLIMITED);
  });
  afterAll(() => gateway.stop());

  it.each([
    [1, KINDS],
    [2, KINDS],
    [3, SECURE_WAYS],
  ])(
    'D5–D22: carries out what is allowed, to whom it is meant, and nothing else (seed %i, over %s)',
    async (seed, ways) => {
      const { broadcasts, established } = await fuzzServer(gateway, 3_000, seed, undefined, ways);
      expect(broadcasts).toBeGreaterThan(500);
      expect(established).toBeGreaterThan(10);
      // What remains are connect_ids that were not presented, and sides that wait for one that was reset before it
      // arrived.
      await expect
        .poll(() => ({ ...held(gateway), ids: 0, endpoints: joined(gateway) }), {
          interval: 1,
        })
        .toEqual({ connections: 0, clients: 0, endpoints: 0, ids: 0, requests: 0 });
    },
  );

  it('D20, D28: gives on what comes in tiny pieces from pages that break and resume, every byte once', async () => {
    const { inputs, connections, resumed } = await fuzzResumed(gateway, 3_000, 1);
    expect(inputs).toBe(3_000);
    expect(connections).toBeGreaterThan(0);
    expect(resumed).toBeGreaterThan(5);
  });
});

function joined({ chat }: TestGateway): number {
  return chat.endpoints.size - chat.endpoints.waiting;
}
