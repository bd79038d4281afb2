/** Checks that counters never steer: the rules write them, the metrics read them, and no reader changes them. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Metrics } from '../../server/metrics/metrics.ts';
import { ResumeRegistry } from '../../server/resume/registry.ts';
import { SECOND } from '../support/manual-time.ts';
import { MemoryRoom } from '../support/memory-room.ts';
import { message } from '../support/raw-hex.ts';
import { DEFAULT_LIMITS } from '../support/defaults.ts';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
/** Lines that use a counter: its name and what follows. */
const USE = /^(?!import ).*\bcounters\.(\w.*)$/gm;
/** `bytesIn += …`, `commandsOut[opcode]! += …`, `batch(bytes)`. */
const WRITE = /^\w+(\[.*\]!*)? \+= |^\w+\(/;

function usesIn(folder: string): string[] {
  return globSync(`${folder}/**/*.ts`, { cwd: TOP }).flatMap((file) =>
    [...readFileSync(TOP + file, 'utf8').matchAll(USE)].map(([, use]) => use!),
  );
}

describe('the counters', () => {
  it('are only added to by the rules, and never read there', () => {
    const uses = usesIn('server/chat');
    expect(uses.length).toBeGreaterThan(8);
    expect(uses.filter((use) => !WRITE.test(use))).toEqual([]);
  });

  it('are only read by the metrics, and never changed there', () => {
    const uses = usesIn('server/metrics');
    expect(uses.length).toBeGreaterThan(5);
    expect(uses.filter((use) => WRITE.test(use) || /^\w+(\[.*\]!*)? *[-+*]?=[^=]/.test(use))).toEqual([]);
  });

  it('have a high-water mark that two scrapers of the metrics see alike, for half a minute at least', async () => {
    const room = new MemoryRoom();
    const { clock } = room;
    const observer = { detached() {}, resumed() {}, resumeFailed() {}, resumeMemoryFull() {} };
    const registry = new ResumeRegistry({ clock, limits: DEFAULT_LIMITS, observer, onEarlyEnd() {} });
    const metrics = new Metrics();
    metrics.watch(room.chat, registry);
    const scrape = async () => {
      const { text } = await metrics.scrape();
      return Number(/^chaton_client_pending_high_water_bytes (\d+)$/m.exec(text)![1]);
    };
    const alice = room.join('alice');
    const long = message('alice', 'x'.repeat(1000));
    alice.send(long);
    room.turn();
    expect([await scrape(), await scrape()]).toEqual([long.length / 2, long.length / 2]);
    clock.advance(30 * SECOND);
    expect([await scrape(), await scrape()]).toEqual([long.length / 2, long.length / 2]);
    clock.advance(30 * SECOND);
    expect(await scrape()).toBe(0);
    registry.giveUpAll();
  });
});
