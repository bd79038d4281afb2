/** The stream of a room: what the engine keeps, and how. */
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamInfo,
} from '@nats-io/jetstream';

export interface StreamSettings {
  readonly room: string;
  /** Servers of the engine that keep each message. */
  readonly replicas: number;
  /** Keeps the log in memory: what a restart of the whole engine loses. For tests. */
  readonly isInMemory?: boolean;
}

export interface StreamState {
  /** Messages that it holds. */
  readonly messages: number;
  /** Position of the last one, whether it is still there or not; 0 when there was none. */
  readonly last: number;
}

const SECOND = 1e9;
/** Time that messages are kept, in ns: more than any node is behind. */
const MAX_AGE = 120 * SECOND;
const MAX_BYTES = 128 * 1024 * 1024;
const MAX_MESSAGE = 1024 * 1024;

/** Code of an engine without a leader: one that is being elected, or none, since no server can write to its disk. */
const UNAVAILABLE = 10_008;

/** Name of the stream of a room. */
export function streamName({ room }: Pick<StreamSettings, 'room'>): string {
  return `CHATON_${room}`;
}

/** The same error, with what can be done about it where its own words say too little. */
export function explained(error: unknown): unknown {
  if (!(error instanceof JetStreamApiError) || error.code !== UNAVAILABLE) return error;
  return new Error(
    `${error.message}: if it stays so, the disks of its servers are full, or were: make room, and restart them one after the other`,
  );
}

/** Creates the stream, if it is not there. Rejects while the engine has no leader, and for one that is not as it has to be. */
export async function provideStream(manager: JetStreamManager, settings: StreamSettings): Promise<void> {
  const { room, replicas, isInMemory = false } = settings;
  const name = streamName(settings);
  const subjects = [`chaton.${room}.in.>`];
  const republish = { src: `chaton.${room}.in.>`, dest: `chaton.${room}.out.>` };
  const found = await manager.streams.info(name).catch((error: unknown) => {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return null;
    throw error;
  });
  if (found !== null) {
    check(found, republish);
    return;
  }
  await manager.streams.add({
    name,
    subjects,
    republish,
    description: 'Log of a Chaton room: what its gateways carry out, in one order',
    retention: RetentionPolicy.Limits,
    storage: isInMemory ? StorageType.Memory : StorageType.File,
    num_replicas: replicas,
    max_age: MAX_AGE,
    max_bytes: MAX_BYTES,
    max_msg_size: MAX_MESSAGE,
    discard: DiscardPolicy.Old,
    // The nodes number their batches themselves.
    duplicate_window: SECOND,
  });
}

function check({ config }: StreamInfo, republish: { readonly src: string; readonly dest: string }): void {
  if (config.republish?.src === republish.src && config.republish.dest === republish.dest) return;
  throw new Error(
    `the stream ${config.name} is not one that a gateway has made: it must republish ${republish.src} to ` +
      `${republish.dest}; delete it, or choose another --cluster-room`,
  );
}
