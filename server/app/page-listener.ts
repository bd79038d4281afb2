/** The listeners of the page and its WebSocket endpoint: one application behind both, with TLS or without. */
import { ConnectionAcceptor } from '../admission/acceptor.ts';
import type { Certificate } from '../admission/certificate.ts';
import { buildApp, type App } from '../http/app.ts';
import type { NativePorts } from '../../shared/protocol/about-room.ts';
import { aboutRoom } from '../http/about-room.ts';
import { FailureReporter } from '../http/failures.ts';
import type { Readiness } from '../http/readiness.ts';
import type { ListenerContext } from './listener-context.ts';
import { listen, type Listener } from './listener.ts';
import { listenOn } from './ports.ts';

/**
 * Builds the application; `openPage` has it listen. Throws a ConfigError when the page is not built.
 * @param readiness null until the listeners are there
 * @param ports of the native listeners, null until then
 */
export function buildPage(
  context: ListenerContext,
  readiness: () => Readiness | null,
  ports: () => NativePorts | null,
): Promise<App> {
  const { config, throttledLog, rejections, metrics } = context;
  return buildApp({
    ...context,
    allowedOrigins: config.allowOrigins,
    onRejectedUpgrade: (reason, about) => rejections.rejectedUpgrade(reason, about),
    readiness,
    about: () => aboutRoom(config, ports()),
    failures: new FailureReporter('page', throttledLog, metrics.events),
  });
}

/** Opens a listener of the page; null when it is off. Throws a ConfigError when the port cannot be had. */
export function openPage(
  setting: 'httpPort' | 'httpsPort',
  { web }: App,
  { config, policy, logger }: ListenerContext,
  certificate: Certificate | null,
): Promise<Listener | null> {
  const acceptor = new ConnectionAcceptor(policy, { certificate, protocol: 'requests' }, (passed) =>
    web.take(passed.socket, passed),
  );
  return listenOn(setting, config, (where) => listen(acceptor, where, logger));
}
