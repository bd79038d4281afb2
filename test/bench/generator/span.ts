/** Cost of a span of time for the server and this generator. */
import { performance } from 'node:perf_hooks';
import { cpuSeconds } from '../proc.ts';

interface Span {
  /** Length, in seconds. */
  readonly elapsed: number;
  /** Processor time of the server, in seconds. */
  readonly cpu: number;
  /** Load, as a fraction of one core. */
  readonly loads: { readonly serverLoad: number; readonly generatorLoad: number };
}

/** Begins a span; the returned function ends it. @param pid the server's process */
export function beginSpan(pid: number): () => Span {
  const cpuBefore = cpuSeconds(pid);
  const ownBefore = process.cpuUsage();
  const start = performance.now();
  return () => {
    const elapsed = (performance.now() - start) / 1000;
    const own = process.cpuUsage(ownBefore);
    const cpu = cpuSeconds(pid) - cpuBefore;
    const generatorLoad = (own.user + own.system) / 1e6 / elapsed;
    return { elapsed, cpu, loads: { serverLoad: cpu / elapsed, generatorLoad } };
  };
}
