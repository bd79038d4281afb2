/** The figures as Markdown tables that can be read on a terminal too. */
import type { Figures } from './jobs.ts';
import type { CaseResult, ServerResult } from './measure.ts';

/** Column: one figure, and whether the gateway's is compared with the others'. */
interface Column {
  readonly figure: string;
  readonly title: string;
  readonly show: (value: number) => string;
  readonly ratio?: string;
  /** Title of the column that says how much more than the gateway's it is, in the same unit. */
  readonly more?: string;
}

interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
}

const fixed = (digits: number) => (value: number) => value.toFixed(digits);
const percent = (value: number): string => `${(value * 100).toFixed(0)} %`;
const count = (value: number): string =>
  value >= 1e6
    ? `${(value / 1e6).toFixed(2)} M`
    : value >= 1e4
      ? `${(value / 1e3).toFixed(0)} k`
      : value.toFixed(0);

const CPU_PER_DELIVERY = {
  figure: 'cpuMicrosecondsPerDelivery',
  title: 'CPU µs/delivery',
  show: fixed(2),
  ratio: 'CPU',
};
const P50 = { figure: 'p50Milliseconds', title: 'p50 ms', show: fixed(2) };
const P99 = { figure: 'p99Milliseconds', title: 'p99 ms', show: fixed(2), ratio: 'p99' };
const SERVER_LOAD = { figure: 'serverLoad', title: 'server busy', show: percent };
const GENERATOR_LOAD = { figure: 'generatorLoad', title: 'generator busy', show: percent };

export const TABLES = {
  fanout: {
    title: 'Fan-out: 10 senders, 8 messages on their way, 64 bytes of text',
    columns: [
      CPU_PER_DELIVERY,
      { figure: 'deliveriesPerSecond', title: 'deliveries/s', show: count, ratio: 'rate' },
      P50,
      P99,
      SERVER_LOAD,
      GENERATOR_LOAD,
    ],
  },
  latency: { title: 'Latency at a fixed rate', columns: [P50, P99, CPU_PER_DELIVERY, SERVER_LOAD] },
  relay: {
    title: 'Relay: one stream through a private connection',
    columns: [
      { figure: 'megabytesPerSecond', title: 'MB/s', show: fixed(0), ratio: 'rate' },
      { figure: 'cpuSecondsPerGigabyte', title: 'CPU s/GB', show: fixed(2), ratio: 'CPU' },
      { figure: 'residentMegabytes', title: 'memory MB', show: fixed(0) },
      { figure: 'residentGrowthMegabytes', title: 'growth MB', show: fixed(1) },
      SERVER_LOAD,
      GENERATOR_LOAD,
    ],
  },
  beside: {
    title: 'A chat beside relays at full speed, TCP to TCP',
    columns: [
      { figure: 'aloneP99Milliseconds', title: 'p99 ms without', show: fixed(2) },
      P50,
      { figure: 'p99Milliseconds', title: 'p99 ms', show: fixed(2) },
      { figure: 'megabytesPerSecond', title: 'relayed MB/s', show: fixed(0) },
      SERVER_LOAD,
    ],
  },
  private: {
    title: 'Private connection of a page in Chromium, beside a bare WebSocket (chaton.v1) of the same page',
    columns: [
      { figure: 'megabytesPerSecond', title: 'MB/s', show: fixed(1) },
      { figure: 'bareMegabytesPerSecond', title: 'bare MB/s', show: fixed(1) },
      { figure: 'rateOverBare', title: 'rate over bare', show: fixed(2) },
      { figure: 'cpuSecondsPerGigabyte', title: 'CPU s/GB', show: fixed(2) },
      { figure: 'bareCpuSecondsPerGigabyte', title: 'bare CPU s/GB', show: fixed(2) },
      { figure: 'cpuOverBare', title: 'CPU over bare', show: fixed(2) },
    ],
  },
  cluster: {
    title: 'One room on two gateways beside one on one, all on this machine',
    columns: [
      { ...P50, more: '+ p50' },
      { figure: 'p99Milliseconds', title: 'p99 ms', show: fixed(2), more: '+ p99' },
      { figure: 'commandsPerSecond', title: 'commands/s', show: count },
      {
        figure: 'cpuMicrosecondsPerCommandAndNode',
        title: 'CPU µs/command, node',
        show: fixed(1),
        more: '+ CPU',
      },
      { figure: 'engineMicrosecondsPerCommand', title: 'of NATS', show: fixed(1) },
    ],
  },
  'cluster-relay': {
    title: 'Relay in a cluster: one stream within a gateway, and from one to another',
    columns: [
      { figure: 'withinMegabytesPerSecond', title: 'within MB/s', show: fixed(0) },
      { figure: 'acrossMegabytesPerSecond', title: 'across MB/s', show: fixed(0) },
      { figure: 'acrossOverWithin', title: 'across over within', show: fixed(2) },
      { figure: 'withinCpuSecondsPerGigabyte', title: 'within CPU s/GB', show: fixed(2) },
      { figure: 'senderCpuSecondsPerGigabyte', title: 'across: CPU s/GB, one', show: fixed(2) },
      { figure: 'receiverCpuSecondsPerGigabyte', title: 'the other', show: fixed(2) },
    ],
  },
  connect: {
    title: 'Connections, login included',
    columns: [
      { figure: 'connectionsPerSecond', title: 'connections/s', show: count, ratio: 'rate' },
      { figure: 'cpuMicrosecondsPerConnection', title: 'CPU µs/connection', show: fixed(0), ratio: 'CPU' },
      SERVER_LOAD,
    ],
  },
  storm: {
    title:
      'Storm: pages that come at once, and leave at once, in silence; from "with talk" on, while somebody talks',
    columns: [
      { figure: 'coldCpuMicrosecondsPerPage', title: 'CPU µs/page, cold', show: fixed(0), ratio: 'cold' },
      { figure: 'cpuMicrosecondsPerPage', title: 'CPU µs/page, warm', show: fixed(0), ratio: 'warm' },
      { figure: 'cpuMicrosecondsPerLeave', title: 'CPU µs/leave', show: fixed(0), ratio: 'leave' },
      {
        figure: 'heardCpuMicrosecondsPerPage',
        title: 'CPU µs/page, with talk',
        show: fixed(0),
        ratio: 'talk',
      },
      { figure: 'secondsUntilIn', title: 'all in s', show: fixed(1), ratio: 'time' },
      { figure: 'megabytesOut', title: 'MB out', show: fixed(1) },
      { figure: 'slowestMilliseconds', title: 'slowest message ms', show: fixed(1) },
      { figure: 'listMilliseconds', title: "one more page's list ms", show: fixed(1) },
      { figure: 'slowestAtLeaveMilliseconds', title: 'slowest ms then', show: fixed(1) },
    ],
  },
  idle: {
    title: 'Idle connections',
    columns: [
      { figure: 'kilobytesPerConnection', title: 'KB/connection', show: fixed(2), ratio: 'memory' },
      { figure: 'residentMegabytes', title: 'server MB', show: fixed(0) },
      { ...SERVER_LOAD, show: (load) => `${(load * 100).toFixed(1)} %` },
    ],
  },
} as const satisfies Readonly<Record<string, Table>>;

export type Kind = keyof typeof TABLES;

/** Explanation of the columns of ratios. */
export const LEGEND =
  'Columns with ×: the gateway over that row; in a row of the gateway, over its own TCP figure.';

/** Formats one table per kind of case that has results. */
export function tablesOf(results: readonly CaseResult[]): string[] {
  return Object.entries(TABLES).flatMap(([kind, table]) => {
    const own = results.filter((result) => result.kind === kind);
    return own.length > 0 ? [`${table.title}\n\n${tableOf(table, own, results)}`] : [];
  });
}

function tableOf({ columns }: Table, results: readonly CaseResult[], all: readonly CaseResult[]): string {
  const compared = columns.filter(({ ratio }) => ratio !== undefined);
  const exceeding = columns.filter(({ more }) => more !== undefined);
  const heads = [
    '',
    'server',
    ...columns.map(({ title }) => title),
    ...compared.map(({ ratio }) => `${ratio} ×`),
    ...exceeding.map(({ more }) => more!),
  ];
  const rows = results.flatMap((result) => {
    const gateway = gatewayOf(result);
    return result.servers.map((it, index) => {
      const { server, label, median } = it;
      const other = server === 'gateway' ? gatewayOf(all.find(({ name }) => name === result.baseline)) : it;
      return [
        index === 0 ? result.title : '',
        label,
        ...columns.map(({ figure, show }) => show(median[figure]!)),
        ...compared.map(({ figure }) => ratioOf(gateway, other, figure)),
        ...exceeding.map(({ figure, show }) =>
          gateway && gateway !== it ? show(median[figure]! - gateway.median[figure]!) : '',
        ),
      ];
    });
  });
  return markdown(heads, rows);
}

function gatewayOf(result: CaseResult | undefined): ServerResult | undefined {
  return result?.servers.find(({ server }) => server === 'gateway');
}

function ratioOf(gateway: ServerResult | undefined, other: ServerResult | undefined, figure: string): string {
  if (!gateway || !other) return '';
  if (other.server === 'before') return pairedRatio(gateway.rounds, other.rounds, figure);
  const ratio = gateway.median[figure]! / other.median[figure]!;
  return Number.isFinite(ratio) ? ratio.toFixed(2) : '';
}

/** Formats the geometric mean of the ratios of all rounds, with two standard errors: nineteen times of twenty within. */
function pairedRatio(now: readonly Figures[], before: readonly Figures[], figure: string): string {
  const logs = now.map((figures, round) => Math.log(figures[figure]! / before[round]![figure]!));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1);
  const ratio = Math.exp(mean);
  if (logs.length < 2) return ratio.toFixed(3);
  return `${ratio.toFixed(3)} ± ${(2 * ratio * Math.sqrt(variance / logs.length)).toFixed(3)}`;
}

/** Formats Markdown: words to the left, figures to the right, all columns as wide as they need. */
function markdown(heads: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const WORDS = 2;
  const widths = heads.map((head, column) =>
    Math.max(3, head.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells
      .map((cell, column) => (column < WORDS ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join(' | ')} |`;
  const rule = widths.map((width, column) =>
    column < WORDS ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(heads), line(rule), ...rows.map(line)].join('\n');
}
