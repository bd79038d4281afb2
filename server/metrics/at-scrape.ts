/** Metrics that are read at each scrape: nothing of them runs between two. */
import { Counter, Gauge, type Registry } from 'prom-client';

/** Registers a figure that goes up and down. */
export function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

/** Registers a figure that only grows, since somebody else counts. */
export function counter(registry: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}
