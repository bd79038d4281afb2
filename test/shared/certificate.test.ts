import { X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { makeCertificate } from '../support/certificate.ts';

it('a certificate for a test can be read whatever the length of its name, and so wherever its last line ends', () => {
  for (let length = 1; length <= 64; length++) {
    const name = 'x'.repeat(length);
    expect(new X509Certificate(makeCertificate(name).cert).subject).toBe(`CN=${name}`);
  }
});
