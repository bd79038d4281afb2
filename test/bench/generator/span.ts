/** What a stretch of time cost the server and this generator. */
import { performance } from 'node:perf_hooks';
import { cpuSeconds } from '../proc.ts';

interface Span {
  /** In seconds. */
  readonly elapsed: number;
  /** Seconds of the server's processor time. */
  readonly cpu: number;
  /** Parts of one core in use. */
  readonly loads: { readonly serverLoad: number; readonly generatorLoad: number };
}

/** Begins a stretch of time; the returned function ends it. @param pid the server's process */
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
