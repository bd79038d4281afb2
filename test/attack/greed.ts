/** Attackers that ask for more than they take: answers, handshakes, time. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { bytes, login, message, privateMessage } from '../support/raw-hex.ts';
import { connectRaw } from '../support/connect-raw.ts';
import { addressOf, type Attack } from './field.ts';

const REQUESTS = 20_000;
const PATHS = ['/', '/icon-512.png', '/nowhere', '/metrics', '/healthz'];

/**
 * Pipelining of thousands of requests on each connection whose answers nobody reads, to the listeners of the page and the
 * operator.
 */
export const pipeline: Attack = ({ gateway, count, note }) =>
  Promise.resolve(() => {
    const one = (index: number): void => {
      const where = index % 4 === 3 ? gateway.addresses.admin! : gateway.addresses.http;
      const socket = connect({ ...where, localAddress: addressOf(index) });
      socket.on('error', () => note('reset'));
      socket.on('close', () => setTimeout(one, 200, index));
      socket.on('connect', () => {
        socket.pause();
        note('connected');
        const request = `GET ${PATHS[index % PATHS.length]} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
        socket.write(request.repeat(REQUESTS));
        note('requests', REQUESTS);
      });
    };
    for (let index = 0; index < count; index++) one(index);
  });

/** Connections to the TLS listeners that begin no handshake, or half of one. One that is cut connects again. */
export const noTls: Attack = ({ gateway, count, note }) =>
  Promise.resolve(() => {
    const { https, tcpTls } = gateway.addresses;
    const one = (index: number): void => {
      const socket = connect({ ...(index % 2 === 0 ? https! : tcpTls!), localAddress: addressOf(index) });
      socket.on('error', () => {}).resume();
      socket.on('connect', () => {
        note('connected');
        if (index % 4 > 1) socket.write('\x16\x03\x01');
      });
      socket.on('close', () => {
        note('cut');
        setTimeout(one, 200, index);
      });
    };
    for (let index = 0; index < count; index++) one(index);
  });

/**
 * Logins made for a ban pattern that backtracking would try in every way before it fails. One that is cut connects again.
 */
export const pattern: Attack = async ({ gateway, count, note }) => {
  const { host, port } = gateway.addresses.admin!;
  const ban = { kind: 'login', value: '*a*a*a*a*a*a*a*a*a*a*a*a*b', until: Date.now() + 3_600_000 };
  const answer = await fetch(`http://${host}:${port}/bans`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ban),
  });
  if (!answer.ok) throw new Error(`the pattern was refused: ${await answer.text()}`);
  const one = async (index: number): Promise<void> => {
    for (;;) {
      const endpoint = await connectRaw(gateway, index % 2 === 0 ? 'tcp' : 'websocket', addressOf(index));
      endpoint.inbox.divert(
        () => note('refused'),
        () => endpoint.end(),
      );
      for (const length of [30, 1024, 29, 1000, 30, 1024, 30, 1024, 30])
        await endpoint.write(bytes(login('a'.repeat(length))));
      await Promise.race([endpoint.over, sleep(100)]);
      endpoint.reset();
      await sleep(20);
    }
  };
  return () => {
    for (let index = 0; index < count; index++) void one(index).catch(() => note('gave up'));
  };
};

/** Commands that make log lines: messages to nobody, fewer than end a connection. Each attacker connects again. */
export const noise: Attack = ({ gateway, count, note }) =>
  Promise.resolve(() => {
    const one = async (index: number): Promise<void> => {
      for (let turn = 0; ; turn++) {
        const name = `n${index}-${turn}`;
        const endpoint = await connectRaw(gateway, 'tcp', addressOf(index));
        endpoint.inbox.divert(() => {});
        await endpoint.write(
          bytes(login(name) + privateMessage(name, 'nobody', 'x').repeat(90) + message(name, 'x')),
        );
        note('lines', 90);
        endpoint.end();
        await endpoint.over;
        await sleep(50);
      }
    };
    for (let index = 0; index < count; index++) void one(index).catch(() => note('gave up'));
  });
