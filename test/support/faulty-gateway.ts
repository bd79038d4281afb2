/** Puts a gateway behind bad networks: proxies in front of its listeners, and peers that come through them. */
import { FaultProxy, type LinkFaults } from './fault-proxy.ts';
import type { Addressed, RawConnection, TestGateway, Transport } from './raw-connection.ts';
import { connectRawTcp } from './raw-tcp.ts';
import { connectRawWebSocket } from './raw-websocket.ts';
import type { Roll } from './random.ts';

export interface FaultyGateway extends Addressed {
  readonly proxies: { readonly tcp: FaultProxy; readonly http: FaultProxy };
  /** Opens a connection through the proxy, not identified. */
  connect(transport: Transport): Promise<RawConnection>;
  stop(): Promise<void>;
}

/** Puts proxies with these faults before the standard listener and before the page's. */
export async function behindFaults(
  { addresses }: Pick<TestGateway, 'addresses'>,
  plan: (index: number, roll: Roll) => LinkFaults = () => ({}),
  seed = 1,
): Promise<FaultyGateway> {
  const tcp = await FaultProxy.start({ target: addresses.tcp, plan, seed });
  const http = await FaultProxy.start({ target: addresses.http, plan, seed });
  const at = ({ host, port }: FaultProxy) => ({ host, port });
  return {
    addresses: { tcp: at(tcp), http: at(http), tcpLong64: null },
    proxies: { tcp, http },
    connect: (transport) =>
      transport === 'tcp'
        ? connectRawTcp(tcp.host, tcp.port)
        : connectRawWebSocket(`ws://${http.host}:${http.port}/ws`),
    async stop() {
      await Promise.all([tcp.stop(), http.stop()]);
    },
  };
}
