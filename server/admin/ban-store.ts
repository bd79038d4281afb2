/** Keeps the bans in the state file: one write after the other, changes meanwhile coalesced into the next. */
import type { Logger } from 'pino';
import { ConfigError } from '../config/config.ts';
import { Bans } from './bans.ts';
import { findState, inWords, NoPlaceForFile, readState, versionOf, writeState } from './state-file.ts';

/** Pause, in ms, between writes that nobody asked for: of bans that ended, and after a failure. */
const PAUSE = 60_000;

/** Counter of reads and writes of the file that failed. */
interface FailureCount {
  inc(): void;
}

export class BanStore {
  readonly bans: Bans;
  readonly #file: string | null;
  readonly #logger: Logger;
  readonly #failures: FailureCount;
  /** Reason why the file must not be written; null when it may be. */
  readonly #obstacle: string | null;
  #last: Promise<string | null> = Promise.resolve(null);
  /** The write that has not yet begun, and will hold all that is changed until then. */
  #next: Promise<string | null> | null = null;
  #way: 'replaced' | 'over' = 'replaced';
  #isStale = false;
  /** Version of the file as this process left it; undefined before the first write. */
  #version: string | null | undefined;
  #tickedAt: number | null = null;

  private constructor(
    bans: Bans,
    file: string | null,
    obstacle: string | null,
    logger: Logger,
    failures: FailureCount,
  ) {
    this.bans = bans;
    this.#file = file;
    this.#obstacle = obstacle;
    this.#logger = logger;
    this.#failures = failures;
  }

  /**
   * Reads the file, where there is one, and tries whether it can be written. What it holds never keeps the gateway from
   * starting; throws a ConfigError when there can be no such file.
   */
  static async open(file: string | null, logger: Logger, failures: FailureCount): Promise<BanStore> {
    if (file === null) return new BanStore(new Bans(), null, null, logger, failures);
    try {
      const { bans, changes, ended, warning, mayBeReplaced } = await readState(file);
      if (warning !== null) {
        failures.inc();
        logger.warn({ file }, `the state file: ${warning}`);
      }
      const obstacle = mayBeReplaced
        ? null
        : 'what is in it could neither be read nor put aside at the start; mend its permissions, or move it away, and restart';
      const store = new BanStore(new Bans(bans, Date.now, changes), file, obstacle, logger, failures);
      store.#noteEnded(ended);
      await store.save();
      return store;
    } catch (error) {
      throw asConfigError(file, error);
    }
  }

  /** Throws a ConfigError when there can be no such file; changes nothing. */
  static async check(file: string): Promise<void> {
    await findState(file).catch((error: unknown) => {
      throw asConfigError(file, error);
    });
  }

  /**
   * Saves the bans as they are now. Resolves when they are, with null, or with why they could not be: then they
   * are in force all the same, until the process ends.
   */
  save(): Promise<string | null> {
    // The write that is under way may have begun before the change.
    this.#next ??= this.#last.then(() => {
      this.#next = null;
      return (this.#last = this.#write());
    });
    return this.#next;
  }

  /**
   * Forgets bans that have ended, and retries a write that failed; to be called every second or so.
   * @param now in ms, from any moment on
   */
  tick(now: number): void {
    this.#tickedAt ??= now;
    if (now - this.#tickedAt < PAUSE) return;
    this.#tickedAt = now;
    const ended = this.bans.forgetEnded();
    this.#noteEnded(ended);
    if (ended > 0 || this.#isStale) void this.save();
  }

  /** Resolves when nothing is being written any more; what could not be written before is tried for the last time. */
  async close(): Promise<void> {
    await (this.#next ?? this.#last);
    if (this.#isStale) await this.save();
  }

  /** Says how many bans are forgotten: a clock that is wrong for a minute ends them all. */
  #noteEnded(bans: number): void {
    if (bans > 0) this.#logger.info({ bans }, 'bans have ended, and are forgotten');
  }

  /** Writes the bans; never rejects, but resolves with the reason of a failure, or with null. */
  async #write(): Promise<string | null> {
    if (this.#file === null) return null;
    const wasStale = this.#isStale;
    try {
      if (this.#obstacle !== null) throw new NoPlaceForFile(this.#obstacle);
      if (this.#version !== undefined && (await versionOf(this.#file)) !== this.#version)
        this.#logger.warn({ file: this.#file }, WRITTEN_BY_ANOTHER);
      const way = await writeState(this.#file, this.bans.list(), this.bans.changes());
      if (way === 'over' && this.#way !== 'over') this.#logger.warn({ file: this.#file }, WRITTEN_OVER);
      this.#way = way;
      this.#version = await versionOf(this.#file);
      this.#isStale = false;
      if (wasStale) this.#logger.info({ file: this.#file }, 'the state file is written again');
      return null;
    } catch (error) {
      const why = inWords(error);
      this.#isStale = true;
      this.#failures.inc();
      this.#logger.error(
        { file: this.#file, why },
        'the state file cannot be written: bans end with the process',
      );
      return why;
    }
  }
}

const WRITTEN_BY_ANOTHER =
  'the state file was changed by something else, and is written over: give each gateway a file of its own';
const WRITTEN_OVER =
  'the state file cannot be replaced, only written over (is it a mount of its own?): a crash meanwhile may cost the bans';

function asConfigError(file: string, error: unknown): unknown {
  return error instanceof NoPlaceForFile ? new ConfigError(`--state-file=${file}: ${error.message}`) : error;
}
