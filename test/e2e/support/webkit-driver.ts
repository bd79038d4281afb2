/** WebKit's WebDriver on a virtual screen, both of them programs of the system. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { vi } from 'vitest';
import { findWebKit } from '../browser.ts';
import { WebKitPage } from './webkit-page.ts';
import { PATIENT } from '../../support/patience.ts';

export class WebKitDriver {
  readonly #screen: ChildProcess;
  readonly #driver: ChildProcess;
  readonly #browser: string;
  readonly #folder: string;
  readonly #address: string;

  private constructor(of: {
    screen: ChildProcess;
    driver: ChildProcess;
    browser: string;
    folder: string;
    port: number;
  }) {
    this.#screen = of.screen;
    this.#driver = of.driver;
    this.#browser = of.browser;
    this.#folder = of.folder;
    this.#address = `http://127.0.0.1:${of.port}`;
  }

  /** Starts both, on a screen and a port that are free. Throws an Error when a program is missing. */
  static async start(): Promise<WebKitDriver> {
    const { xvfb, webDriver, browser } = findWebKit();
    const folder = mkdtempSync(join(tmpdir(), 'chaton-webkit-'));
    const screen = spawn(xvfb, ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const [display] = (await Promise.race([
      once(screen.stdio[3] as Readable, 'data'),
      once(screen, 'exit').then(([code]) => Promise.reject(new Error(`${xvfb} has ended: ${code}`))),
    ])) as [Buffer];
    const driver = spawn(webDriver, ['--port=0'], {
      // A process group of its own lets its browser end with it.
      detached: true,
      stdio: 'ignore',
      env: {
        ...process.env,
        DISPLAY: `:${display.toString().trim()}`,
        GDK_BACKEND: 'x11',
        // The page takes its language from the browser, which takes it from the system.
        LC_ALL: 'C.UTF-8',
        // The tests have folders of their own, apart from those of a person's own browser.
        ...Object.fromEntries(['DATA', 'CACHE', 'CONFIG'].map((kind) => [`XDG_${kind}_HOME`, folder])),
      },
    });
    const port = await vi.waitFor(() => listeningPort(driver), PATIENT);
    return new WebKitDriver({ screen, driver, browser, folder, port });
  }

  /** Opens a new browser with one page; there is one at a time. */
  async open(): Promise<WebKitPage> {
    const body = {
      capabilities: {
        alwaysMatch: {
          browserName: 'MiniBrowser',
          // The driver is not told when a page comes out of the back/forward cache, and would wait for ever.
          pageLoadStrategy: 'none',
          'webkitgtk:browserOptions': { binary: this.#browser, args: ['--automation'] },
        },
      },
    };
    const answer = await fetch(`${this.#address}/session`, { method: 'POST', body: JSON.stringify(body) });
    const { value } = (await answer.json()) as { value: { sessionId?: string; message?: string } };
    if (!value.sessionId) throw new Error(`no session of WebKit: ${value.message}`);
    return new WebKitPage(`${this.#address}/session/${value.sessionId}`);
  }

  async stop(): Promise<void> {
    for (const [child, kill] of [
      [this.#driver, () => process.kill(-this.#driver.pid!, 'SIGKILL')],
      [this.#screen, () => this.#screen.kill()],
    ] as const) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'exit');
      kill();
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Finds the IPv4 port on which a process listens, which the driver does not print itself. Throws an Error while it does
 * not listen.
 */
function listeningPort({ pid, exitCode }: ChildProcess): number {
  if (pid === undefined || exitCode !== null) throw new Error(`the driver of WebKit has ended: ${exitCode}`);
  const files = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  for (const line of readFileSync(`/proc/${pid}/net/tcp`, 'latin1').split('\n').slice(1)) {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    // State 0A means that it listens.
    if (state === '0A' && files.includes(`socket:[${inode}]`)) return parseInt(local!.split(':')[1]!, 16);
  }
  throw new Error('the driver of WebKit does not listen');
}
