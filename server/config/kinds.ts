/** What a setting can hold: how it is read, what is allowed, and how it is written in help and tables. */
import { isIP } from 'node:net';
import * as v from 'valibot';
import { parseOrigin } from '../net/origin.ts';
import { parseCidr } from '../net/address.ts';
import { DURATIONS, SIZES, formatQuantity, parseQuantity } from './quantity.ts';

export interface Kind<T> {
  /** Stands for the value in the help. */
  readonly placeholder: string;
  /** What is allowed; completes "must be …". */
  readonly expected: string;
  /** The same in a table, where it does not go without saying. */
  readonly values?: string;
  /** Takes the text of a flag or a variable, or what the JSON file holds. */
  readonly schema: v.GenericSchema<unknown, T>;
  /** Writes a value as it could be given. */
  readonly format: (value: T) => string;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** What turns a feature off, in all three ways to give a setting. */
const OFF = 'off';

const digits = v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number));
const words = v.pipe(v.string(), v.minLength(1), v.regex(/^[^\p{Cc}]*$/u));

/** A whole number. */
export function count({ min, max }: Range): Kind<number> {
  return {
    placeholder: 'N',
    expected: `a whole number from ${min} to ${max}`,
    values: `${min} to ${max}`,
    schema: v.pipe(v.union([digits, v.number()]), v.safeInteger(), v.minValue(min), v.maxValue(max)),
    format: String,
  };
}

/** A TCP port; 0 takes any free one. */
export const port: Kind<number> = {
  ...count({ min: 0, max: 65535 }),
  placeholder: 'PORT',
  values: '',
  expected: 'a port number from 0 to 65535',
};

/** Milliseconds; given with its unit. Limits in milliseconds. */
export function duration({ min, max }: Range): Kind<number> {
  const [from, to] = [min, max].map((value) => formatQuantity(value, DURATIONS));
  return {
    placeholder: 'TIME',
    expected: `a time from ${from} to ${to} with its unit (ms, s, m, h, d), such as 30s`,
    values: `${from} to ${to}`,
    schema: quantity(DURATIONS, { min, max }),
    format: (value) => formatQuantity(value, DURATIONS),
  };
}

/** Bytes; given as a number or with a unit. Limits in bytes. */
export function size({ min, max }: Range): Kind<number> {
  const [from, to] = [min, max].map((value) => formatQuantity(value, SIZES));
  const plain = count({ min, max }).schema;
  return {
    placeholder: 'SIZE',
    expected: `a size from ${from} to ${to} in bytes or with a unit (KiB, MiB, GiB), such as 64KiB`,
    values: `${from} to ${to}`,
    schema: v.union([plain, quantity(SIZES, { min, max })]),
    format: (value) => formatQuantity(value, SIZES),
  };
}

function quantity(
  units: Readonly<Record<string, number>>,
  { min, max }: Range,
): v.GenericSchema<unknown, number> {
  return v.pipe(
    v.string(),
    v.transform((text) => parseQuantity(text, units)),
    v.number(),
    v.safeInteger(),
    v.minValue(min),
    v.maxValue(max),
  );
}

/** Yes or no. */
export const yesOrNo: Kind<boolean> = {
  placeholder: 'WORD',
  expected: 'true or false',
  schema: v.union([
    v.boolean(),
    v.pipe(
      v.picklist(['true', 'false']),
      v.transform((text) => text === 'true'),
    ),
  ]),
  format: String,
};

/** One of a few words. */
export function choice<const T extends string>(words: readonly T[]): Kind<T> {
  return {
    placeholder: 'WORD',
    expected: `one of ${words.join(', ')}`,
    values: words.join(', '),
    schema: v.picklist(words),
    format: String,
  };
}

/** An address to listen on. */
export const address: Kind<string> = {
  placeholder: 'ADDRESS',
  expected: 'an IP address, such as 127.0.0.1, 0.0.0.0 or ::',
  schema: v.pipe(
    v.string(),
    v.check((text) => isIP(text) !== 0),
  ),
  format: String,
};

/** A file; whether it is there shows when it is read. */
export const file: Kind<string> = {
  placeholder: 'FILE',
  expected: 'the path of a file',
  schema: words,
  format: String,
};

/** A scheme and a host, as browsers send it (D27). */
export const origin: Kind<string> = {
  placeholder: 'ORIGIN',
  expected: 'an origin, such as https://chat.example.org',
  schema: v.pipe(v.string(), v.transform(parseOrigin), v.nonNullable(v.string())),
  format: String,
};

/** A network in CIDR notation, or one address. */
export const network: Kind<string> = {
  placeholder: 'CIDR',
  expected: 'a network, such as 10.0.0.0/8, or an address',
  schema: v.pipe(
    v.string(),
    v.transform(parseCidr),
    v.nonNullable(v.object({ base: v.string(), bits: v.nullable(v.number()) })),
    // In its one spelling, so that two of them can be compared.
    v.transform(({ base, bits }) => (bits === null ? base : `${base}/${bits}`)),
  ),
  format: String,
};

/** Several of a kind: separated by commas, or an array in the file. */
export function listOf<T>(kind: Kind<T>): Kind<readonly T[]> {
  const split = (text: string) => text.split(',').map((part) => part.trim());
  return {
    placeholder: `${kind.placeholder},…`,
    expected: `a list, separated by commas, each ${kind.expected}`,
    schema: v.pipe(
      v.union([v.pipe(v.string(), v.transform(split)), v.array(v.unknown())]),
      v.array(kind.schema),
    ),
    format: (values) => values.map((value) => kind.format(value)).join(','),
  };
}

/** A kind that can be off, which is null. */
export function orOff<T>(kind: Kind<T>): Kind<T | null> {
  const off = v.pipe(
    v.literal(OFF),
    v.transform(() => null),
  );
  return {
    ...kind,
    expected: `${kind.expected}, or ${OFF}`,
    schema: v.union([off, kind.schema]),
    format: (value) => (value === null ? OFF : kind.format(value)),
  };
}
