/** Where the engine of the cluster's tests is: a NATS server of the system. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Folders that a user's path may lack. */
const ALSO = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin'];

/** The path of nats-server; `CHATON_NATS_SERVER` names another. Undefined when there is none. */
export function findNatsServer(): string | undefined {
  const named = process.env['CHATON_NATS_SERVER'];
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), ...ALSO];
  const paths = named ? [named] : folders.map((folder) => join(folder, 'nats-server'));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
