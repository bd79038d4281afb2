import { afterEach, describe, expect, it } from 'vitest';
import type { Limits } from '../../server/chat/limits/limits.ts';
import { startRoomGateway } from '../support/room-gateway.ts';
import { ACCEPTED, idPrivate, login, loginPrivate, okPrivate, requestPrivate } from '../support/raw-hex.ts';
import { connectPage, type RawPage } from '../support/raw-page.ts';
import { connectRaw } from '../support/connect-raw.ts';
import type { RawConnection, TestGateway } from '../support/raw-connection.ts';

const ESTABLISHED = '0a';
const KIB = 1024;
const MIB = 1024 * KIB;
/** Bytes that one read of a native client's connection may bring, beyond any window. */
const READ = 256 * KIB;

let gateway: TestGateway;
const natives: RawConnection[] = [];
afterEach(async () => {
  for (const peer of natives.splice(0)) peer.reset();
  await gateway.stop();
});

const lines: string[] = [];
const start = async (limits: Partial<Limits> = {}) => {
  lines.length = 0;
  gateway = await startRoomGateway({ logLevel: 'info' }, limits, (line) => void lines.push(line));
};
const native = async (): Promise<RawConnection> => {
  const peer = await connectRaw(gateway, 'tcp');
  natives.push(peer);
  return peer;
};
const join = async (name: string): Promise<RawConnection> => {
  const peer = await native();
  peer.send(login(name));
  await peer.expect(ACCEPTED);
  return peer;
};

/** A private connection of a page, which acknowledges nothing by itself, with a native client. */
async function privately(): Promise<{ endpoint: RawPage; other: RawConnection }> {
  const [ann, bob] = [await join('ann'), await join('bob')];
  ann.send(requestPrivate('ann', 'bob'));
  await bob.expect(requestPrivate('ann', 'bob'));
  bob.send(okPrivate('ann', 'bob'));
  await bob.expect(idPrivate('ann', 'bob', 0).slice(0, -8));
  const id = Buffer.from(await bob.read(4), 'hex').readInt32BE();
  const [endpoint, other] = [await connectPage(gateway), await native()];
  endpoint.send(loginPrivate(id));
  await endpoint.token();
  other.send(loginPrivate(id));
  await endpoint.expect(ESTABLISHED);
  await other.expect(ESTABLISHED);
  return { endpoint, other };
}

/** Acknowledges what came, when it stands still, until so much came unacknowledged. */
async function untilUnderWay(
  endpoint: RawPage,
  acknowledged: { bytes: number },
  bytes: number,
): Promise<void> {
  let before = -1;
  await expect
    .poll(
      () => {
        const underWay = endpoint.received - acknowledged.bytes;
        // It stands still: everything that was under way is here.
        if (underWay < bytes && 2 * underWay >= bytes && endpoint.received === before) {
          acknowledged.bytes = endpoint.received;
          endpoint.say({ type: 'received', bytes: endpoint.received });
        }
        before = endpoint.received;
        return underWay;
      },
      { interval: 10 },
    )
    .toBeGreaterThanOrEqual(bytes);
}

describe('the window of a page’s private connection (D28)', () => {
  it('D20, D28: grows from 256 KiB to 4 MiB as the page acknowledges all of it, and no further', async () => {
    await start({ resumeGrace: 50 });
    const { endpoint, other } = await privately();
    const acknowledged = { bytes: endpoint.received };
    endpoint.say({ type: 'received', bytes: endpoint.received });
    // On a busy machine it may stand still, and be acknowledged, before a window is full: then that takes as much again.
    for (let sent = 0; sent < 24; sent++) other.send('dd'.repeat(MIB));
    for (const window of [256 * KIB, 512 * KIB, MIB, 2 * MIB, 4 * MIB])
      await untilUnderWay(endpoint, acknowledged, window);
    acknowledged.bytes = endpoint.received;
    endpoint.say({ type: 'received', bytes: endpoint.received });
    await untilUnderWay(endpoint, acknowledged, 4 * MIB);
    expect(endpoint.received - acknowledged.bytes).toBeLessThanOrEqual(4 * MIB + READ);
    await expect.poll(() => gateway.resumeRegistry.keptBytes).toBeLessThanOrEqual(4 * MIB + READ + 64 * KIB);
    // Nobody comes back for it, and its memory is free again.
    endpoint.reset();
    await expect.poll(() => gateway.resumeRegistry.keptBytes).toBe(0);
  });

  it('D20, D28: stays as it was where there is no memory for more, which the log and the metrics say', async () => {
    await start({ maxResumeTotal: 200 * KIB });
    const { endpoint, other } = await privately();
    const acknowledged = { bytes: endpoint.received };
    endpoint.say({ type: 'received', bytes: endpoint.received });
    other.send('dd'.repeat(2 * MIB));
    const full = () => lines.filter((line) => line.includes('retransmit buffers full'));
    await expect.poll(full, { interval: 1 }).toHaveLength(1);
    expect(JSON.parse(full()[0]!)).toMatchObject({ level: 40, limit: 200 * KIB });
    // It goes on, and never has more under way than at first.
    for (let times = 0; times < 5; times++) {
      await expect.poll(() => endpoint.received - acknowledged.bytes, { interval: 1 }).toBeGreaterThan(0);
      acknowledged.bytes = endpoint.received;
      endpoint.say({ type: 'received', bytes: endpoint.received });
      expect(gateway.resumeRegistry.keptBytes).toBeLessThanOrEqual(256 * KIB + READ + 64 * KIB);
    }
    const { text } = await gateway.metrics.scrape();
    expect(text).toMatch(new RegExp(`^chaton_resume_memory_full_total ${full().length}$`, 'm'));
    expect(text).toMatch(/^chaton_resume_kept_bytes \d+$/m);
  });
});
