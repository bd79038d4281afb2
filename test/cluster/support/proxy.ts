/** HAProxy in front of gateways on this machine, with the file that is shipped: its names and ports are put in. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, HAPROXY } from '../../support/programs.ts';
import type { Addressed } from '../../support/raw-connection.ts';
import { freePorts, pause } from './engine.ts';

const HOST = '127.0.0.1';
const SHIPPED = new URL('../../../server/deploy/proxies/haproxy.cluster.cfg', import.meta.url);
/** Deadline, in ms, of its start. */
const START_TIME = 10_000;

export class Proxy implements Addressed {
  readonly addresses: Addressed['addresses'];
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(ports: readonly [number, number, number], process: ChildProcess, folder: string) {
    const [tcp, long64, http] = ports.map((port) => ({ host: HOST, port }));
    this.addresses = { tcp: tcp!, tcpLong64: long64!, http: http! };
    this.#process = process;
    this.#folder = folder;
  }

  /**
   * Starts it on free ports; resolves when it accepts connections. Whoever starts it has to call `stop`.
   * @param nodes gateways, by the names that the file has for them
   */
  static async start(nodes: Readonly<Record<string, Addressed>>): Promise<Proxy> {
    const folder = mkdtempSync(join(tmpdir(), 'chaton-proxy-'));
    const ports = (await freePorts(3)) as [number, number, number];
    const file = join(folder, 'haproxy.cfg');
    writeFileSync(file, settings(nodes, ports));
    const program = findProgram(HAPROXY) ?? HAPROXY.name;
    const child = spawn(program, ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    running.add(child);
    child.on('exit', () => running.delete(child));
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const failed = new Promise<never>((_, reject) => {
      child.on('error', reject);
      child.on('exit', (code) => reject(new Error(`${program} ended with ${code}: ${said}`)));
    });
    failed.catch(() => {});
    const proxy = new Proxy(ports, child, folder);
    await Promise.race([listening(ports[0]), failed]).catch(async (error: unknown) => {
      await proxy.stop();
      throw error;
    });
    return proxy;
  }

  async stop(): Promise<void> {
    // One that could not be started has no number.
    if (
      this.#process.pid !== undefined &&
      this.#process.exitCode === null &&
      this.#process.signalCode === null
    ) {
      const isGone = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await isGone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** The shipped file as its head says that it is used without Docker. */
function settings(
  nodes: Readonly<Record<string, Addressed>>,
  [tcp, long64, http]: readonly number[],
): string {
  const text = readFileSync(SHIPPED, 'utf8')
    .replace(/^resolvers docker\n(?: +.*\n)+/m, '')
    .replace(' resolvers docker', '')
    .replace('bind :7777', `bind ${HOST}:${tcp}`)
    .replace('bind :7778', `bind ${HOST}:${long64}`)
    .replace('bind :8080', `bind ${HOST}:${http}`);
  return text.replaceAll(
    /\b(\w+):(7777|7778|8080)( .*)/g,
    (whole, name: string, port: string, rest: string) => {
      const addresses = nodes[name]?.addresses;
      if (!addresses) return whole;
      const own = { '7777': addresses.tcp, '7778': addresses.tcpLong64, '8080': addresses.http }[port];
      return `${HOST}:${own?.port}${rest.replace('port 8080', `port ${addresses.http.port}`)}`;
    },
  );
}

async function listening(port: number): Promise<void> {
  const deadline = performance.now() + START_TIME;
  for (;;) {
    const socket = connect({ port, host: HOST });
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
    if (performance.now() > deadline) throw new Error('the proxy does not listen');
    await pause();
  }
}
