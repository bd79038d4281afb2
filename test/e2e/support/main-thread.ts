/** Tasks of a page's main thread, as Chromium traces them. */
import type { Browser } from 'playwright';

/** One task. */
export interface Task {
  /** Time from its begin to its end, in ms: what a person waits, on the machine as it is. */
  readonly wall: number;
  /** Time that the processor had it, in ms: what the page is to blame for, on a machine that is shared. */
  readonly thread: number;
}

/** Fields of an event of a trace that are read. Times are in µs. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Category of the event of each task. */
const TASKS = 'disabled-by-default-devtools.timeline';

/** Starts to record what the main threads of all open pages do. Returns a function that ends it. */
export async function recordTasks(browser: Browser): Promise<() => Promise<readonly Task[]>> {
  await browser.startTracing(undefined, { categories: ['-*', '__metadata', TASKS] });
  return async () => {
    const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
    const idOf = ({ pid, tid }: TraceEvent) => `${pid}/${tid}`;
    const isMain = ({ name, args }: TraceEvent) => name === 'thread_name' && args?.name === 'CrRendererMain';
    const mains = new Set(trace.traceEvents.filter(isMain).map(idOf));
    return trace.traceEvents
      .filter((event) => event.name === 'RunTask' && mains.has(idOf(event)))
      .map(({ dur = 0, tdur = 0 }) => ({ wall: dur / 1_000, thread: tdur / 1_000 }));
  };
}
