/** The alerts and the dashboard that are shipped are about metrics that there are; each alert is tried, and the guide explains it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectCluster, countClusterEvents } from '../../server/metrics/cluster.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

const read = (file: string): string =>
  readFileSync(fileURLToPath(new URL(`../../server/deploy/${file}`, import.meta.url)), 'utf8');

const ALERTS = [...read('alerts.yaml').matchAll(/^ +- alert: (\w+)\n +expr: (.+)$/gm)].map(
  ([, name, expr]) => ({ name: name!, expr: expr! }),
);
const NAMES = ALERTS.map(({ name }) => name);
/** Prometheus' own. */
const UP = 'up';
const METRIC = /\b(up|(?:chaton|process|nodejs)_\w+)(?:\{([^}]*)\})?/g;

let gateway: TestGateway;
let text: string;

beforeAll(async () => {
  gateway = await startTestGateway({ adminPort: 0 });
  gateway.metrics.watchLog(() => 0);
  // What only a gateway of a cluster has.
  const node = { position: 0, oldestInFlight: 0, resent: 0, members: 1, verdict: null };
  countClusterEvents(gateway.metrics.registry);
  collectCluster(node, { hops: 0 }, gateway.metrics.registry);
  ({ text } = await gateway.metrics.scrape());
});
afterAll(() => gateway.stop());

describe.each(ALERTS)('$name', ({ name, expr }) => {
  it('is about metrics that there are', () => {
    const metrics = [...expr.matchAll(METRIC)].map(([, metric]) => metric!);
    expect(metrics.length).toBeGreaterThan(0);
    const unknown = metrics.filter((metric) => metric !== UP && !text.includes(`# TYPE ${metric} `));
    expect(unknown).toEqual([]);
  });

  it('sees the first event: its counters begin at 0, with the labels that it goes by', () => {
    for (const [, metric, labels = ''] of expr.matchAll(METRIC)) {
      if (!metric!.endsWith('_total')) continue;
      const wanted = labels.split(/, */).filter((label) => label !== '');
      const series = text.split('\n').filter((line) => line.startsWith(metric!));
      expect(series.some((line) => line.endsWith(' 0') && wanted.every((one) => line.includes(one)))).toBe(
        true,
      );
    }
  });

  it('is tried by promtool, before and at its first event', () => {
    const [, tried = ''] = new RegExp(`- name: ${name}\n([^]*?)(?=\n {2}- name:|$)`).exec(TRIED) ?? [];
    expect(tried.match(/exp_alerts:/g)).toHaveLength(2);
    expect(tried).toContain('exp_alerts: []');
  });
});

const TRIED = read('alerts.test.yaml');

describe('the alerts', () => {
  it('are all in the guide, and no other', () => {
    const inGuide = [...read('README.md').matchAll(/^\| `(Chaton\w+)` +\|/gm)].map(([, name]) => name);
    expect(NAMES.length).toBeGreaterThan(12);
    expect(inGuide).toEqual(NAMES);
  });

  it('are loaded by the Prometheus of compose.yaml', () => {
    expect(read('prometheus.yaml')).toMatch(/^rule_files: \[alerts\.yaml\]$/m);
    expect(read('../../compose.yaml')).toContain(
      './server/deploy/alerts.yaml:/etc/prometheus/alerts.yaml:ro',
    );
  });
});

describe('the dashboard', () => {
  const { panels } = JSON.parse(read('grafana/chaton.json')) as {
    panels: { targets: { expr: string; legendFormat: string }[] }[];
  };
  const targets = panels.flatMap((panel) => panel.targets);

  it('is about metrics that there are, of the gateways that were chosen and of no other program', () => {
    expect(targets.length).toBeGreaterThan(30);
    const queried = targets.flatMap(({ expr }) => {
      const metrics = [...expr.matchAll(METRIC)];
      expect([expr, metrics.length > 0]).toEqual([expr, true]);
      return metrics;
    });
    for (const [, metric, labels = ''] of queried) {
      expect(text).toContain(`# TYPE ${metric!.replace(/_(bucket|sum)$/, '')} `);
      expect([metric, labels]).toEqual([
        metric,
        expect.stringMatching(/^job="chaton", instance=~"\$instance"/),
      ]);
    }
  });

  it('tells gateways apart wherever it does not add them up', () => {
    const mixed = targets.filter(
      ({ expr, legendFormat }) =>
        !/^(sum|max) (?!by \(instance)|^(sum|max)\(|^histogram_quantile/.test(expr) &&
        !legendFormat.includes('{{instance}}'),
    );
    expect(mixed).toEqual([]);
  });

  it('has all that only several gateways have', () => {
    const own = [...text.matchAll(/^# TYPE (chaton_(?:cluster|hops|log_(?:oldest|resent))\w*) /gm)].map(
      ([, name]) => name!,
    );
    expect(own.length).toBeGreaterThan(5);
    expect(own.filter((name) => !targets.some(({ expr }) => expr.includes(name)))).toEqual([]);
  });
});
