/** Kinds of settings: how a value is parsed, what is allowed, and how it is written in help and tables. */
import { isIP, isIPv6 } from 'node:net';
import { parseOrigin } from '../addresses/origin.ts';
import { parseCidr } from '../addresses/address.ts';
import { DURATIONS, SIZES, formatQuantity, parseQuantity } from './quantity.ts';

export interface Kind<T> {
  /** Stands for the value in the help. */
  readonly placeholder: string;
  /** Allowed values; completes "must be …". */
  readonly expected: string;
  /** Allowed values in a table, where they do not go without saying. */
  readonly values?: string;
  /** Takes the text of a flag or a variable, or what the JSON file holds; undefined for what is not allowed. */
  parse(raw: unknown): T | undefined;
  /** Writes a value as it could be given. */
  format(value: T): string;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** Value that turns a feature off, in all three ways to give a setting. */
const OFF = 'off';
/** Value of a list without any entry. */
const NONE = 'none';

const isText = (raw: unknown): raw is string => typeof raw === 'string';

/** Parses the digits of a text; anything else, such as a number of the JSON file, stays as it is. */
const parseDigits = (raw: unknown) => (isText(raw) && /^\d{1,15}$/.test(raw) ? Number(raw) : raw);

/** A whole number within its range; undefined for anything else. */
function within({ min, max }: Range, value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
    ? (value as number)
    : undefined;
}

/** A whole number. */
export function count(range: Range): Kind<number> {
  const { min, max } = range;
  return {
    placeholder: 'N',
    expected: `a whole number from ${min} to ${max}`,
    values: `${min} to ${max}`,
    parse: (raw) => within(range, parseDigits(raw)),
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

/** A duration, in ms; given with its unit. */
export function duration(range: Range): Kind<number> {
  const values = rangeIn(range, DURATIONS);
  return {
    placeholder: 'TIME',
    expected: `a time from ${values} with its unit (ms, s, m, h, d), such as 30s`,
    values,
    parse: (raw) => within(range, isText(raw) ? parseQuantity(raw, DURATIONS) : undefined),
    format: (value) => formatQuantity(value, DURATIONS),
  };
}

/** A size, in bytes; given as a number or with a unit. */
export function size(range: Range): Kind<number> {
  const values = rangeIn(range, SIZES);
  const parseSize = (raw: unknown) => (isText(raw) ? parseQuantity(raw, SIZES) : undefined);
  return {
    placeholder: 'SIZE',
    expected: `a size from ${values} in bytes or with a unit (KiB, MiB, GiB), such as 64KiB`,
    values,
    parse: (raw) => within(range, parseSize(raw) ?? parseDigits(raw)),
    format: (value) => formatQuantity(value, SIZES),
  };
}

function rangeIn({ min, max }: Range, units: Parameters<typeof formatQuantity>[1]): string {
  return `${formatQuantity(min, units)} to ${formatQuantity(max, units)}`;
}

/** Yes or no. */
export const yesOrNo: Kind<boolean> = {
  placeholder: 'WORD',
  expected: 'true or false',
  parse: (raw) => [true, false].find((value) => raw === value || raw === String(value)),
  format: String,
};

/** One of a few words. */
export function choice<const T extends string>(words: readonly T[]): Kind<T> {
  return {
    placeholder: 'WORD',
    expected: `one of ${words.join(', ')}`,
    values: words.join(', '),
    parse: (raw) => words.find((word) => word === raw),
    format: String,
  };
}

/** A text for which `parseText` gives something but null. */
function text(
  placeholder: string,
  expected: string,
  parseText: (raw: string) => string | null,
): Kind<string> {
  return {
    placeholder,
    expected,
    parse: (raw) => (isText(raw) ? (parseText(raw) ?? undefined) : undefined),
    format: String,
  };
}

/** Multicast and broadcast addresses: the system lets a program listen there, and nobody comes. */
const OF_MANY = /^(22[4-9]|23\d|255)\.|^ff/i;

/** A link-local address without the interface that it is on: each interface may have it. */
const ON_NO_INTERFACE = /^fe[89ab].:[^%]*$/i;

/** An address to listen on. */
export const address = text(
  'ADDRESS',
  'an IP address, such as 127.0.0.1, 0.0.0.0 or ::, or a link-local one with its interface, such as fe80::1%eth0',
  (raw) => (isIP(raw) === 0 || OF_MANY.test(raw) || ON_NO_INTERFACE.test(raw) ? null : raw),
);

/** Tells whether a text is in quotes, which a shell would have taken off. */
export function inQuotes(text: string): boolean {
  return /^(["']).*\1$/.test(text);
}

/** Characters of a value that a message shows at most. */
const SHOWN = 200;

/** A value as messages quote it: in one line, and cut where it is very long. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** A file; whether it is there shows when it is read. */
export const file = text('FILE', 'the path of a file', (raw) =>
  /^[^\p{Cc}]{1,4096}$/u.test(raw) && !inQuotes(raw) ? raw : null,
);

/** A server of the engine of a cluster. */
export const engineServer = text(
  'URL',
  'an address of a NATS server, such as nats://10.0.0.5:4222 or tls://nats.example.org:4222',
  (raw) => {
    const [, host, port] = /^(?:nats|tls):\/\/([a-z0-9.-]+|\[.+\])(?::(\d{1,5}))?$/i.exec(raw) ?? [];
    return isHost(host) && (port === undefined || isPort(port)) ? raw : null;
  },
);

/** A name that is part of a subject of the engine. */
export const plainName = text('NAME', 'a name of up to 32 letters, digits, - and _', (raw) =>
  /^[A-Za-z0-9_-]{1,32}$/.test(raw) ? raw : null,
);

/** A host and its port, by which others reach this machine. */
export const hostAndPort = text('HOST:PORT', 'a host and a port, such as g1.example.org:7780', (raw) => {
  const [, host, port] = /^([a-z0-9_.-]+|\[.+\]):(\d{1,5})$/i.exec(raw) ?? [];
  return isHost(host) && isPort(port) ? raw : null;
});

/** Tells whether a host can be one: what is in brackets is an IPv6 address. */
function isHost(host: string | undefined): host is string {
  return host !== undefined && (!host.startsWith('[') || isIPv6(host.slice(1, -1)));
}

/** Tells whether a connection can be made to a port of these digits. */
function isPort(digits: string | undefined): boolean {
  return within({ min: 1, max: 65_535 }, Number(digits)) !== undefined;
}

/** A scheme and a host, as browsers send it (D27). */
export const origin = text('ORIGIN', 'an origin, such as https://chat.example.org', parseOrigin);

/** A host by which clients reach this machine from outside, with ports where those are not the listeners'. */
export const host = text(
  'HOST[:PORT[,PORT[,PORT]]]',
  'a host name or address, such as chat.example.org, chat.example.org:7777 or chat.example.org:7777,7778,7779',
  (raw) => (parseHost(raw) === null ? null : raw),
);

/** The host and the ports of `HOST[:PORT[,PORT[,PORT]]]`, as many as are given; null for anything else. */
export function parseHost(raw: string): { readonly host: string; readonly ports: readonly number[] } | null {
  const [, name, digits] =
    /^(\[.+\]|[\p{L}\d](?:[\p{L}\d.-]{0,251}[\p{L}\d])?)(?::(\d{1,5}(?:,\d{1,5}){0,2}))?$/iu.exec(raw) ?? [];
  const ports = digits?.split(',') ?? [];
  return isHost(name) && ports.every(isPort) ? { host: name, ports: ports.map(Number) } : null;
}

/** A network in CIDR notation, or one address; in its one spelling, so that two of them can be compared. */
export const network = text('CIDR', 'a network, such as 10.0.0.0/8, or an address', (raw) => {
  const parsed = parseCidr(raw);
  return parsed && (parsed.bits === null ? parsed.base : `${parsed.base}/${parsed.bits}`);
});

/** Several of a kind: separated by commas, or an array in the file. */
export function listOf<T>(kind: Kind<T>): Kind<readonly T[]> {
  const split = (raw: string) => raw.split(',').map((part) => part.trim());
  return {
    placeholder: `${kind.placeholder},…`,
    expected: `a list, separated by commas, each ${kind.expected}, or ${NONE}`,
    parse(raw) {
      const parts: unknown = raw === NONE ? [] : isText(raw) ? split(raw) : raw;
      if (!Array.isArray(parts)) return undefined;
      const values = parts.map((part) => kind.parse(part)).filter((value) => value !== undefined);
      return values.length === parts.length ? values : undefined;
    },
    format: (values) => values.map((value) => kind.format(value)).join(',') || NONE,
  };
}

/** A kind that can be off, which is null. */
export function orOff<T>(kind: Kind<T>): Kind<T | null> {
  return {
    ...kind,
    expected: `${kind.expected}, or ${OFF}`,
    parse: (raw) => (raw === OFF ? null : kind.parse(raw)),
    format: (value) => (value === null ? OFF : kind.format(value)),
  };
}
