/** Capacity of this process: connections, each of which takes a file descriptor, and the delay of its event loop. */
import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Descriptors for connections that are only rejected, and for files and whatever else a request may open. */
const SPARE = 64;

/** Descriptors that the operating system gives this process: it is asked once, since its answer takes some milliseconds. */
const DESCRIPTORS = descriptorLimit();

/**
 * Connections there may be in all.
 * @param wanted as the operator wants it; 0 for as many as there can be
 */
export function capacityFor(wanted: number, descriptors = DESCRIPTORS, inUse = descriptorsInUse()): number {
  const possible = Math.max(descriptors - inUse - SPARE, Math.floor(descriptors / 2));
  return wanted === 0 ? possible : Math.min(wanted, possible);
}

/** Warns of a limit that cannot be reached: one line at most. */
export function beyondDescriptors(wanted: number, capacity: number): string[] {
  if (wanted <= capacity) return [];
  return [
    `--max-connections is ${wanted}, and there are file descriptors for ${capacity} only: raise their limit (LimitNOFILE, ulimits, ulimit -n)`,
  ];
}

/** Soft limit of open descriptors; infinite where the operating system does not count them. */
function descriptorLimit(): number {
  // Otherwise the report resolves a name for every connection.
  Object.assign(process.report, { excludeNetwork: true });
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: Readonly<Record<string, { readonly soft: number | string }>>;
  };
  const { soft } = userLimits?.['open_files'] ?? {};
  return typeof soft === 'number' ? soft : Infinity;
}

function descriptorsInUse(): number {
  try {
    return readdirSync('/dev/fd').length;
  } catch {
    // There are systems without such a folder; then the usual number is assumed.
    return SPARE;
  }
}

/** Interval of the samples of the event-loop delay, in ms. */
const RESOLUTION = 20;

/** Histogram of the samples, as far as it is used here. */
type Samples = Pick<ReturnType<typeof monitorEventLoopDelay>, 'mean' | 'reset' | 'enable' | 'disable'>;

/** Mean event-loop delay, second by second: the measure of overload. */
export class LoopDelay {
  readonly #histogram: Samples;
  #last = 0;
  #before = 0;

  constructor(histogram: Samples = monitorEventLoopDelay({ resolution: RESOLUTION })) {
    this.#histogram = histogram;
    this.#histogram.enable();
  }

  /**
   * The lower of the mean delays of the last two seconds, in ms. One long pause is no overload (a laptop that slept, a
   * virtual machine that stood still: everybody reconnects just then); two in a row are.
   */
  get last(): number {
    return Math.min(this.#before, this.#last);
  }

  /** Begins a new second. */
  tick(): void {
    const { mean } = this.#histogram;
    this.#before = this.#last;
    this.#last = Number.isNaN(mean) ? 0 : mean / 1e6;
    this.#histogram.reset();
  }

  stop(): void {
    this.#histogram.disable();
  }
}
