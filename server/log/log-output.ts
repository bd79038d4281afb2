/** Writes the log without ever waiting for whoever reads it: a bounded queue that drops lines under backpressure. */
import { write, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openTarget, type Target } from './target.ts';

/** Characters that wait to be written at most; what comes on top is dropped. */
const MOST_WAITING = 1024 * 1024;
/** Characters written at once, about: what a pipe takes. */
const BLOCK = 16 * 1024;
/** Backoff, in ms, until a full pipe or terminal is tried again: at first, and at most. */
const FIRST_RETRY = 1;
const LAST_RETRY = 100;
/** Backoff, in ms, after a failure, such as a full disk. */
const RETRY_AFTER_FAILURE = 250;
/** Interval of the checks of `flush` whether all is written, in ms. */
const CHECK_EVERY = 5;

const NEWLINE = 10;

/** Lines that are written together. */
interface Block {
  text: string;
  /** Lines dropped in all when this one, which says so, was made; undefined for any other. */
  readonly reports?: number;
}

/**
 * A queue of lines before a file descriptor, bounded, in which order is kept. Lines that find no room, and lines that
 * could not be written, are dropped and counted; as soon as writing works again a line says how many.
 *
 * A pipe, a terminal or a socket is written to without ever blocking: a process with a thread that waits in a write
 * cannot even end. Files, which know no such mode, are written by a thread of Node's pool, one write at a time.
 */
export class LogOutput {
  readonly #target: Target;
  /** Makes the line about lines that were dropped, and {@link write}s it. */
  readonly #report: (dropped: number) => void;
  readonly #blocks: Block[] = [];
  #waiting = 0;
  /** Rest of the block that is being written. */
  #rest: Buffer | null = null;
  #dropped = 0;
  /** Dropped lines that a line of the log has reported. */
  #reported = 0;
  #isReporting = false;
  #hasReader = true;
  #inFlight = false;
  /** The last line that was written was cut off, and what comes next must not be taken for its end. */
  #isTorn = false;
  /** Cancels the next attempt, if one is scheduled. */
  #cancelAttempt: (() => void) | null = null;
  #retry = FIRST_RETRY;

  constructor(fd: number, report: (dropped: number) => void = () => {}) {
    this.#target = openTarget(fd);
    this.#report = report;
  }

  /** Lines that were dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** False once a pipe had nobody any more who reads it. */
  get hasReader(): boolean {
    return this.#hasReader;
  }

  /** Takes whole lines. They are written soon after; nothing that goes wrong then is thrown. */
  write(text: string): void {
    // The line about others has its place in any case: there is never more than one.
    if (!this.#isReporting && this.#waiting + text.length > MOST_WAITING) {
      this.#dropped += linesIn(text);
      return;
    }
    if (!this.#isReporting) this.#reportDrops();
    const last = this.#blocks.at(-1);
    if (this.#isReporting) this.#blocks.push({ text, reports: this.#dropped });
    else if (last !== undefined && this.#mayGrow(last)) last.text += text;
    else this.#blocks.push({ text });
    this.#waiting += text.length;
    // It is written at the end of the turn: the lines of one turn are one write.
    if (this.#cancelAttempt !== null || this.#inFlight) return;
    const turn = setImmediate(() => this.#writePending());
    this.#cancelAttempt = () => clearImmediate(turn);
  }

  /** Resolves when everything is written or dropped, or after this many ms. */
  async flush(within: number): Promise<void> {
    const until = performance.now() + within;
    this.#reportDrops();
    this.#writePending();
    while (this.#hasWork() && performance.now() < until) {
      await sleep(CHECK_EVERY);
      this.#writePending();
    }
  }

  /** Writes no more. */
  close(): void {
    this.#cancel();
    this.#target.close();
  }

  #hasWork(): boolean {
    return this.#inFlight || this.#rest !== null || this.#blocks.length > 0;
  }

  /** The block that is being written is a copy already: what is added to it would be lost. */
  #mayGrow(block: Block): boolean {
    const isBeingWritten = this.#rest !== null && this.#blocks.length === 1;
    return !isBeingWritten && block.reports === undefined && block.text.length <= BLOCK;
  }

  #reportDrops(): void {
    const unreported = this.#dropped - this.#reported;
    if (unreported === 0 || this.#blocks.some(({ reports }) => reports !== undefined)) return;
    this.#isReporting = true;
    this.#report(unreported);
    this.#isReporting = false;
  }

  /** Writes as much as is taken without waiting. */
  #writePending(): void {
    this.#cancel();
    while (!this.#inFlight) {
      if (this.#rest === null) {
        const next = this.#blocks[0];
        if (next === undefined) break;
        this.#rest = Buffer.from(this.#isTorn ? `\n${next.text}` : next.text);
      }
      if (!this.#writeRest(this.#rest)) break;
    }
  }

  /** Writes more of the block; true when there may be more to write at once. */
  #writeRest(rest: Buffer): boolean {
    if (this.#target.mayBlock) {
      this.#inFlight = true;
      write(this.#target.fd, rest, (error, written) => {
        this.#inFlight = false;
        if (this.#settle(error, written)) this.#writePending();
      });
      return false;
    }
    try {
      return this.#settle(null, writeSync(this.#target.fd, rest));
    } catch (error) {
      return this.#settle(error as NodeJS.ErrnoException, 0);
    }
  }

  #settle(error: NodeJS.ErrnoException | null, written: number): boolean {
    const rest = this.#rest!;
    if (error) {
      if (error.code === 'EPIPE') this.#hasReader = false;
      if (error.code !== 'EAGAIN' && error.code !== 'EINTR') return this.#dropBlock(rest);
      this.#wait(this.#retry);
      this.#retry = Math.min(2 * this.#retry, LAST_RETRY);
      return false;
    }
    this.#retry = FIRST_RETRY;
    if (written > 0) this.#isTorn = rest[written - 1] !== NEWLINE;
    if (written < rest.length) this.#rest = rest.subarray(written);
    else {
      const { reports } = this.#shift();
      if (reports !== undefined) this.#reported = reports;
      // Some were dropped while this waited, and perhaps nothing is logged for a long time that would say so.
      if (this.#blocks.length === 0) this.#reportDrops();
    }
    return true;
  }

  /** Drops what could not be written: a line says so as soon as writing works again. */
  #dropBlock(rest: Buffer): boolean {
    const { reports } = this.#shift();
    // A line whose text is written lacks only its end, which the next one begins with (#isTorn).
    const cutOff = rest[0] === NEWLINE ? 1 : 0;
    if (reports === undefined) this.#dropped += linesIn(rest) - cutOff;
    if (this.#blocks.length > 0) return true;
    this.#wait(RETRY_AFTER_FAILURE, () => this.#reportDrops());
    return false;
  }

  #shift(): Block {
    const block = this.#blocks.shift()!;
    this.#waiting -= block.text.length;
    this.#rest = null;
    return block;
  }

  #wait(ms: number, before?: () => void): void {
    this.#cancel();
    const timer = setTimeout(() => {
      before?.();
      this.#writePending();
    }, ms);
    // The next attempt does not keep the process alive.
    timer.unref();
    this.#cancelAttempt = () => clearTimeout(timer);
  }

  #cancel(): void {
    this.#cancelAttempt?.();
    this.#cancelAttempt = null;
  }
}

function linesIn(text: string | Buffer): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}
