/** The figures of one gateway, as Prometheus reads them. */
import { Counter, Registry, collectDefaultMetrics } from 'prom-client';
import type { Chat } from '../chat/chat.ts';
import type { ResumeRegistry } from '../resume/registry.ts';
import { collectFrom } from './collect.ts';
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

  /** Text and content type for a scrape. */
  async scrape(): Promise<{ readonly text: string; readonly type: string }> {
    return { text: await this.#registry.metrics(), type: this.#registry.contentType };
  }
}
