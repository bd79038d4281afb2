/** Pages behind the shipped HAProxy, in front of two gateways: with the page's own connection code (D28). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pause } from '../support/engine.ts';
import { Cluster } from '../support/gateways.ts';
import { Proxy } from '../support/proxy.ts';
import { Taken } from '../support/taken.ts';
import { NativeTalker, PageTalker, type Talker } from '../support/talkers.ts';

const TIMEOUT = 120_000;
const PAGES = 8;

describe('pages behind the proxy of a cluster', () => {
  const taken = new Taken();
  let cluster: Cluster;
  let proxy: Proxy;
  const wrongs: string[] = [];
  const all: Talker[] = [];
  const pages: PageTalker[] = [];
  beforeAll(async () => {
    cluster = await taken.take(Cluster.start({ flags: ['--proxies=127.0.0.1'] }), (started) =>
      started.stop(),
    );
    const [g1, g2] = cluster.nodes;
    proxy = await taken.take(Proxy.start({ g1: g1!, g2: g2! }), (started) => started.stop());
    const wrong = (what: string) => void wrongs.push(what);
    for (let number = 0; number < PAGES; number++) pages.push(new PageTalker(`page ${number}`, proxy, wrong));
    all.push(...pages, new NativeTalker('native', proxy, wrong));
    await until(() => all.every(({ isIn }) => isIn) && pages.every(({ node }) => node !== null));
  }, TIMEOUT);
  afterAll(async () => {
    for (const one of all) one.leave();
    await taken.giveBack();
  });

  const until = async (met: () => boolean) => {
    while (!met() && wrongs.length === 0) await pause();
    expect(wrongs).toEqual([]);
  };
  const everybodyHears = async () => {
    for (const one of all) one.say();
    await until(() => all.every((one) => one.said > 0 && all.every((other) => other.hasHeard(one))));
  };

  it('are spread over the gateways, and are one room', { timeout: TIMEOUT }, async () => {
    expect(new Set(pages.map(({ node }) => node))).toEqual(new Set(['g1', 'g2']));
    await everybodyHears();
  });

  it('resume at their own gateway when their WebSockets break', { timeout: TIMEOUT }, async () => {
    for (let turn = 1; turn <= 2; turn++) {
      const nodes = pages.map(({ node }) => node);
      for (const page of pages) page.break();
      const hasLost = () => pages.some(({ visits }) => visits > 1);
      await until(() => hasLost() || pages.every(({ resumed }) => resumed === turn));
      expect(pages.map(({ resumed }) => resumed)).toEqual(pages.map(() => turn));
      await everybodyHears();
      expect(pages.map(({ node }) => node)).toEqual(nodes);
    }
    // None had to log in again.
    expect(pages.map(({ visits }) => visits)).toEqual(pages.map(() => 1));
  });

  it(
    'come back at the other gateway, with their names, when theirs is killed',
    { timeout: TIMEOUT },
    async () => {
      const killed = pages.filter(({ node }) => node === 'g1');
      const others = pages.filter(({ node }) => node === 'g2');
      const before = new Map(pages.map((page) => [page, page.visits]));
      const returns = (page: PageTalker) => page.visits - before.get(page)!;
      cluster.nodes[0]!.kill('SIGKILL');
      await until(() => killed.every((page) => returns(page) === 1 && page.isIn));
      await until(() => all.every(({ isIn }) => isIn));
      await everybodyHears();
      expect(pages.map(({ node }) => node)).toEqual(pages.map(() => 'g2'));
      expect(others.map(returns)).toEqual(others.map(() => 0));
      const longest = Math.max(...killed.flatMap(({ absences }) => absences));
      console.info(
        `${killed.length} pages are back ${Math.round(longest)} ms after their gateway was killed`,
      );
    },
  );
});
