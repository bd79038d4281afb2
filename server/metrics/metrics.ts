/** The metrics of one gateway, as Prometheus reads them. */
import { Counter, Registry, collectDefaultMetrics } from 'prom-client';
import type { Chat } from '../chat/chat.ts';
import { version } from '../config/config.ts';
import type { ResumeRegistry } from '../resume/registry.ts';
import { UNMASKING } from '../transport/websocket/unmask.ts';
import { collectAdmission, collectFrom, collectInstallation } from './collect.ts';
import { countEvents, type Events } from './events.ts';

/** Gauges that the package calls totals, which `promtool check metrics` holds against them; their parts stay. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

export class Metrics {
  readonly #registry = new Registry();
  readonly events: Events = countEvents(this.#registry);

  readonly #certificates = new Map<string, { readonly notAfter: number }>();

  constructor() {
    const build = { version: version(), node: process.versions.node, unmasking: UNMASKING };
    collectInstallation(build, this.#certificates, this.#registry);
  }

  /** Adds how many connections there can be, and the delay of the event loop, which `loopDelay` gives in ms. */
  watchAdmission(admission: { readonly capacity: number }, loopDelay: () => number): void {
    collectAdmission(admission, loopDelay, this.#registry);
  }

  /** Adds when the certificate of this file expires; `notAfter` is in ms since 1970. */
  watchCertificate(file: string, certificate: { readonly notAfter: number }): void {
    this.#certificates.set(file, certificate);
  }

  /** Adds what the rules know. */
  watch(chat: Chat, resumeRegistry: ResumeRegistry): void {
    collectFrom(chat, resumeRegistry, this.#registry);
  }

  /** Adds the delay of the event loop, memory, processor time and file descriptors of this process. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
  }

  /** Adds how many lines of the log were dropped. */
  watchLog(dropped: () => number): void {
    new Counter({
      name: 'chaton_log_lines_dropped_total',
      help: 'Lines of the log that could not be written, or were not read in time.',
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(dropped());
      },
    });
  }

  /** Adds what only some gateways have. */
  extend<T>(register: (registry: Registry) => T): T {
    return register(this.#registry);
  }

  /** Text and content type for a scrape. */
  async scrape(): Promise<{ readonly text: string; readonly type: string }> {
    return { text: await this.#registry.metrics(), type: this.#registry.contentType };
  }
}
