/** The metrics of one gateway, as Prometheus reads them. */
import { Gauge, Registry, collectDefaultMetrics, type Histogram } from 'prom-client';
import type { Chat } from '../chat/chat.ts';
import { version } from '../config/config.ts';
import type { ResumeRegistry } from '../resume/registry.ts';
import { UNMASKING } from '../transport/websocket/unmask.ts';
import { counter, gauge } from './at-scrape.ts';
import { collectFrom } from './collect.ts';
import { countEvents, type Events } from './events.ts';

/** Gauges that the package calls totals, which `promtool check metrics` holds against them; their parts stay. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Values of the label `kind` of nodejs_gc_duration_seconds, which the package gives only those that have happened. */
const COLLECTIONS = ['major', 'minor', 'incremental', 'weakcb'];

export class Metrics {
  /** Also for what only some gateways have. */
  readonly registry = new Registry();
  readonly events: Events = countEvents(this.registry);
  /** Certificates in use, by the file that each is in. */
  readonly #certificates = new Map<string, { readonly notAfter: number }>();

  constructor() {
    const [certificates, registers] = [this.#certificates, [this.registry]];
    new Gauge({
      name: 'chaton_build_info',
      help: 'Version of the gateway, of Node that runs it, and what unmasks WebSockets: native, or js; always 1.',
      labelNames: ['version', 'node', 'unmasking'],
      registers,
    }).set({ version: version(), node: process.versions.node, unmasking: UNMASKING }, 1);
    new Gauge({
      name: 'chaton_certificate_expiry_timestamp_seconds',
      help: 'When the certificate in use expires, in seconds since 1970.',
      labelNames: ['file'],
      registers,
      collect() {
        for (const [file, { notAfter }] of certificates) this.set({ file }, notAfter / 1000);
      },
    });
  }

  /** Adds how many connections there can be, and the delay of the event loop, which `loopDelay` gives in ms. */
  watchAdmission({ capacity }: { readonly capacity: number }, loopDelay: () => number): void {
    gauge(
      this.registry,
      'chaton_connections_limit',
      'Connections there can be in all: --max-connections, or as many as there are file descriptors for.',
      () => capacity,
    );
    gauge(
      this.registry,
      'chaton_event_loop_delay_seconds',
      'Mean delay of the event loop, by which new connections are rejected from --max-loop-delay on.',
      () => loopDelay() / 1000,
    );
  }

  /** Adds when the certificate of this file expires; `notAfter` is in ms since 1970. */
  watchCertificate(file: string, certificate: { readonly notAfter: number }): void {
    this.#certificates.set(file, certificate);
  }

  /** Adds what the rules know. */
  watch(chat: Chat, resumeRegistry: ResumeRegistry): void {
    collectFrom(chat, resumeRegistry, this.registry);
  }

  /** Adds the delay of the event loop, memory, processor time and file descriptors of this process. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.registry });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
    const collections = this.registry.getSingleMetric('nodejs_gc_duration_seconds') as Histogram<'kind'>;
    for (const kind of COLLECTIONS) collections.zero({ kind });
  }

  /** Adds how many lines of the log were dropped. */
  watchLog(dropped: () => number): void {
    const help = 'Lines of the log that could not be written, or were not read in time.';
    counter(this.registry, 'chaton_log_lines_dropped_total', help, dropped);
  }

  /** Text and content type for a scrape. */
  async scrape(): Promise<{ readonly text: string; readonly type: string }> {
    return { text: await this.registry.metrics(), type: this.registry.contentType };
  }
}
