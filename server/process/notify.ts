/** Tells systemd that the gateway is ready, as a unit with `Type=notify` waits for (sd_notify(3)). */
import { spawn } from 'node:child_process';
import type { Logger } from 'pino';

/**
 * Runs the program that systemd has for it, since Node knows no datagrams of Unix sockets; does nothing under anything else.
 * @param status one line for `systemctl status`
 */
export function notifyReady(logger: Pick<Logger, 'warn'>, status: string): void {
  if (!process.env['NOTIFY_SOCKET']) return;
  const failed = (why: string) => logger.warn(`systemd was not told that the gateway is ready: ${why}`);
  const child = spawn('systemd-notify', ['--ready', `--status=${status}`], { stdio: 'ignore' });
  child.on('error', ({ message }) => failed(message));
  child.on('exit', (code) => {
    if (code !== 0) failed(`systemd-notify ended with ${code ?? 'a signal'}`);
  });
  // A stop does not wait for it.
  child.unref();
}
