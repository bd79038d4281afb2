/** Checks that the image serves a certificate of certbot as the guide says. */
import assert from 'node:assert/strict';
import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { HARDENED, IMAGE, TOP } from './build.ts';
import { Certbot } from './certbot.ts';
import { certificateOn } from './client.ts';
import { run, until } from './command.ts';
import type { Engine } from './engine.ts';
import type { Report } from './report.ts';

/** A group of this machine that has a number and no member: any will do. */
const GROUP = '7070';
const SETTINGS = [
  '--https-port',
  '8443',
  '--tls-cert',
  '/tls/fullchain.pem',
  '--tls-key',
  '/tls/privkey.pem',
];

export async function checkImageTls(engine: Engine, report: Report): Promise<void> {
  report.heading('TLS in a container, with files as certbot leaves them');
  if (userInfo().uid !== 0 && engine.isPodman) {
    console.log('  (not tried: files of root and of a group need root)');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'chaton-certbot-'));
  const certbot = new Certbot(join(folder, 'letsencrypt'));
  await certbot.renew('first.example');
  await report.check(
    '7: as they are they are out of reach: exit code 2, and the line says what to do',
    async () => {
      const { code, stderr } = await engine.attempt([
        ...[
          'run',
          '--rm',
          '--volume',
          `${certbot.folder}:/etc/letsencrypt:ro`,
          IMAGE,
          '--https-port',
          '8443',
        ],
        ...['--tls-cert', '/etc/letsencrypt/live/chat.example.org/fullchain.pem'],
        ...['--tls-key', '/etc/letsencrypt/live/chat.example.org/privkey.pem'],
      ]);
      assert.equal(code, 2);
      assert.match(stderr, /EACCES.*user 1000 may not read it.*“Certificates of certbot”/);
    },
  );

  const copies = join(folder, 'tls');
  const hook = () =>
    run(join(TOP, 'server/deploy/certbot-deploy-hook.sh'), [], {
      env: {
        RENEWED_LINEAGE: certbot.lineage,
        CHATON_TLS_FOLDER: copies,
        CHATON_TLS_GROUP: GROUP,
      },
    });
  await report.check('7: the deploy hook copies them for a group, and nobody else', async () => {
    await hook();
    const mode = (file: string) => (statSync(join(copies, file)).mode & 0o777).toString(8);
    assert.deepEqual([mode('.'), mode('privkey.pem'), mode('fullchain.pem')], ['750', '640', '640']);
    assert.equal(statSync(join(copies, 'privkey.pem')).gid, Number(GROUP));
  });
  await report.check('7: with the group the image serves them, and takes a renewed one', async () => {
    const gateway = await engine.start([
      ...['--init', ...HARDENED, '--group-add', GROUP, '--volume', `${copies}:/tls:ro`],
      ...['--publish', '127.0.0.1::8443', IMAGE, ...SETTINGS],
    ]);
    const log = await gateway.ready();
    assert.match(log, /"subject":"CN=first\.example".*"notAfter":"\d{4}-.*"msg":"certificate in use"/);
    const port = await gateway.port(8443);
    assert.equal(await certificateOn(port), 'first.example');
    await gateway.signal('HUP');
    await gateway.says('"msg":"certificate unchanged"');
    await certbot.renew('second.example');
    await hook();
    await until(
      'the new certificate is served',
      async () => (await certificateOn(port)) === 'second.example',
    );
    assert.match(await gateway.log(), /"subject":"CN=second\.example".*"msg":"certificate read again"/);
    assert.equal((await gateway.exec('node', 'server/cli/health.cjs')).code, 0);
    await gateway.remove();
  });
  await report.check(
    '7: where the files themselves are mounted the renewed ones are not seen, and the log says so',
    async () => {
      const mounts = ['fullchain', 'privkey'].flatMap((name) => [
        '--volume',
        `${copies}/${name}.pem:/tls/${name}.pem:ro`,
      ]);
      const gateway = await engine.start(['--init', '--group-add', GROUP, ...mounts, IMAGE, ...SETTINGS]);
      await gateway.ready();
      await certbot.renew('third.example');
      await hook();
      await gateway.signal('HUP');
      await gateway.says('"msg":"certificate unchanged"');
      await gateway.remove();
    },
  );
}
