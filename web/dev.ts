/**
 * `npm run dev`: the gateway, started anew when its sources change, and before it Vite, which serves the page from its
 * sources and replaces what changes. The page, and all it asks the gateway for, has one address, that of Vite. Flags are
 * those of the gateway, `--inspect` and the like for the Node that runs it, and `--dev-port` for Vite.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { prettyFactory } from 'pino-pretty';
import { createLogger, createServer, type ViteDevServer } from 'vite';

const top = fileURLToPath(new URL('..', import.meta.url));
/** Folders of the gateway's sources: a change there starts it anew. */
const SOURCES = ['server', 'shared'].map((folder) => join(top, folder));
/** Time, in ms, that nothing more has to change: editors write in several steps. */
const QUIET = 100;
/** Interval of checks that the process which started this is still there, in ms. */
const LOOK_EVERY = 500;
/** Settings by which the gateway does not wait for private connections when it is started anew. */
const QUICK = { CHATON_DRAIN_TIME: '0ms', CHATON_DRAIN_SPREAD: '0ms' };
/** Text of `--help`, before the gateway's own. */
const HELP = `Usage: npm run dev -- [flags]

  --dev-port PORT  of the page with hot reload [5173]
  --inspect        and the like: for the Node that runs the gateway
                   all other flags are the gateway's:
`;
const OF_NODE = /^--inspect(-[a-z]+)?(=|$)/;
const READY = /^ready: page on (https?:\/\/[^\s,]+)/;

const show = prettyFactory({ colorize: process.stdout.isTTY, ignore: 'pid,hostname' });

/** The gateway: one process at a time, and none while its sources do not run. */
class Restarting {
  /** Address at which the gateway serves its page; null while it is away. */
  url: string | null = null;
  readonly #flags: readonly string[];
  readonly #nodeFlags: readonly string[];
  #child: ChildProcess | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** Queue of starts: one after the other, however fast changes come. */
  #turn: Promise<unknown> = Promise.resolve();
  #isOver = false;
  /** Port of its page; once it is known it stays so, since Vite asks there. Null for the setting's default. */
  #port: string | null = null;

  /** @param flags of the gateway */
  constructor(flags: readonly string[]) {
    const own = flags.filter((flag) => !OF_NODE.test(flag));
    this.#nodeFlags = flags.filter((flag) => OF_NODE.test(flag));
    this.#port = take(own, '--http-port');
    this.#flags = own;
  }

  /** Starts the gateway. Resolves when it is ready, or has ended instead: then with the exit code. */
  start(): Promise<number | null> {
    const port = this.#port === null ? [] : [`--http-port=${this.#port}`];
    const child = spawn(
      process.execPath,
      ['--disable-sigusr1', ...this.#nodeFlags, join(top, 'server/start.cjs'), ...this.#flags, ...port],
      {
        // A gateway of npm ends with it, and takes a signal that comes twice for one (see server/process/launcher.ts).
        env: { ...QUICK, ...process.env, npm_lifecycle_event: 'start' },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    this.#child = child;
    return new Promise((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        process.stdout.write(show(line));
        if (this.#hear(line)) resolve(null);
      });
      child.once('exit', (code) => {
        if (this.#child === child) [this.#child, this.url] = [null, null];
        resolve(code ?? 1);
      });
    });
  }

  /** Starts it anew as soon as nothing more changes. */
  changed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#turn = this.#turn.then(() => this.#restart());
    }, QUIET);
  }

  /** Stops the gateway for good; resolves when its process has gone. */
  stop(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    return this.#end();
  }

  async #restart(): Promise<void> {
    await this.#end();
    // It may have been over before its turn came.
    const code = this.#isOver ? null : await this.start();
    if (code !== null) console.error(`the gateway has ended with ${code}: waiting for a change`);
  }

  async #end(): Promise<void> {
    const child = this.#child;
    [this.#child, this.url] = [null, null];
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }

  /** Reads a line of its output; true when it says that the gateway is ready, and where. */
  #hear(line: string): boolean {
    const [, url] = READY.exec(messageOf(line)) ?? [];
    if (url === undefined) return false;
    this.url = url;
    this.#port = new URL(url).port;
    return true;
  }
}

function messageOf(line: string): string {
  try {
    return String((JSON.parse(line) as { msg?: unknown }).msg);
  } catch {
    return '';
  }
}

/** Paths that the page asks the gateway for, beside its WebSocket. */
const ASKED = ['/healthz', '/room.json'];

function serve(gateway: Restarting, url: string, port: number): Promise<ViteDevServer> {
  // From this machine the gateway is reached by name, whatever it listens on.
  const target = url.replace(/\/\/(0\.0\.0\.0|\[::\])/, '//localhost');
  const logger = createLogger();
  return createServer({
    root: join(top, 'web'),
    configFile: join(top, 'web/vite.config.ts'),
    customLogger: {
      ...logger,
      // While the gateway is away the page asks again and again, and is answered 502.
      error: (text, options) =>
        (gateway.url !== null || !text.includes('proxy')) && logger.error(text, options),
    },
    // Its certificate is not verified, if it serves the page over TLS only.
    server: {
      port,
      proxy: {
        '/ws': { target, ws: true, secure: false },
        ...Object.fromEntries(ASKED.map((path) => [path, { target, secure: false }])),
      },
    },
  });
}

/** Takes a flag, `--name VALUE` or `--name=VALUE`, out of the others; null when it is not among them. */
function take(flags: string[], name: string): string | null {
  const at = flags.findIndex((flag) => flag === name || flag.startsWith(`${name}=`));
  if (at === -1) return null;
  const [flag = ''] = flags.splice(at, 1);
  return flag === name ? (flags.splice(at, 1)[0] ?? '') : flag.slice(name.length + 1);
}

async function main(): Promise<void> {
  const flags = process.argv.slice(2);
  if (flags.some((flag) => flag.startsWith('--help'))) console.log(HELP);
  const port = Number(take(flags, '--dev-port') ?? 5173);
  const gateway = new Restarting(flags);
  let vite: ViteDevServer | null = null;
  const stop = async () => {
    await Promise.all([gateway.stop(), vite?.close()]);
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());
  const { ppid } = process;
  setInterval(() => process.ppid !== ppid && void stop(), LOOK_EVERY).unref();
  const code = await gateway.start();
  if (code !== null || gateway.url === null) process.exit(code ?? 1);
  const inherited = new Set(process.listeners('SIGTERM'));
  vite = await serve(gateway, gateway.url, port);
  // Vite would end this process before the gateway has ended.
  for (const own of process.listeners('SIGTERM')) if (!inherited.has(own)) process.off('SIGTERM', own);
  vite.watcher.add(SOURCES).on('all', (_event, path) => {
    if (SOURCES.some((folder) => path.startsWith(folder)) && /\.(ts|cjs)$/.test(path)) gateway.changed();
  });
  await vite.listen();
  console.log(
    `open ${vite.resolvedUrls?.local[0]}: it shows what changes in web/; the gateway starts anew with server/ and shared/`,
  );
}

await main();
