import { describe, expect, it } from 'vitest';
import { MAX_WHOLE, createRecorder, MAX_RECORDS } from '../../web/net/wire-recorder.ts';
import {
  lineOf,
  matching,
  shownHex,
  STREAM_ONLY,
  toHex,
  toText,
  type WireFilter,
} from '../../web/net/wire-lines.ts';
import { PrivateConnections } from '../../web/net/private-connections.ts';
import { enLazy } from '../../web/i18n/en-lazy.ts';
import { bytes, idPrivate, login, message } from '../support/raw-hex.ts';
import { FakeStream } from './support/fake-stream.ts';

const { faults } = enLazy.wire;
const MAIN = {};
const ENDPOINT = {};
const record = () => {
  let changes = 0;
  const recorder = createRecorder(
    () => changes++,
    () => 0,
  );
  return { ...recorder, lines: () => recorder.records().map(lineOf), changes: () => changes };
};

describe('the wire recorder', () => {
  it('decodes both directions, each with its bytes', () => {
    const { tap, lines, records } = record();
    tap(MAIN, 'sent', bytes(login('lea')));
    tap(MAIN, 'received', bytes('01' + message('bob', 'hé') + idPrivate('a', 'b', -2)));
    expect(lines()).toEqual([
      '→ #1 LOGIN login="lea"',
      '← #1 LOGIN_ACCEPTED',
      '← #1 MESSAGE login="bob" msg="hé"',
      '← #1 ID_PRIVATE login_requester="a" login_target="b" connect_id="-2"',
    ]);
    expect(toHex(records()[0]!.bytes)).toBe('00 00 00 00 03 6c 65 61');
    expect(toText(records().slice(1, 2), faults)).toBe('← #1 LOGIN_ACCEPTED\n01');
  });

  it('puts together a command that comes in pieces', () => {
    const { tap, lines } = record();
    const whole = bytes(message('bob', 'hello'));
    tap(MAIN, 'received', whole.subarray(0, 7));
    expect(lines()).toEqual([]);
    tap(MAIN, 'received', whole.subarray(7));
    expect(lines()).toEqual(['← #1 MESSAGE login="bob" msg="hello"']);
  });

  it('shows what is no command as bytes, from there on, in that direction of that connection', () => {
    const { tap, lines, records } = record();
    tap(ENDPOINT, 'received', bytes('0a ff01'));
    tap(ENDPOINT, 'received', bytes(message('a', 'b')));
    tap(ENDPOINT, 'sent', bytes(message('a', 'b')));
    tap(MAIN, 'received', bytes('02'));
    expect(lines()).toEqual([
      '← #1 ESTABLISHED',
      '← #1 ?',
      '← #1 ?',
      '→ #1 MESSAGE login="a" msg="b"',
      '← #2 LOGIN_REFUSED',
    ]);
    expect(toHex(records()[1]!.bytes)).toBe('ff 01');
  });

  it('says where the bytes of each field are, and that a direction cannot be read from some byte on', () => {
    const { tap, records } = record();
    tap(MAIN, 'received', bytes(message('bob', 'hé') + 'ff00'));
    expect(records()[0]!.fields.map(({ name, from, to }) => [name, from, to])).toEqual([
      ['login', 1, 8],
      ['msg', 8, 15],
    ]);
    expect(records()[1]).toMatchObject({ kind: 'bytes', fault: 'unknown opcode' });
    // Behind ESTABLISHED bytes that are no command are what is expected (§4).
    tap(ENDPOINT, 'received', bytes('0a ff01'));
    expect(records().at(-1)).toMatchObject({ kind: 'bytes', fault: null });
  });

  it('knows no command but MESSAGE on a private connection (D29), also when it is opened in the middle of one', () => {
    const lines = (stream: object, before: string) => {
      const { tap, ...recorder } = record();
      tap(stream, 'received', bytes(before));
      // A STRING begins like a LOGIN, a line feed is no ESTABLISHED, and the end may come within a command.
      tap(stream, 'sent', bytes('00000002 6f6b'));
      tap(stream, 'sent', bytes(message('lea', 'x')));
      tap(stream, 'received', bytes(`${message('bob', 'é')} 0a 01`));
      tap(stream, 'received', bytes('ff'));
      tap(stream, 'sent', bytes('03000000'));
      tap(stream, 'sent', bytes(''));
      return recorder
        .records()
        .map((one) =>
          one.fields.length > 0 || one.size === 0 ? lineOf(one) : `${lineOf(one)} ${shownHex(one)}`,
        );
    };
    const relayed = [
      '→ #1 ? 00 00 00 02 6f 6b',
      '→ #1 MESSAGE login="lea" msg="x"',
      '← #1 MESSAGE login="bob" msg="é"',
      '← #1 ? 0a 01',
      '← #1 ? ff',
      '→ #1 ? 03 00 00 00',
      '→ #1 FIN',
    ];
    expect(lines({}, '0a')).toEqual(['← #1 ESTABLISHED 0a', ...relayed]);
    expect(lines({ isPrivate: true, received: 1 }, '')).toEqual(['← #1 FIN', ...relayed]);
  });

  it('goes on where the page is in what the other end of a private connection sends, within a STRING of a wrong size', () => {
    const stream = new FakeStream();
    const connections = new PrivateConnections({ open: () => stream, report() {}, onWritable() {} });
    connections.open('bob', 7, 'lea');
    stream.answer('0a 00000040 6f6b');
    const { tap, lines, records } = record();
    // The size takes what looks like a MESSAGE, to the page and to whoever looks for the error here.
    const more = message('bob', 'hello');
    tap(Object.assign(stream, { isPrivate: true, received: 7 }), 'received', bytes(more));
    stream.answer(more);
    // Nothing more may come: what has come is seen, once.
    expect(records()).toMatchObject([{ name: null, size: 23, fault: 'unfinished' }]);
    tap(stream, 'received', bytes('ff'));
    stream.answer('ff');
    tap(stream, 'received', bytes(more));
    expect(lines()).toEqual(['← #1 ?', '← #1 ?']);
    connections.closeAll();
  });

  it('says what is wrong with a MESSAGE on a private connection, and why one behind it is none', () => {
    const { tap, records } = record();
    tap(ENDPOINT, 'received', bytes('0a 03 0000001f 626f62'));
    tap(ENDPOINT, 'received', bytes(message('bob', 'right')));
    tap(ENDPOINT, 'received', bytes('6869'));
    // Of a file that somebody sends, many a piece begins with that byte.
    tap(ENDPOINT, 'received', bytes('03 fe04a1b2 6869'));
    expect(records().map(({ name, fault }) => name ?? fault)).toEqual([
      'ESTABLISHED',
      'size over the limit',
      'behind raw bytes',
      null,
      null,
    ]);
    const long = `03 00000003 626f62 00000200 ${'61'.repeat(511)}ff`;
    tap({ isPrivate: true, received: 1 }, 'received', bytes(long));
    expect(records().at(-1)).toMatchObject({ name: null, fault: 'invalid UTF-8' });
  });

  it('shows the control channel, without tokens, and marks the command that was ignored', () => {
    const { tap, lines, records } = record();
    const stream = { written: 100 };
    tap(stream, 'sent', bytes(message('a', 'b')));
    stream.written = 111;
    tap(stream, 'sent', bytes(message('a', 'c')));
    tap(stream, 'received', '{"type":"session","token":"secret","grace":60000}');
    tap(stream, 'received', '{"type":"ignored","end":111,"reason":"not the own login"}');
    tap(stream, 'received', 'no JSON');
    expect(records().map(({ fault }) => fault)).toEqual(['not the own login', null, null, null, null]);
    expect(lines().slice(2)).toEqual([
      '← #1 session token="…" grace="60000"',
      '← #1 ignored end="111" reason="\\"not the own login\\""',
      '← #1 ?',
    ]);
    expect(toText(records(), faults)).not.toContain('secret');
    const copied = toText(records(), faults).split('\n').slice(0, 4);
    expect(copied).toEqual([lines()[0], toHex(records()[0]!.bytes), faults['not the own login'], lines()[1]]);
  });

  it('shortens a long value of the control channel with a sign, and has the whole', () => {
    const { tap, lines, records } = record();
    const logins = Array.from({ length: 100 }, (_, index) => `user ${index}`);
    tap(MAIN, 'received', JSON.stringify({ type: 'online', logins }));
    const [field] = records()[0]!.fields;
    const whole = JSON.stringify(logins);
    expect(field).toMatchObject({ value: `${whole.slice(0, 256)}…`, whole });
    expect(lines()).toEqual([`← #1 online logins=${JSON.stringify(whole)}`]);
    tap(MAIN, 'received', '{"type":"ack","bytes":7}');
    expect(records()[1]!.fields[0]).toEqual({ name: 'bytes', value: '7', from: 0, to: 0 });
  });

  it('keeps no value that is longer than the bound: five hundred histories would be all of the memory', () => {
    const { tap, records } = record();
    tap(MAIN, 'received', JSON.stringify({ type: 'notice', text: 'x'.repeat(MAX_WHOLE) }));
    const [field] = records()[0]!.fields;
    expect(field!.value).toMatch(/^"x{255}…$/);
    expect(field).not.toHaveProperty('whole');
  });

  it('shows by command, connection and direction only', () => {
    const { tap, records } = record();
    tap(MAIN, 'sent', bytes(login('lea')));
    tap(MAIN, 'received', bytes('01'));
    tap(ENDPOINT, 'received', bytes('01'));
    const none = { name: null, stream: null, direction: null };
    const found = (filter: Partial<WireFilter>) =>
      matching(records(), { ...none, ...filter }).map(({ id }) => id);
    expect(found({})).toEqual([1, 2, 3]);
    expect(found({ name: 'LOGIN_ACCEPTED' })).toEqual([2, 3]);
    expect(found({ name: 'LOGIN_ACCEPTED', stream: 2 })).toEqual([3]);
    expect(found({ direction: 'sent' })).toEqual([1]);
    tap(MAIN, 'received', JSON.stringify({ type: 'ack', bytes: 8 }));
    expect(found({ name: STREAM_ONLY, stream: 1 })).toEqual([1, 2]);
  });

  it('keeps the last 500, and of what is no command the beginning', () => {
    const { tap, records, clear, changes } = record();
    for (let index = 0; index < MAX_RECORDS + 10; index++)
      tap(MAIN, 'sent', bytes(message('a', String(index))));
    expect(records()).toHaveLength(MAX_RECORDS);
    expect(records()[0]!.fields[1]).toEqual({ name: 'msg', value: '10', from: 6, to: 12 });
    tap(ENDPOINT, 'received', new Uint8Array(60_000).fill(0xff));
    const last = records().at(-1)!;
    expect([last.bytes.length, last.size]).toEqual([256, 60_000]);
    expect(shownHex(last)).toMatch(/ff …$/);
    clear();
    expect(records()).toEqual([]);
    expect(changes()).toBe(MAX_RECORDS + 12);
  });
});
