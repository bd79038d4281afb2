/** Lays out certificates as certbot does: for root alone, `live` being links into `archive`. */
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';

export const DOMAIN = 'chat.example.org';

export class Certbot {
  /** What is `/etc/letsencrypt` elsewhere. */
  readonly folder: string;
  #number = 0;

  constructor(folder: string) {
    this.folder = folder;
    for (const name of ['live', 'archive']) {
      mkdirSync(join(folder, name, DOMAIN), { recursive: true });
      chmodSync(join(folder, name), 0o700);
    }
    chmodSync(folder, 0o755);
  }

  /** Folder of the links, which `--tls-cert` and `--tls-key` would name. */
  get lineage(): string {
    return join(this.folder, 'live', DOMAIN);
  }

  /** Makes a new pair with OpenSSL, and puts the links on it. */
  async renew(name: string): Promise<void> {
    const number = ++this.#number;
    const archive = join(this.folder, 'archive', DOMAIN);
    const [key, cert] = [join(archive, `privkey${number}.pem`), join(archive, `fullchain${number}.pem`)];
    await run('openssl', [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '90',
      ],
      ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${DOMAIN}`, '-keyout', key, '-out', cert],
    ]);
    chmodSync(key, 0o600);
    for (const file of ['privkey', 'fullchain']) {
      const link = join(this.lineage, `${file}.pem`);
      rmSync(link, { force: true });
      symlinkSync(`../../archive/${DOMAIN}/${file}${number}.pem`, link);
    }
  }
}
