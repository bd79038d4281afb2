/** Parts that all attackers share. */
import { connectRaw } from '../support/connect-raw.ts';
import type { Addressed, RawConnection } from '../support/raw-connection.ts';

/** Figures of the attackers so far, by name. */
export type Outcome = Readonly<Record<string, number>>;

export interface Field {
  readonly gateway: Addressed;
  readonly count: number;
  /** Adds to a figure of the outcome. */
  readonly note: (what: string, by?: number) => void;
}

/** Prepares an attack; the returned function starts it. */
export type Attack = (field: Field) => Promise<() => Promise<void> | void>;

export const AT_ONCE = 16;

/** Gives each attacker an address of its own: the limits per address are measured elsewhere. */
export const addressOf = (index: number): string => `127.60.${index >> 7}.${1 + (index & 127)}`;

export async function openAll({ gateway, count, note }: Field): Promise<RawConnection[]> {
  const endpoints: RawConnection[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      try {
        const endpoint = await connectRaw(gateway, index % 2 === 0 ? 'tcp' : 'websocket', addressOf(index));
        endpoint.inbox.divert(
          () => {},
          () => endpoint.kind === 'tcp' && endpoint.end(),
        );
        void endpoint.over.then(() => note('cut'));
        endpoints.push(endpoint);
      } catch {
        note('rejected');
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  note('connected', endpoints.length);
  return endpoints;
}
