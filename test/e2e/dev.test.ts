/** Runs `npm run dev` on a copy of the sources: changes are served at once, and nothing is left of it at the end. */
import { spawn, type ChildProcess } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { exitOf } from '../support/gateway-on.ts';
import { launchBrowser } from './browser.ts';
import { PATIENT } from '../support/patience.ts';

const top = fileURLToPath(new URL('../..', import.meta.url));
const tree = mkdtempSync(join(tmpdir(), 'chaton-dev-'));
const FLAGS = ['--http-port=0', '--tcp-port=0', '--tcp-long64-port=off', '--dev-port=0'];
let dev: ChildProcess;
let said = '';
let browser: Browser;
let page: Page;

beforeAll(async () => {
  for (const name of ['server', 'shared', 'web', 'package.json', 'tsconfig.json'])
    cpSync(top + name, join(tree, name), { recursive: true, verbatimSymlinks: true });
  // The packages are linked one by one, so that the folder in which Vite prepares them is the copy's own.
  mkdirSync(join(tree, 'node_modules'));
  for (const name of readdirSync(`${top}node_modules`))
    if (!name.startsWith('.')) symlinkSync(`${top}node_modules/${name}`, join(tree, 'node_modules', name));
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(CHATON_|npm_|VITEST|NODE_ENV)/.test(name),
  );
  dev = spawn(process.execPath, ['--disable-sigusr1', 'web/dev.ts', ...FLAGS], {
    cwd: tree,
    env: Object.fromEntries(inherited),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own lets the test signal all of it, as Ctrl+C does in a terminal.
    detached: true,
  });
  for (const stream of [dev.stdout!, dev.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [started] = await Promise.all([
    vi.waitFor(() => {
      const found = /^open (http:\S+\/):/m.exec(said);
      expect(found, said).not.toBeNull();
      return found![1]!;
    }, PATIENT),
    launchBrowser().then((launched) => (browser = launched)),
  ]);
  page = await browser.newPage();
  await page.goto(started);
});

afterAll(async () => {
  await browser.close();
  if (dev.exitCode === null) process.kill(-dev.pid!, 'SIGKILL');
  rmSync(tree, { recursive: true });
});

function edit(file: string, change: (text: string) => string): void {
  const path = join(tree, file);
  const text = readFileSync(path, 'utf8');
  expect(change(text)).not.toBe(text);
  writeFileSync(path, change(text));
}

const isListening = (port: string) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
  });

it('views are replaced while the connection goes on, a gateway that changes starts anew, Ctrl+C ends all', async () => {
  await page.getByRole('textbox').fill('alice');
  await page.keyboard.press('Enter');
  const composer = page.locator('textarea');
  await composer.waitFor();
  await page.evaluate('globalThis.isSame = true');

  edit('web/components/shell/chat.tsx', (text) => text.replace('`chat show-', '`replaced chat show-'));
  await page.locator('.replaced').waitFor();
  await composer.fill('still here');
  await composer.press('Enter');
  await page.locator('.log', { hasText: 'still here' }).waitFor();
  expect(await page.evaluate('globalThis.isSame')).toBe(true);

  // A gateway that goes meanwhile answers what it was asked before. Some questions are under way at any time, and no more:
  // on a machine that does much else they would pile up until the browser refuses them.
  await page.evaluate(`
    globalThis.isAsking = true;
    const ask = async () => {
      while (isAsking) await fetch('room.json').then((answer) => answer.text()).catch(() => {});
    };
    globalThis.asked = Promise.all([ask(), ask(), ask()]);
    undefined;
  `);
  edit('server/app/system-clock.ts', (text) => `${text}\n// Changed.\n`);
  await vi.waitFor(() => expect(said.match(/ready: /g)).toHaveLength(2), PATIENT);
  await composer.fill('back again');
  await composer.press('Enter');
  // Only what the new gateway has sent back is no longer outgoing.
  await page.locator('.log .group:not(.outgoing)', { hasText: 'back again' }).waitFor();

  // Ctrl+C comes to the gateway and to Vite at once: nothing may be asked of the one through the other then.
  await page.evaluate('isAsking = false, asked');

  const ports = [...said.matchAll(/(?:127\.0\.0\.1|localhost):(\d+)/g)].map(([, port]) => port!);
  expect(new Set(ports).size).toBe(4);
  process.kill(-dev.pid!, 'SIGINT');
  expect(await exitOf(dev, dev)).toBe(0);
  expect(await Promise.all(ports.map(isListening))).toEqual(ports.map(() => false));
  expect(said).not.toMatch(/error/i);
});
