/** Rate limit of log lines that strangers can cause: a flood of requests must not become a flood of lines. */
import type { FastifyBaseLogger } from 'fastify';

type Level = 'info' | 'warn' | 'error';

/** Lines of one kind since the last report. */
interface Repeated {
  readonly level: Level;
  readonly about: object;
  readonly text: string;
  /** Those that were not said. */
  times: number;
}

export class ThrottledLog {
  readonly #logger: Pick<FastifyBaseLogger, Level>;
  readonly #kinds = new Map<string, Repeated>();

  constructor(logger: Pick<FastifyBaseLogger, Level>) {
    this.#logger = logger;
  }

  /**
   * Says the first line of a kind at once; further ones are counted until the next report.
   * @param about distinguishes kinds, together with the text; there must be few
   * @param detail is said with the first line only
   */
  say(level: Level, about: object, text: string, detail: object = {}): void {
    const key = `${text} ${JSON.stringify(about)}`;
    const kind = this.#kinds.get(key);
    if (kind) {
      kind.times++;
      return;
    }
    this.#kinds.set(key, { level, about, text, times: 0 });
    this.#logger[level]({ ...about, ...detail }, text);
  }

  /** Logs how many lines were throttled. To be called every second. */
  report(): void {
    for (const { level, about, text, times } of this.#kinds.values())
      if (times > 0) this.#logger[level]({ ...about, requests: times }, text);
    this.#kinds.clear();
  }
}
