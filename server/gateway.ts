/** Composition root: the rules, the listeners and the page, joined. */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { Chat } from './chat/chat.ts';
import type { Clock } from './chat/clock.ts';
import { systemClock } from './clock.ts';
import { ConfigError, type Config } from './config.ts';
import { drain } from './drain.ts';
import { buildApp } from './http/app.ts';
import { Metrics } from './metrics/metrics.ts';
import { observe } from './observe.ts';
import { listenTcp, type Listener } from './transport/listener.ts';
import { LOOK_EVERY, Watch } from './transport/watch.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A running gateway. */
export interface Gateway {
  readonly addresses: { readonly tcp: Address; readonly tcpLong64: Address | null; readonly http: Address };
  readonly chat: Chat;
  /** How often each thing happened, by reason (D6), and what there is. */
  readonly metrics: Metrics;
  /** Says goodbye to everyone (1001), and resolves when nothing is left (see {@link drain}). */
  stop(): Promise<void>;
}

/** Starts both servers. Throws a ConfigError when a port cannot be had or the page is not built. */
export async function startGateway(
  config: Config,
  logger: Logger,
  clock: Clock = systemClock,
): Promise<Gateway> {
  const { limits } = config;
  const metrics = new Metrics();
  const watch = new Watch(limits);
  const stopWatching = clock.every(LOOK_EVERY, () => watch.look());
  const chat = new Chat({
    limits,
    observer: observe(logger, metrics.events, clock),
    clock,
    instance: randomBytes(8).toString('hex'),
    randomId: () => randomBytes(4).readInt32BE(),
    atEndOfTurn: (deliver) => setImmediate(deliver),
    allocate: (size) => Buffer.allocUnsafeSlow(size),
  });
  metrics.watch(chat);
  const app = await buildApp({ chat, watch, logger, allowedOrigins: config.allowOrigins });
  const opened: Array<() => Promise<void>> = [() => app.close()];
  const open = async (setting: PortSetting, longSize: 4 | 8): Promise<Listener> => {
    const listener = await portOr(setting, config, (port) =>
      listenTcp({ chat, watch }, config.host, port, longSize),
    );
    opened.push(() => listener.close());
    return listener;
  };
  try {
    await portOr('httpPort', config, (port) =>
      app.listen({ host: config.host, port, listenTextResolver: (url) => `page on ${url}` }),
    );
    const tcp = await open('tcpPort', 4);
    const long64 = config.tcpLong64Port === null ? null : await open('tcpLong64Port', 8);
    return {
      addresses: {
        http: addressOf(app.server.address() as AddressInfo),
        tcp: addressOf(tcp.address),
        tcpLong64: long64 && addressOf(long64.address),
      },
      chat,
      metrics,
      stop: () =>
        drain({
          chat,
          watch,
          closeListeners: async () => void (await Promise.all(opened.map((close) => close()))),
          destroyAll() {
            watch.destroyAll();
            app.server.closeAllConnections();
          },
        }).finally(stopWatching),
    };
  } catch (error) {
    await Promise.all(opened.map((close) => close()));
    throw error;
  }
}

type PortSetting = 'httpPort' | 'tcpPort' | 'tcpLong64Port';

const FLAGS: Readonly<Record<PortSetting, string>> = {
  httpPort: '--http-port',
  tcpPort: '--tcp-port',
  tcpLong64Port: '--tcp-long64-port',
};

/** Listens on the port of a setting, and says what to do when that fails. */
async function portOr<T>(
  setting: PortSetting,
  config: Config,
  listen: (port: number) => Promise<T>,
): Promise<T> {
  const port = config[setting] ?? 0;
  try {
    return await listen(port);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const where = `cannot listen on ${config.host} port ${port} (${FLAGS[setting]})`;
    if (code === 'EADDRINUSE')
      throw new ConfigError(`${where}: it is taken; stop the other program or choose another port`);
    if (code === 'EACCES') throw new ConfigError(`${where}: not permitted; choose a port from 1024 up`);
    if (code === 'EADDRNOTAVAIL')
      throw new ConfigError(`${where}: this machine has no such address; choose another --host`);
    throw new ConfigError(`${where}: ${message}`);
  }
}

function addressOf({ address, port }: AddressInfo): Address {
  return { host: address, port };
}
