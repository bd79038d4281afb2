import { suite } from './vitest.config.ts';

/** Tests of the protocol with sockets that are used by public interfaces only. */
export default suite([
  {
    extends: true,
    test: {
      name: 'plain',
      include: ['test/{protocol,private,resume}/*.test.ts'],
      env: { CHATON_PLAIN_SOCKETS: '1' },
    },
  },
]);
