import { afterEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../server/config/config.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway | undefined;
afterEach(() => gateway?.stop());

const told = async ({ addresses: { http } }: TestGateway) => {
  const response = await fetch(`http://127.0.0.1:${http.port}/room.json`);
  return { cached: response.headers.get('cache-control'), about: (await response.json()) as unknown };
};

const lifetimes = { request: 300_000, connectId: 180_000 };

describe('what a page tells of the room (/room.json)', () => {
  it('is nothing of the native ports, unless the operator wants it, and says that nothing is kept', async () => {
    gateway = await startTestGateway();
    expect(await told(gateway)).toEqual({
      cached: 'no-store',
      about: { history: null, native: null, lifetimes },
    });
  });

  it('is where native clients connect, and what is kept, as the settings have it', async () => {
    gateway = await startTestGateway({ advertise: 'chat.example.org' }, { history: 20, historyAge: 600_000 });
    const { tcp, tcpLong64 } = gateway.addresses;
    expect((await told(gateway)).about).toEqual({
      history: { messages: 20, age: 600_000 },
      native: { host: 'chat.example.org', tcp: tcp.port, tcpLong64: tcpLong64!.port, tcpTls: null },
      lifetimes,
    });
  });

  it('D15, D17: is how long requests and connect_ids wait, for the page not to end them by a clock of its own', async () => {
    gateway = await startTestGateway({}, { requestLifetime: 3_600_000, idLifetime: 30_000 });
    expect((await told(gateway)).about).toMatchObject({
      lifetimes: { request: 3_600_000, connectId: 30_000 },
    });
  });

  it('has the port that a mapping has made of the native one', async () => {
    gateway = await startTestGateway({ advertise: '[2001:db8::1]:17777' });
    expect((await told(gateway)).about).toMatchObject({ native: { host: '[2001:db8::1]', tcp: 17_777 } });
  });

  it('has those of all native ports, that of TLS also where a proxy ends it', async () => {
    gateway = await startTestGateway({ advertise: 'chat.example.org:7777,7778,7779' });
    expect((await told(gateway)).about).toMatchObject({
      native: { host: 'chat.example.org', tcp: 7777, tcpLong64: 7778, tcpTls: 7779 },
    });
  });

  const bad = ['', 'a b', 'http://x', 'x:0', 'x:70000', 'x/y', '-x', 'x:1,', 'x:1,0', 'x:,2', 'x:1,2,3,4'];
  it.each([...bad, '[:]', '[::::]:1', '[abcd]', '[1:2]', '::1', '[::1', 'x:1,,3', 'x:1, 2'])(
    'does not begin with --advertise=%j',
    (value) => {
      expect(() => readConfig([`--advertise=${value}`], {})).toThrow(/--advertise/);
    },
  );
});
