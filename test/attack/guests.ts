/** Clients that do nothing wrong: they come into the room and read; pages acknowledge, as the page does. */
import { DIALECTS } from '../bench/generator/dialects.ts';
import { Wire, type Consume } from '../bench/generator/wire.ts';
import { encode } from '../../shared/protocol/encoder.ts';
import { Opcode } from '../../shared/protocol/commands.ts';
import type { Addressed } from '../support/raw-connection.ts';

const AT_ONCE = 16;
/** Time, in ms, within which a page acknowledges (`shared/stream/flow-window.ts`). */
const ACK_DELAY = 1_000;
/** Bytes of the stream that came before a guest listens. */
const ENTRY_BYTES = encode({ opcode: Opcode.LOGIN_ACCEPTED }).length;

export interface Guests {
  /** Addresses of the gateways, in turn. */
  readonly addresses: ReadonlyArray<Addressed['addresses']>;
  readonly count: number;
  /** Number of the first of them, which their names and transports follow from. */
  readonly first: number;
  /** True when all are pages; else every other comes by TCP. */
  readonly arePages: boolean;
}

export interface Guest {
  readonly name: string;
  readonly wire: Wire;
  readonly isPage: boolean;
}

/** Lets guests into the room. */
export async function enter({ addresses, count, first, arePages }: Guests): Promise<Guest[]> {
  const guests: Guest[] = [];
  let next = first;
  const work = async (): Promise<void> => {
    while (next < first + count) {
      const index = next++;
      const { tcp, http } = addresses[index % addresses.length]!;
      const dialect = arePages ? DIALECTS.page : DIALECTS.chaton;
      const transport = index % 2 === 0 && !arePages ? 'tcp' : 'ws';
      const wire = await Wire.open({ tcp: tcp.port, ws: http.port, sink: 0 }, transport, dialect.endpoint);
      const name = `b${index}`;
      await dialect.join(wire, name);
      guests.push({ name, wire, isPage: arePages });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return guests;
}

/** Has a guest read all that comes from now on. */
export function listen({ wire, isPage }: Guest, consume: Consume): void {
  if (!isPage) return wire.divert(consume);
  let received = ENTRY_BYTES;
  let isDue = false;
  const acknowledge = (): void => {
    isDue = false;
    if (!wire.hasEnded) wire.writeText(JSON.stringify({ type: 'received', bytes: received }));
  };
  wire.divert((bytes, start, end) => {
    received += end - start;
    consume(bytes, start, end);
    if (!isDue) setTimeout(acknowledge, ACK_DELAY);
    isDue = true;
  });
}
