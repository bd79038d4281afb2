/** The suites of the protocol, of private connections and of resuming, their clients spread over two gateways (`npm run test:spread`). */
import { suite } from '../vitest.config.ts';

export default suite([
  {
    extends: true,
    test: {
      name: 'spread',
      globalSetup: 'test/cluster/support/one-server.ts',
      include: ['test/{protocol,private,resume}/*.test.ts'],
      // They look into the one process, or are about its end or its own counts.
      exclude: [
        'test/protocol/crowd.test.ts',
        'test/protocol/end.test.ts',
        'test/private/backpressure.test.ts',
        'test/resume/undecided-websocket.test.ts',
      ],
    },
  },
]);
