/** The schema of a ban: what an operator asks for, what the state file keeps, and what is read from it again. */
import * as v from 'valibot';
import { network } from '../config/kinds.ts';
import { foldPattern } from './pattern.ts';
import { parseCidr } from '../addresses/address.ts';
import { keyOf, networkIn } from '../addresses/network-key.ts';

/** Bans that may be kept at once, in the file, too. An address is found at once among any number of them. */
export const MAX_BANS = 10_000;
/** Patterns with a `*` that may be among them: every LOGIN is compared with each. */
export const MAX_PATTERNS = 250;

/** The last moment that a date can be, in ms since 1970. */
export const LATEST = 8.64e15;

/** A login, or a pattern: `*` stands for anything, case does not count. */
const login = v.pipe(
  v.string(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(60, 'at most 60 characters'),
  v.regex(/^[^\p{Cc}\p{Cs}]*$/u, 'no control characters'),
);
const address = v.pipe(
  v.string(),
  // The list of clients names the interface of a link-local address; a ban is for all.
  v.transform((text) => (text.includes(':') ? text.replace(/%[^/]*/, '') : text)),
  v.check((text) => network.parse(text) !== undefined, `must be ${network.expected}`),
);

const MOMENT = 'must be a time in whole ms since 1970';
const time = v.pipe(v.number(MOMENT), v.safeInteger(MOMENT), v.minValue(0, MOMENT));
const until = v.pipe(time, v.maxValue(LATEST, `${MOMENT}, at most 8.64e15`));

const KIND = 'must be address or login';

/** Schema of a target with these fields beside it. */
const targetWith = <E extends v.ObjectEntries>(more: E) =>
  v.variant(
    'kind',
    [
      v.strictObject({ kind: v.literal('address'), value: address, ...more }),
      v.strictObject({ kind: v.literal('login'), value: login, ...more }),
    ],
    KIND,
  );

export const banSchema = targetWith({ until });

/** Target of a ban, without its end. */
export const banTargetSchema = targetWith({});

/** A ban, with `until` in ms since 1970: it outlives the process. */
export type Ban = v.InferOutput<typeof banSchema>;

export type BanTarget = v.InferOutput<typeof banTargetSchema>;

/** Fields of a change beside its target; gateways of an older version leave them out. */
const change = { until: v.optional(until, 0), changed: v.optional(time) };

/** Schema of the last change of a ban, in the state file and in the log of a room. */
export const banChangeSchema = v.variant('kind', [
  v.object({ kind: v.literal('address'), value: address, ...change }),
  v.object({ kind: v.literal('login'), value: login, ...change }),
]);

/**
 * The last change of a ban. `until`: the latest end that any copy of the ban may have. `changed`: time of the change by the
 * clock of the gateway that was asked, but later than any change of this ban that it knew: so no clock has to be right among
 * gateways that hear of each other.
 */
export type BanChange = v.InferOutput<typeof banChangeSchema>;

/** Schema of a ban that may be added: one that has not ended already, and does not mean everybody. */
export function newBanSchema(now: () => number): v.GenericSchema<unknown, Ban> {
  const inSeconds = (time: number) => time < now() / 100;
  return v.pipe(
    banSchema,
    v.forward(
      v.check(
        ({ until }) => until > now(),
        ({ input }) =>
          inSeconds(input.until)
            ? `${input.until} is long past: it must be a time in ms since 1970, not in seconds`
            : `${input.until} is past: here it is ${new Date(now()).toISOString()}`,
      ),
      ['until'],
    ),
    v.check(
      ({ kind, value }) => kind !== 'address' || parseCidr(value)?.bits !== 0,
      ({ input }) => `${input.value} is every address of its kind, yours too: ban a smaller network`,
    ),
  );
}

/** Key of a ban, which two have in common that mean the same, however that is written. */
export function keyOfBan({ kind, value }: BanTarget): string {
  if (kind === 'login') return keyOfLogin(foldPattern(value).join(''));
  const { base, prefix } = networkIn(value);
  return keyOf(base, prefix);
}

/** The key of a ban for exactly this login; what it is given is folded. */
export function keyOfLogin(folded: string): string {
  return `login ${folded}`;
}
