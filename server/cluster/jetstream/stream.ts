/** The stream of a room: what the engine keeps, and how. */
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
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
/**
 * Least that a stream keeps: messages for two minutes, in ns, which is more than any node is behind, in 128 MiB, each of up to 1 MiB; and
 * there is no limit to their number.
 */
const LEAST = {
  max_age: 120 * SECOND,
  max_bytes: 128 * 1024 * 1024,
  max_msg_size: 1024 * 1024,
  max_msgs: -1,
  max_msgs_per_subject: -1,
} as const;

const ROOM = 'a room takes 128 MiB of each: give them more by max_file, or room on their disks';

/** Steps to take where the engine's own words say too little, by its codes. */
const STEPS: Readonly<Record<number, string>> = {
  // It has no leader: one is being elected, or no server can write to its disk.
  10_008:
    'if it stays so, the disks of its servers are full, or were: make room, and restart them one after the other',
  10_005: `it needs as many servers as --cluster-replicas says, and ${ROOM}`,
  10_023: ROOM,
  10_047: ROOM,
  10_074: 'where there is one server, --cluster-replicas is 1',
  10_076: 'its servers need a jetstream block in their files',
};

/** Name of the stream of a room. */
export function streamName({ room }: Pick<StreamSettings, 'room'>): string {
  return `CHATON_${room}`;
}

/** The same error, with what can be done about it where its own words say too little. */
export function explained(error: unknown): unknown {
  const step = error instanceof JetStreamApiError ? STEPS[error.code] : undefined;
  return step === undefined ? error : new Error(`${(error as Error).message}: ${step}`);
}

/**
 * Creates the stream, if it is not there. Rejects while the engine has no leader, and for one that is not as it has to be.
 * @returns a complaint about one with which a room works; null where there is none
 */
export async function provideStream(
  manager: JetStreamManager,
  settings: StreamSettings,
): Promise<string | null> {
  const name = streamName(settings);
  const found = await manager.streams.info(name).catch((error: unknown) => {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return null;
    throw error;
  });
  if (found !== null) return check(found.config, settings);
  const { replicas, isInMemory = false } = settings;
  await manager.streams.add({
    name,
    ...handedOn(settings),
    description: 'Log of a Chaton room: what its gateways carry out, in one order',
    retention: RetentionPolicy.Limits,
    storage: isInMemory ? StorageType.Memory : StorageType.File,
    num_replicas: replicas,
    ...LEAST,
    discard: DiscardPolicy.Old,
    // The nodes number their batches themselves.
    duplicate_window: SECOND,
  });
  return null;
}

/** Subjects that a stream takes, and those under which it says what it has stored. */
function handedOn({ room }: StreamSettings) {
  const src = `chaton.${room}.in.>`;
  return { subjects: [src], republish: { src, dest: `chaton.${room}.out.>` } };
}

/**
 * Compares a stream with what a room needs. Somebody may have made it by hand: one that keeps less works until a gateway misses a message.
 * Throws for such a one; returns a complaint about one on too few servers.
 */
function check(config: StreamConfig, settings: StreamSettings): string | null {
  const { subjects, republish } = handedOn(settings);
  const has = config.republish;
  const isHandedOn = has?.src === republish.src && has.dest === republish.dest && has.headers_only !== true;
  const rules: ReadonlyArray<readonly [isMet: boolean, what: string]> = [
    [isHandedOn, `must republish ${republish.src} to ${republish.dest}, as a whole`],
    [config.subjects.join() === subjects.join(), `must take ${subjects.join()}, and nothing else`],
    [config.retention === RetentionPolicy.Limits, 'must have the retention limits'],
    [config.discard === DiscardPolicy.Old, 'must discard old messages'],
    ...(Object.keys(LEAST) as Array<keyof typeof LEAST>).map(
      (name) => [isEnough(config[name], LEAST[name]), `needs a ${name} of ${LEAST[name]}`] as const,
    ),
  ];
  const broken = rules.flatMap(([isMet, what]) => (isMet ? [] : [what]));
  if (broken.length > 0)
    throw new Error(
      `the stream ${config.name} is not one that a gateway has made: it ${broken.join(', ')}; delete it, or choose another --cluster-room`,
    );
  const { num_replicas: replicas } = config;
  if (replicas >= settings.replicas) return null;
  return `keeps the log on ${replicas} of its servers, and --cluster-replicas is ${settings.replicas}: nats stream edit ${config.name} --replicas=${settings.replicas}`;
}

/** Tells whether a limit is at least another one; 0 and less are none. */
function isEnough(limit: number, least: number): boolean {
  return limit <= 0 || (least > 0 && limit >= least);
}
